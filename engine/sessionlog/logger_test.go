package sessionlog

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
)

// twin is a logger with a threshold and its twin without, as cmd/penstock's.
type twin struct {
	hclog.Logger
	all hclog.Logger
}

func (t twin) Unfiltered() hclog.Logger { return t.all }

func newTwin(level hclog.Level) (hclog.Logger, *bytes.Buffer) {
	var out bytes.Buffer
	var mu sync.Mutex
	opts := hclog.LoggerOptions{Output: &out, Mutex: &mu, Level: level, DisableTime: true}
	filtered := hclog.New(&opts)
	opts.Level = hclog.Trace
	return twin{filtered, hclog.New(&opts)}, &out
}

func TestFlagsDecide(t *testing.T) {
	levels := []Level{Error, Warning, Notice, Info, Debug}
	for _, process := range levels {
		for flags := Flags(0); flags < 1<<6; flags += 2 {
			base, out := newTwin(process.HCLog())
			l := New(7, base, flags, 0)
			for _, level := range levels {
				out.Reset()
				want := flags.Has(level)
				if got := l.Enabled(level); got != want {
					t.Fatalf("process at %v, flags %b: Enabled(%v) = %v", process, flags, level, got)
				}
				l.Log(level, "something happened", "n", 1)
				if got := out.Len() > 0; got != want {
					t.Fatalf("process at %v, flags %b: a line of %v was written: %v", process, flags, level, got)
				}
				if want && !strings.Contains(out.String(), "session=7 n=1") {
					t.Fatalf("the line lacks the session or the pair: %q", out)
				}
			}
		}
	}
}

func TestSetFlagsActsAtOnce(t *testing.T) {
	base, out := newTwin(hclog.Error)
	l := New(1, base, 0, 0)
	l.Log(Debug, "before")
	l.SetFlags(l.Flags().With(Debug, true))
	l.Log(Debug, "during")
	l.SetFlags(l.Flags().With(Debug, false))
	l.Log(Debug, "after")
	if got := out.String(); got != "[TRACE] during: session=1\n" {
		t.Errorf("log is %q", got)
	}
}

// TestWithoutTwin has a logger with a threshold and nothing else, as tests of
// other packages do.
func TestWithoutTwin(t *testing.T) {
	var out bytes.Buffer
	l := New(1, hclog.New(&hclog.LoggerOptions{Output: &out, Level: hclog.Info, DisableTime: true}), FlagsOf(false, true, true, true, true), 0)
	for level := Error; level <= Debug; level++ {
		if want := level == Warning || level == Notice; l.Enabled(level) != want {
			t.Errorf("Enabled(%v) = %v", level, !want)
		}
		l.Log(level, "line")
	}
	if got := out.String(); got != "[WARN]  line: session=1\n[INFO]  line: session=1\n" {
		t.Errorf("log is %q", got)
	}
}

func TestFlagsOf(t *testing.T) {
	f := FlagsOf(true, false, true, false, true)
	for level, want := range map[Level]bool{Error: true, Warning: false, Notice: true, Info: false, Debug: true} {
		if f.Has(level) != want {
			t.Errorf("Has(%v) = %v", level, !want)
		}
	}
}

func TestLevelsAreOneToOne(t *testing.T) {
	for l := Error; l <= Debug; l++ {
		if back, ok := FromHCLog(l.HCLog()); !ok || back != l {
			t.Errorf("%v came back as %v", l, back)
		}
		if parsed, err := ParseLevel(l.String()); err != nil || parsed != l {
			t.Errorf("%v parsed as %v, %v", l, parsed, err)
		}
	}
	for _, none := range []hclog.Level{hclog.NoLevel, hclog.Off} {
		if l, ok := FromHCLog(none); ok {
			t.Errorf("%v is %v", none, l)
		}
	}
	if _, err := ParseLevel("verbose"); err == nil {
		t.Error("verbose is a level")
	}
}

func TestNullLoggerTakesNothing(t *testing.T) {
	l := New(1, hclog.NewNullLogger(), FlagsOf(true, true, true, true, true), 0)
	for level := Error; level <= Debug; level++ {
		if l.Enabled(level) {
			t.Errorf("%v is enabled", level)
		}
	}
}

func TestRingKeepsTheLastLinesOfAllLevels(t *testing.T) {
	for _, size := range []int{1, 2, 3, 7} {
		for lines := range 20 {
			l := New(9, hclog.NewNullLogger(), 0, size)
			for i := range lines {
				level := Error + Level(i)%5
				if !l.Enabled(level) {
					t.Fatalf("%v is not enabled although there is a ring", level)
				}
				l.Log(level, "line", "n", i)
			}
			got := l.Lines()
			if want := min(lines, size); len(got) != want {
				t.Fatalf("ring of %d after %d lines holds %d", size, lines, len(got))
			}
			sum := 0
			for i, line := range got {
				sum += len(line)
				if want := fmt.Sprintf(" (9) line n=%d", lines-len(got)+i); !strings.HasSuffix(line, want) {
					t.Fatalf("line %d is %q, want it to end in %q", i, line, want)
				}
			}
			if least, most := sum+16*len(got), sum+16*2*max(size, 1); l.Bytes() < least || l.Bytes() > most {
				t.Fatalf("Bytes() = %d, lines and their slots add up to %d", l.Bytes(), least)
			}
		}
	}
}

func TestRingCopiesItsLines(t *testing.T) {
	l := New(9, hclog.NewNullLogger(), 0, 2)
	l.Log(Error, "first")
	lines := l.Lines()
	lines[0] = "changed"
	if got := l.Lines()[0]; got == "changed" {
		t.Error("a caller can change the ring")
	}
}

func TestNoRing(t *testing.T) {
	l := New(9, hclog.NewNullLogger(), 0, 0)
	l.Log(Error, "first")
	if got := l.Lines(); got != nil || l.Bytes() != 0 {
		t.Errorf("lines %q, %d bytes", got, l.Bytes())
	}
}

func TestFormat(t *testing.T) {
	now := time.Date(2026, 11, 24, 1, 2, 3, 4e6, time.FixedZone("east", 3600))
	for _, c := range []struct {
		msg  string
		kv   []any
		want string
	}{
		{"opened", nil, "opened"},
		{"opened", []any{"server", "db1", "bytes", 12}, "opened server=db1 bytes=12"},
		{"opened", []any{"error", fmt.Errorf("no route")}, `opened error="no route"`},
		{"opened", []any{"text", "a\nb", "empty", ""}, `opened text="a\nb" empty=""`},
		{"opened", []any{"bytes", "\xff"}, `opened bytes="\xff"`},
		{"opened", []any{"odd"}, "opened value=odd"},
		{"opened", []any{"equal", "a=b"}, `opened equal="a=b"`},
	} {
		want := "2026-11-24T00:02:03.004Z warning (3) " + c.want
		if got := format(now, Warning, 3, c.msg, c.kv); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestForeignTextStaysOneLine(t *testing.T) {
	base, out := newTwin(hclog.Trace)
	l := New(1, base, FlagsOf(true, true, true, true, true), 5)
	l.Log(Error, "bad\n2026 [ERROR] forged", "k", "v\x1b[31m\nforged: session=2")
	for i, line := range append(l.Lines(), strings.TrimSuffix(out.String(), "\n")) {
		if strings.Contains(line, "\x1b") || strings.Contains(line, "\n2026") || strings.HasPrefix(line, "forged") {
			t.Errorf("line %d lets foreign text through: %q", i, line)
		}
	}
}

func TestLongLinesAreCut(t *testing.T) {
	for _, unit := range []string{"x", "é", "語"} {
		l := New(1, hclog.NewNullLogger(), 0, 1)
		l.Log(Error, "long", "text", strings.Repeat(unit, MaxLine))
		line := l.Lines()[0]
		if len(line) > MaxLine || len(line) < MaxLine-4 || !strings.HasSuffix(line, ellipsis) {
			t.Errorf("%d bytes, ends in %q", len(line), line[len(line)-5:])
		}
		if strings.ContainsRune(line, '\uFFFD') {
			t.Errorf("cut inside a character")
		}
	}
}

func TestManyGoroutines(t *testing.T) {
	base, _ := newTwin(hclog.Error)
	l := New(1, base, 0, 10)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				l.SetFlags(Flags(i))
				l.Log(Error+Level(i)%5, "line", "from", g)
				l.Lines()
				l.Enabled(Debug)
			}
		})
	}
	wg.Wait()
	if n := len(l.Lines()); n != 10 {
		t.Errorf("ring holds %d lines", n)
	}
}

func TestDisabledCostsNoAllocation(t *testing.T) {
	base, _ := newTwin(hclog.Error)
	l := New(1, base, FlagsOf(true, true, true, true, false), 0)
	if n := testing.AllocsPerRun(100, func() {
		if l.Enabled(Debug) {
			t.Fatal("debug is enabled")
		}
	}); n != 0 {
		t.Errorf("a disabled level costs %v allocations", n)
	}
}

func BenchmarkDisabled(b *testing.B) {
	base, _ := newTwin(hclog.Info)
	l := New(1, base, 0, 0)
	for b.Loop() {
		if l.Enabled(Debug) {
			b.Fatal("debug is enabled")
		}
	}
}

func TestRingTakesNoMemoryBeforeItsFirstLine(t *testing.T) {
	base := hclog.NewNullLogger()
	make := func(size int) func() { return func() { sink = New(9, base, 0, size) } }
	if without, with := testing.AllocsPerRun(100, make(0)), testing.AllocsPerRun(100, make(10000)); with != without {
		t.Errorf("%v allocations with a ring, %v without", with, without)
	}
	if n := New(9, base, 0, 10000).Bytes(); n != 0 {
		t.Errorf("%d bytes before the first line", n)
	}
}

var sink *Logger
