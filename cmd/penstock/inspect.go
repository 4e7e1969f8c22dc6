package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/metadata"
)

func newInspect() *cobra.Command {
	var f pluginFlags
	cmd := &cobra.Command{
		Use:   "inspect FILE|ARTIFACT|NAME",
		Short: "Show what a module exports, imports and needs, and whether it can be cloned",
		Long: `Show what a module's file, an OCI artifact, or a built-in plugin, exports and imports, what it
declares when it is started with the given options, how large its frozen image
is, and whether sessions get clones of it or, if not, why.`,
		Example: `  penstock plugin inspect ./my.wasm
  penstock plugin inspect throttlefilter --options '{"max_qps": 20, "throttling_duration": "30s"}'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, def, err := f.read(cmd, args[0])
			if err != nil {
				return err
			}
			return inspect(cmd.Context(), cmd.OutOrStdout(), code, def)
		},
	}
	f.addDefinition(cmd)
	return cmd
}

// inspect loads and starts the module and prints what it finds.
func inspect(ctx context.Context, out io.Writer, code []byte, def wasm.Definition) error {
	r, err := newRuntime(nil)
	if err != nil {
		return err
	}
	defer r.Close(context.WithoutCancel(ctx))
	m, err := r.Load(ctx, def.Name, code)
	if err != nil {
		return err
	}
	defer m.Close()
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	line := func(what, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", what, fmt.Sprintf(format, args...)) }
	line("module", "%s, %d bytes", def.Name, len(code))
	line("sha256", "%x", m.Hash())
	line("memory", "begins with %d bytes", m.Memory())
	describe(line, m.Metadata(), def.Plugin)
	functions(line, "exports", m.Exports(), "not called")
	functions(line, "imports", m.Imports(), "unknown to this Penstock: answered UNSUPPORTED")

	def.Services = wasm.Services{KV: wasm.NewKV(wasm.KVLimits{}), Metrics: wasm.NewMetrics(), Sinks: &wasm.Sinks{}}
	t, err := m.Template(ctx, def)
	if err != nil {
		line("start", "%v", err)
		var refused *wasm.InitError
		var misfit *metadata.OptionsError
		if errors.As(err, &refused) && refused.Message != "" || errors.As(err, &misfit) {
			line("", "give it options with --options, or a name with --plugin, to see the rest")
		}
		return nil
	}
	defer t.Close()
	d := t.Descriptor()
	line("plugin", "%s, built for ABI 1.%d", d.Kind, d.Minor)
	line("window", "%d bytes", d.WindowCap)
	commands := 0
	for c := range 256 {
		if d.WantsCommand(byte(c)) {
			commands++
		}
	}
	line("wants", "%s; replies at level %d", count(commands, "command"), d.ReplyLevel)
	line("needs", "%s", words(uint64(d.Needs), needNames))
	line("events", "%s", words(uint64(d.Events), eventNames))
	line("requires", "%s", words(d.Features, featureNames))
	line("on failure", "%s", t.OnFailure())
	if why := t.Plain(); why != "" {
		line("cloned", "no: %s", why)
		return nil
	}
	line("cloned", "yes")
	line("image", "%d bytes of frozen memory, shared by all sessions", t.Stats().Image)
	return nil
}

// describe prints what the module says of itself, and of one plugin's options.
func describe(line func(what, format string, args ...any), about *metadata.Module, plugin string) {
	if about == nil {
		line("describes", "nothing: it has no metadata (penstock plugin pack)")
		return
	}
	for _, member := range [][2]string{{"version", about.Version}, {"author", about.Author}, {"license", about.License}} {
		if member[1] != "" {
			line(member[0], "%s", member[1])
		}
	}
	what := "describes"
	for _, name := range about.Names() {
		p := about.Plugin(name)
		line(what, "%s: %s", name, p.Description)
		what = ""
	}
	what = "options"
	for _, o := range about.Plugin(plugin).Options() {
		line(what, "%s", o)
		what = ""
	}
}

// Names of the descriptor's bits, as docs/abi.md explains them.
var (
	needNames    = []string{"SQL", "classification", "digest", "canonical text", "transaction state", "hold"}
	eventNames   = []string{"", "timer", "backend connected", "backend failed", "backend lost", "targets changed", "detach", "diagnostics", "session reset"}
	featureNames = []string{"KV", "timers", "sinks", "metrics"}
)

// words lists the names of the bits that are set.
func words(bits uint64, names []string) string {
	var list []string
	for n := range 64 {
		switch {
		case bits&(1<<n) == 0:
		case n < len(names):
			list = append(list, names[n])
		default:
			list = append(list, fmt.Sprintf("bit %d", n))
		}
	}
	if list == nil {
		return "nothing"
	}
	return strings.Join(list, ", ")
}

// functions prints a list with signatures; strange is what is said of one that
// is not known.
func functions(line func(what, format string, args ...any), what string, list []wasm.Function, strange string) {
	for _, f := range list {
		note := ""
		if !f.Known {
			note = "  (" + strange + ")"
		}
		line(what, "%s %s%s", f.Name, f.Signature, note)
		what = ""
	}
}
