package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Sizes of the benchmark: rounds are what the spread is of.
const (
	benchRounds = 31
	benchEvents = 2000 // a round
	benchOpens  = 50   // a round
)

func newPluginBench() *cobra.Command {
	var f pluginFlags
	cmd := &cobra.Command{
		Use:   "bench FILE|NAME",
		Short: "Measure what an instance of a plugin and its events cost",
		Long: `Measure how long a module takes to load and start, what a session's instance of
it costs, in time and in memory, and what an event costs the host: header and
payload written, the module called, its verdict read. Times are medians of many
rounds, with what nine of ten rounds lie between.`,
		Example: `  penstock plugin bench ./my.wasm
  penstock plugin bench regexfilter --options '{"match": "card_number", "replace": "?"}'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, def, err := f.read(cmd, args[0])
			if err != nil {
				return err
			}
			list, err := benchPlugin(cmd.Context(), code, def)
			if err != nil {
				return err
			}
			if f.output == "json" {
				return printJSON(cmd.OutOrStdout(), list)
			}
			printFigures(cmd.OutOrStdout(), list)
			return nil
		},
	}
	f.add(cmd)
	f.addOutput(cmd)
	return cmd
}

// figure is one thing that was measured.
type figure struct {
	Name   string  `json:"name"`
	Unit   string  `json:"unit"` // ns or bytes
	Median float64 `json:"median"`
	Low    float64 `json:"low"` // 5 of 100 rounds are below
	High   float64 `json:"high"`
}

// spread makes a figure of what the rounds took.
func spread(name, unit string, rounds []float64) figure {
	slices.Sort(rounds)
	at := func(percent int) float64 { return rounds[(len(rounds)-1)*percent/100] }
	return figure{name, unit, at(50), at(5), at(95)}
}

func printFigures(out io.Writer, list []figure) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	for _, f := range list {
		switch {
		case f.Unit == "bytes":
			fmt.Fprintf(w, "%s\t%.0f bytes\n", f.Name, f.Median)
		case f.Low == f.High:
			fmt.Fprintf(w, "%s\t%.0f ns\n", f.Name, f.Median)
		default:
			fmt.Fprintf(w, "%s\t%.0f ns\t%.0f to %.0f\n", f.Name, f.Median, f.Low, f.High)
		}
	}
}

// benchPlugin measures a plugin.
func benchPlugin(ctx context.Context, code []byte, def wasm.Definition) ([]figure, error) {
	r, err := wasm.NewRuntime(wasm.Config{})
	if err != nil {
		return nil, err
	}
	defer r.Close(context.WithoutCancel(ctx))
	begun := time.Now()
	m, err := r.Load(ctx, def.Name, code)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	once := func(name, unit string, v float64) figure { return figure{name, unit, v, v, v} }
	list := []figure{once("module", "bytes", float64(len(code))), once("load: verify and compile", "ns", float64(time.Since(begun)))}
	def.Services = services(func(abi.LogLevel, string) {})
	begun = time.Now()
	t, err := m.Template(ctx, def)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	list = append(list, once("start: ps_init and freezing", "ns", float64(time.Since(begun))))
	if why := t.Plain(); why == "" {
		list = append(list, once("frozen image, shared", "bytes", float64(t.Stats().Image)))
	}
	opens, err := benchOpen(ctx, t)
	if err != nil {
		return nil, err
	}
	list = append(list, opens)
	events, err := benchEventsOf(ctx, t)
	return append(list, events...), err
}

// benchOpen measures opening and closing an instance, its machine recycled.
func benchOpen(ctx context.Context, t *wasm.Template) (figure, error) {
	var rounds []float64
	for range benchRounds {
		begun := time.Now()
		for range benchOpens {
			i, err := t.Open(ctx, abi.OpenNew, quiet{}, nil)
			if err == nil {
				err = i.Close(abi.CloseSessionEnd)
			}
			if err != nil {
				return figure{}, err
			}
		}
		rounds = append(rounds, float64(time.Since(begun))/benchOpens)
	}
	return spread("open and close an instance", "ns", rounds), nil
}

// benchStatements are what the command hook is measured with.
var benchStatements = []struct{ name, sql string }{
	{"statement of 35 bytes", "SELECT c FROM sbtest1 WHERE id=5006"},
	{"statement of 2 KiB", "SELECT c FROM sbtest1 WHERE id IN (5006" + strings.Repeat(", 123456789", 182) + ")"},
}

// benchEventsOf measures the hooks on one instance, and what it holds.
func benchEventsOf(ctx context.Context, t *wasm.Template) ([]figure, error) {
	i, err := t.Open(ctx, abi.OpenNew, quiet{}, nil)
	if err != nil {
		return nil, err
	}
	defer i.Close(abi.CloseSessionEnd)
	list := []figure{{"private memory after opening", "bytes", float64(i.Memory()), 0, 0}}
	d := t.Descriptor()
	call := i.Query
	if d.Kind == abi.KindRouter {
		call = i.Route
	}
	for _, s := range benchStatements {
		if !d.WantsCommand(comQuery) {
			break
		}
		payload := append([]byte{comQuery}, s.sql...)
		var rounds []float64
		for range benchRounds {
			begun := time.Now()
			for n := range benchEvents {
				h := benchHeader(n, len(s.sql))
				v, err := call(&h, payload)
				if err != nil {
					return nil, err
				}
				if v.Action() == abi.Detach || v.Action() == abi.Close {
					return list, nil
				}
			}
			rounds = append(rounds, float64(time.Since(begun))/benchEvents)
		}
		list = append(list, spread(s.name, "ns", rounds))
	}
	if d.ReplyLevel >= abi.ReplySummary {
		var rounds []float64
		for range benchRounds {
			begun := time.Now()
			for n := range benchEvents {
				h := benchHeader(n, len(benchStatements[0].sql))
				h.SetU32(abi.HdrReplyState, uint32(abi.ReplyStateResult))
				if _, err := i.Reply(&h, abi.PhaseSummary, nil); err != nil {
					return nil, err
				}
			}
			rounds = append(rounds, float64(time.Since(begun))/benchEvents)
		}
		list = append(list, spread("summary of a reply", "ns", rounds))
	}
	list = append(list, figure{"private memory after these", "bytes", float64(i.Memory()), 0, 0})
	if i.Park() {
		list = append(list, figure{"asleep", "bytes", float64(i.Memory()), 0, 0})
	}
	return list, nil
}

const comQuery = 0x03

// benchHeader is a SELECT's.
func benchHeader(n, length int) (h abi.Header) {
	h.SetU64(abi.HdrSequence, uint64(n+1))
	h[abi.HdrCommand] = comQuery
	h.SetU32(abi.HdrSessionFlags, abi.SessionAutocommit)
	h.SetU64(abi.HdrType, abi.TypeRead)
	h.SetU32(abi.HdrOperation, uint32(abi.OpSelect))
	h.SetU32(abi.HdrCharset, 45)
	h.SetU32(abi.HdrSQLOffset, 1)
	h.SetU32(abi.HdrSQLLength, uint32(length))
	h.SetU32(abi.HdrTargets, 1)
	return h
}

// quiet is a session that wants no log lines, with one server.
type quiet struct{}

func (quiet) LogEnabled(abi.LogLevel) bool   { return false }
func (quiet) Log(abi.LogLevel, string)       {}
func (quiet) Info(key string) (string, bool) { return "app", key == "user" }

// AppendTargets implements wasm.Targets.
func (quiet) AppendTargets(dst []byte) []byte {
	table := make([]byte, abi.TargetsHeadSize+abi.TargetEntrySize)
	for off, v := range map[int]byte{abi.TargetsVersion: 1, abi.TargetsCount: 1, abi.TargetsEntrySize: abi.TargetEntrySize,
		abi.TargetsHeadSize + abi.TargetStatus: abi.TargetRunning | abi.TargetPrimary, abi.TargetsHeadSize + abi.TargetWeight: 1,
		abi.TargetsHeadSize + abi.TargetNameLength: 2} {
		table[off] = v
	}
	copy(table[abi.TargetsHeadSize+abi.TargetName:], "db")
	return append(dst, table...)
}

var (
	_ wasm.Session = quiet{}
	_ wasm.Targets = quiet{}
)
