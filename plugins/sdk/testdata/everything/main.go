// Command everything is a filter that does each thing that the SDK can, when a statement
// says so. The tests of the examples run it against a server.
package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

func main() {}

func init() { sdk.RegisterFilter("everything", setup) }

type filter struct {
	options          string
	commands, timers uint64
	held             uint64
	seen             sdk.Metric
	level, sizes     sdk.Metric
}

func setup(o *sdk.Options) (sdk.Filter, error) {
	name := o.String("name", "nobody")
	items := int64(len(o.Strings("list")))
	for _, t := range o.Tables("tables") {
		items += t.Int("n", 0, 0, 1000)
	}
	size, wait, flag := o.Size("size", 1), o.Duration("wait", 0), 0
	if o.Bool("flag", false) {
		flag = 1
	}
	word := map[string]int{"red": 0, "green": 1}[o.Enum("word", "red", "red", "green")]
	o.Commands(sdk.ComQuery)
	o.Needs(abi.NeedCanonical | abi.NeedSQL | abi.NeedHold)
	o.Features(abi.FeatureKV | abi.FeatureTimers | abi.FeatureMetrics | abi.FeatureSinks)
	o.OnFailure(abi.FailureRestart)
	o.Texts("'do ")
	if name == "refuse" {
		return nil, errors.New("asked to refuse")
	}
	f := &filter{options: fmt.Sprint(name, " ", size, wait.Nanoseconds(), flag, word, items)}
	f.seen = sdk.NewMetric(abi.MetricCounter, "statements_seen")
	f.level = sdk.NewMetric(abi.MetricGauge, "level")
	f.sizes = sdk.NewMetric(abi.MetricHistogram, "sizes")
	return f, nil
}

func (f *filter) Open(reason abi.OpenReason) error {
	old := sdk.HandedOver()
	if reason != abi.OpenSwap || old == nil {
		return nil
	}
	r := sdk.ReadState(old, 1)
	f.commands = r.Number()
	if r.Text() != "everything" {
		return errors.New("a strange state")
	}
	return r.End()
}

func (f *filter) Timer(id uint32) sdk.Verdict {
	f.timers += uint64(id)
	return sdk.Pass
}

func (f *filter) Detach(dst []byte) []byte {
	return sdk.AppendText(sdk.AppendNumber(sdk.AppendState(dst, 1), f.commands), "everything")
}

func (f *filter) Diagnose(dst []byte) []byte {
	return fmt.Appendf(dst, `{"commands":%d}`, f.commands)
}

// sharedValues tries them, and returns a counter's sum.
func sharedValues() (int64, error) {
	_ = sdk.KVDelete("k")
	_, err := sdk.KVGet("k")
	for i, step := range []struct{ got, want error }{
		{err, abi.NotFound},
		{sdk.KVSwap("k", []byte("a"), []byte("b"), 0), abi.NotFound},
		{sdk.KVCreate("k", []byte("a"), 0), nil},
		{sdk.KVCreate("k", []byte("b"), 0), abi.CASMismatch},
		{sdk.KVSwap("k", []byte("b"), []byte("a"), 0), abi.CASMismatch},
		{sdk.KVSwap("k", []byte("a"), []byte("b"), 0), nil},
		{sdk.KVSet("k", []byte("a"), time.Second), nil},
	} {
		if !errors.Is(step.got, step.want) {
			return 0, fmt.Errorf("step %d: %v", i, step.got)
		}
	}
	return sdk.KVAdd("sum", 5, 0)
}

func (f *filter) Query(q *sdk.Query) sdk.Verdict {
	f.commands++
	f.seen.Add(1)
	give := func(value string) sdk.Verdict {
		return q.Answer().Columns(sdk.Column{Name: "value"}).Row([]byte(value)).Verdict()
	}
	number := func(n int64) sdk.Verdict { return give(strconv.FormatInt(n, 10)) }
	_, what, _ := strings.Cut(string(q.SQL()), "'do ")
	what, _, _ = strings.Cut(what, "'")
	switch what {
	case "rewrite":
		return q.Replace([]byte("SELECT 'rewritten'"))
	case "reject":
		return sdk.Reject(1142, "42000", "everything: asked to reject")
	case "rows":
		return q.Answer().Columns(sdk.Column{Name: "n", Type: sdk.TypeLong}, sdk.Column{Name: "name"}).
			Row([]byte("1"), []byte("one")).Row([]byte("2"), nil).Verdict()
	case "ok":
		return q.Answer().OK(3, 7, 0).Verdict()
	case "packets":
		return q.Answer().Packets(sdk.AppendPacket(nil, []byte{0, 5, 9, 2, 0, 0, 0})).Verdict() // an OK packet
	case "metrics":
		f.level.Set(50)
		f.level.Add(-8)
		f.sizes.Observe(3)
		f.sizes.Observe(1000)
	case "error":
		return q.Answer().Error(1644, "45000", "everything: asked for an error").Verdict()
	case "hint":
		q.SetHint(abi.HintPrimary, "")
	case "kv":
		sum, err := sharedValues()
		if err != nil {
			return give(err.Error())
		}
		return number(sum)
	case "timer":
		if err := errors.Join(sdk.SetTimer(3, time.Millisecond), sdk.SetTimer(4, time.Minute), sdk.CancelTimer(4)); err != nil || sdk.CancelTimer(5) == nil {
			return sdk.Reject(1105, "", fmt.Sprint("everything: the timers: ", err))
		}
	case "timers":
		return number(int64(f.timers))
	case "state":
		return number(int64(f.commands))
	case "info":
		return give(sdk.Info(sdk.InfoUser) + "@" + sdk.Info(sdk.InfoSchema) + sdk.Info("nothing"))
	case "options":
		return give(f.options)
	case "canonical":
		return give(string(q.Canonical()))
	case "tables":
		return give(strings.Join(q.Tables(), ","))
	case "hold":
		if f.held != q.Sequence() {
			f.held = q.Sequence()
			return sdk.Hold(time.Millisecond)
		}
	case "whole":
		text, ok := q.Whole(1 << 20)
		if !ok {
			return sdk.Reject(1105, "", "everything: no whole statement")
		}
		return number(int64(len(text)))
	case "sink":
		_, _ = sdk.Sink(0).Write([]byte("everything was here\n"))
	case "log":
		if sdk.LogEnabled(abi.LogNotice) {
			sdk.Log(abi.LogNotice, "everything: a line of the log")
		}
	case "print":
		fmt.Println("everything: printed")
		fmt.Fprintln(os.Stderr, "everything: printed to standard error")
	case "random":
		return number(int64(sdk.Random() & math.MaxInt64))
	case "extensions":
		_, err := sdk.Call("x", nil, nil)
		if errors.Is(err, abi.Unsupported) && errors.Is(sdk.Tee("x", q.SQL()), abi.Unsupported) {
			return number(1)
		}
		return number(0)
	case "targets":
		return number(int64(len(sdk.FreshTargets())))
	case "panic":
		panic("everything: asked to panic")
	case "close":
		return sdk.Close(1927, "08S01", "everything: asked to close")
	case "detach":
		return sdk.DetachMe
	}
	return sdk.Pass
}
