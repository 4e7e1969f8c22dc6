package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/engine/rehearsal"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

func newPluginRun() *cobra.Command {
	var f pluginFlags
	var replies string
	var trace bool
	cmd := &cobra.Command{
		Use:   "run FILE|NAME [flags] < statements.sql",
		Short: "Show what a plugin does to statements, without any server",
		Long: `Read statements, separated by semicolons, and show for each what the plugin does:
its verdict, the statement that took its place, its routing hint or target, its
log lines, and what the client gets. At the end timers that are set run out once,
and diagnostics and metrics are shown.

There is no server. What it would answer stands in the file of --replies, a list
in JSON; the first entry whose regular expression matches counts:

  [{"match": "from users", "columns": ["id", "iban"], "rows": [[1, "NL91"], [2, null]]},
   {"match": "^insert", "affected": 1, "insert_id": 7},
   {"match": "broken", "error": {"errno": 1146, "sqlstate": "42S02", "message": "no such table"}}]

Without one, what reads is answered with a row with a 1, everything else with OK.`,
		Example: `  echo 'SELECT 1; DROP TABLE t' | penstock plugin run ./my.wasm
  penstock plugin run maxrows --options '{"max_resultset_rows": 1}' --replies replies.json --trace < statements.sql`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, def, err := f.read(cmd, args[0])
			if err != nil {
				return err
			}
			var canned []rehearsal.Canned
			if replies != "" {
				text, err := os.ReadFile(replies)
				if err == nil {
					canned, err = rehearsal.ReadCanned(text)
				}
				if err != nil {
					return fmt.Errorf("--replies: %w", err)
				}
			}
			script, err := io.ReadAll(cmd.InOrStdin())
			if err != nil {
				return fmt.Errorf("read the statements: %w", err)
			}
			s := stage{out: cmd.OutOrStdout(), json: f.output == "json", canned: canned}
			var tracing func(*wasm.Crossing)
			if trace {
				tracing = (&tracer{out: cmd.ErrOrStderr()}).crossed
			}
			return s.play(cmd.Context(), code, def, script, tracing)
		},
	}
	f.add(cmd)
	f.addOutput(cmd)
	cmd.Flags().StringVar(&replies, "replies", "", "the `file` with what the server answers")
	cmd.Flags().BoolVar(&trace, "trace", false, "print every call between host and plugin to standard error")
	cmd.MarkFlagFilename("replies", "json")
	return cmd
}

// stage is what a rehearsal is printed on.
type stage struct {
	out    io.Writer
	json   bool
	canned []rehearsal.Canned
	lines  []string // logged since the last statement
}

func (s *stage) log(level abi.LogLevel, line string) {
	name := map[abi.LogLevel]string{abi.LogError: "error", abi.LogWarning: "warning", abi.LogNotice: "notice", abi.LogInfo: "info", abi.LogDebug: "debug"}[level]
	s.lines = append(s.lines, name+": "+line)
}

// play runs the statements.
func (s *stage) play(ctx context.Context, code []byte, def wasm.Definition, script []byte, trace func(*wasm.Crossing)) error {
	def.Services = services(s.log)
	t, done, err := start(ctx, code, def, trace)
	if err != nil {
		return explain(err)
	}
	defer done()
	session, err := rehearsal.Open(ctx, t, s.canned, s.log)
	if err != nil {
		return explain(err)
	}
	defer session.Close()
	for _, statement := range rehearsal.Statements(script) {
		o, err := session.Do(ctx, statement)
		if o == nil {
			return err
		}
		if err := errors.Join(s.show(o), explain(err)); err != nil {
			return err
		}
		if o.Ended {
			return nil
		}
	}
	return explain(s.epilogue(session, def.Services.Metrics))
}

// show prints what became of a statement.
func (s *stage) show(o *rehearsal.Outcome) error {
	lines := s.lines
	s.lines = nil
	if s.json {
		return printJSON(s.out, struct {
			*rehearsal.Outcome
			Log []string `json:"log,omitempty"`
		}{o, lines})
	}
	line := func(what, format string, args ...any) {
		if text := fmt.Sprintf(format, args...); text != "" {
			fmt.Fprintf(s.out, "  %-8s %s\n", what, text)
		}
	}
	fmt.Fprintln(s.out, o.SQL)
	for _, l := range lines {
		line("log", "%s", l)
	}
	verdict := o.Verdict
	if !o.Asked {
		verdict = "not asked"
	}
	line("verdict", "%s", verdict)
	if o.Held > 0 {
		line("held", "%s", o.Held)
	}
	line("to", "%s", o.To)
	line("becomes", "%s", o.SQLNow)
	line("hint", "%s", o.Hint)
	who := "server"
	if o.Changed {
		who = "plugin"
	}
	for _, a := range o.Answers {
		s.answer(who, a)
	}
	if o.Ended {
		line("end", "the plugin leaves the session")
	}
	return nil
}

// maxShown is how many rows of a result are printed.
const maxShown = 20

// answer prints one result that the client gets; who says whose it is.
func (s *stage) answer(who string, a rehearsal.Answer) {
	switch {
	case a.Error != nil:
		fmt.Fprintf(s.out, "  %-8s ERROR %d (%s): %s\n", who, a.Error.Errno, a.Error.SQLState, a.Error.Message)
		return
	case a.Columns == nil:
		fmt.Fprintf(s.out, "  %-8s OK, %s affected\n", who, count(int(a.Affected), "row"))
		return
	}
	fmt.Fprintf(s.out, "  %-8s %s\n", who, count(len(a.Rows), "row"))
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintf(w, "    %s\n", strings.Join(a.Columns, "\t"))
	for n, row := range a.Rows {
		if n == maxShown {
			fmt.Fprintf(w, "    … %s more\n", count(len(a.Rows)-n, "row"))
			break
		}
		fields := make([]string, len(row))
		for i, v := range row {
			if fields[i] = "NULL"; v != nil {
				fields[i] = *v
			}
		}
		fmt.Fprintf(w, "    %s\n", strings.Join(fields, "\t"))
	}
}

// epilogue lets timers run out and prints what the plugin says of itself.
func (s *stage) epilogue(session *rehearsal.Session, metrics *wasm.Metrics) error {
	ids, err := session.Timers()
	if err != nil {
		return err
	}
	diagnostics, err := session.Diagnostics()
	if err != nil || s.json {
		return err
	}
	for _, id := range ids {
		fmt.Fprintf(s.out, "timer %d ran out\n", id)
	}
	for _, l := range s.lines {
		fmt.Fprintf(s.out, "log %s\n", l)
	}
	if diagnostics != nil {
		fmt.Fprintf(s.out, "diagnostics %s\n", diagnostics)
	}
	for _, m := range metrics.Snapshot() {
		fmt.Fprintf(s.out, "metric %s %s = %d\n", m.Kind, m.Name, m.Value)
	}
	return nil
}

// explain adds the guest's stack, and what it wrote, to a failure.
func explain(err error) error {
	var f *wasm.Failure
	if !errors.As(err, &f) {
		return err
	}
	text := err.Error()
	if stack := f.Stack(); len(stack) > 0 {
		text += "\nthe plugin's stack, innermost first:\n  " + strings.Join(stack, "\n  ")
	}
	if f.Output != "" {
		text += "\nits standard error:\n" + f.Output
	}
	return errors.New(text)
}
