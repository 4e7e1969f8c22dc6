package wasm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/penstock-db/penstock/wasm/abi"
)

func query(body []byte, imports ...guestImport) []byte {
	return guest{imports: imports, hooks: map[string][]byte{abi.ExportQuery: body}}.build()
}

func TestTrap(t *testing.T) {
	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"unreachable":   {code(opUnreachable), "unreachable"},
		"out of bounds": {code(c32(-1), opI32Load, 2, 0, opDrop, c64(0)), "out of bounds"},
		"division":      {code(c64(1), c64(0), 0x7f), "divide by zero"},
	} {
		t.Run(name, func(t *testing.T) {
			i, _ := open(t, query(c.body), Definition{})
			var h abi.Header
			_, err := i.Query(&h, nil)
			wantFailure(t, i, err, FailureTrap, c.want)
		})
	}
}

func TestTrapCostsOneInstance(t *testing.T) {
	// Traps if the payload is not empty.
	tpl := template(t, query(code(opLocalGet, 0, 0x04, 0x40, opUnreachable, opEnd, c64(0))), Definition{})
	a, errA := tpl.Open(t.Context(), abi.OpenNew, &session{}, nil)
	b, errB := tpl.Open(t.Context(), abi.OpenNew, &session{}, nil)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	defer a.Close(abi.CloseSessionEnd)
	defer b.Close(abi.CloseSessionEnd)
	var h abi.Header
	if _, err := a.Query(&h, []byte("x")); err == nil {
		t.Fatal("no failure")
	}
	if _, err := b.Query(&h, nil); err != nil {
		t.Fatal(err)
	}
}

func TestMemoryCap(t *testing.T) {
	// Grows page by page until refused, then either goes on or dies.
	grow := code(opLoop, 0x40, c32(1), opMemoryGrow, 0, c32(-1), 0x47, 0x0d, 0, opEnd)
	limits := Limits{Memory: 1 << 20}
	i, _ := open(t, query(code(grow, c64(0))), Definition{Limits: limits})
	var h abi.Header
	if _, err := i.Query(&h, nil); err != nil {
		t.Errorf("a refused growth is the guest's to handle: %v", err)
	}
	if n := len(i.memory.bytes); n != 1<<20 {
		t.Errorf("it has %d bytes", n)
	}
	i, _ = open(t, query(code(grow, opUnreachable)), Definition{Limits: limits})
	_, err := i.Query(&h, nil)
	wantFailure(t, i, err, FailureMemory, "unreachable")
}

func TestMinimumBeyondCap(t *testing.T) {
	m, err := newRuntime(t).Load(t.Context(), "big", guest{pages: 32}.build())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	_, err = m.Template(t.Context(), Definition{Name: "big", Limits: Limits{Memory: 1 << 20}})
	if err == nil || !strings.Contains(err.Error(), "starts with 2097152 bytes") {
		t.Errorf("got %v", err)
	}
}

func TestExit(t *testing.T) {
	exit := guestImport{wasiModule, abi.Func{Name: "proc_exit", Params: []abi.ValueType{abi.I32}}, 0}
	i, _ := open(t, query(code(c32(3), opCall, 0, c64(0)), exit), Definition{})
	var h abi.Header
	_, err := i.Query(&h, nil)
	wantFailure(t, i, err, FailureExit, "3")
}

// panicking is a session whose implementation has a bug.
type panicking struct{ session }

func (*panicking) Info(string) (string, bool) { panic("a bug of the session's") }

func TestHostPanic(t *testing.T) {
	tpl := template(t, query(code(c32(0), c32(0), c32(0), c32(0), opCall, 0, opDrop, c64(0)), imported("info_get")), Definition{})
	i, err := tpl.Open(t.Context(), abi.OpenNew, &panicking{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var h abi.Header
	_, err = i.Query(&h, nil)
	wantFailure(t, i, err, FailureHost, "a bug of the session's")
}

func TestSleepEndsWithTheBudget(t *testing.T) {
	poll := guestImport{wasiModule, abi.Func{Name: "poll_oneoff",
		Params: []abi.ValueType{abi.I32, abi.I32, abi.I32, abi.I32}, Results: []abi.ValueType{abi.I32}}, 0}
	// A subscription to clock 1 at guestWindow, an hour from now.
	body := code(c32(guestWindow+16), c32(1), opI32Store, 2, 0,
		c32(guestWindow+24), c64(int64(time.Hour)), opI64Store, 3, 0,
		c32(guestWindow), c32(8192), c32(1), c32(guestResult), opCall, 0, opDrop, c64(0))
	i, _ := open(t, query(body, poll), Definition{Limits: Limits{Call: time.Millisecond}})
	var h abi.Header
	begun := time.Now()
	_, err := i.Query(&h, nil)
	wantFailure(t, i, err, FailureTimeout, "time budget")
	if d := time.Since(begun); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
}

func TestManyImportsEndWithTheBudget(t *testing.T) {
	body := code(opLoop, 0x40, c32(5), opCall, 0, opDrop, opBr, 0, opEnd, c64(0))
	i, _ := open(t, query(body, imported("log_enabled")), Definition{Limits: Limits{Call: time.Millisecond}})
	var h abi.Header
	_, err := i.Query(&h, nil)
	wantFailure(t, i, err, FailureTimeout, "time budget")
}

func TestCallFromImport(t *testing.T) {
	// A hook called from inside an import is the host's mistake: an error, no crash.
	s := &reentrant{}
	tpl := template(t, query(code(c32(0), c32(0), c32(0), c32(0), opCall, 0, opDrop, c64(0)), imported("info_get")), Definition{})
	i, err := tpl.Open(t.Context(), abi.OpenNew, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close(abi.CloseSessionEnd)
	s.instance = i
	var h abi.Header
	if _, err := i.Query(&h, nil); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(s.query, errRunning) || !errors.Is(s.close, errRunning) {
		t.Errorf("got %v, %v", s.query, s.close)
	}
}

type reentrant struct {
	session
	instance     *Instance
	query, close error
}

func (s *reentrant) Info(string) (string, bool) {
	var h abi.Header
	_, s.query = s.instance.Query(&h, nil)
	s.close = s.instance.Close(abi.CloseSessionEnd)
	return "", false
}

func TestLogFlood(t *testing.T) {
	// 10,000 lines: local 1 (flags, zero at first) counts.
	body := code(opLoop, 0x40, c32(1), c32(guestText), c32(5000), opCall, 0, opDrop,
		opLocalGet, 1, c32(1), 0x6a, 0x22, 1, c32(10000), 0x49, 0x0d, 0, opEnd, c64(0))
	i, s := open(t, query(body, imported("log")), Definition{Limits: Limits{Call: time.Minute}})
	var h abi.Header
	if _, err := i.Query(&h, nil); err != nil {
		t.Fatal(err)
	}
	if n := len(s.lines); n < LogBurst || n > LogBurst*5 {
		t.Errorf("%d of 10000 lines were logged", n)
	}
	for _, l := range s.lines {
		if len(l) > 3*MaxLogLine+len("…") {
			t.Fatalf("a line of %d bytes", len(l))
		}
	}
	i.log.tokens = 10 // some seconds later
	i.logLine(abi.LogInfo, []byte("calm\nagain"))
	tail := s.lines[len(s.lines)-2:]
	if !strings.Contains(tail[0], "suppressed") || tail[1] != "calm again" {
		t.Errorf("the log ends with %q", tail)
	}
}

func TestFailureErrors(t *testing.T) {
	f := &Failure{Definition: "mask", Export: "ps_query", Kind: FailureExit, Output: "panic: boom\n\ngoroutine 1", Err: fmt.Errorf("exit code 2\nstack")}
	if got := f.Error(); got != "plugin mask failed in ps_query: exit: exit code 2: panic: boom" {
		t.Error(got)
	}
	if got := f.Detail(); !strings.HasSuffix(got, "goroutine 1") {
		t.Error(got)
	}
	for k := FailureKind(0); k <= FailureHost; k++ {
		if (k.String() == "unknown") != (k == 0) {
			t.Errorf("kind %d is %v", k, k)
		}
	}
}

func TestFailureStack(t *testing.T) {
	f := &Failure{Err: errors.New("wasm error: unreachable\nwasm stack trace:\n\tmask.rust_panic(i32,i32)\n\t\t0x1f: ?:1\n\t.f<(u8, \x1b[2J)>(i32) (i32,i64)\n\t.$12() i64\nmore")}
	if got := strings.Join(f.Stack(), " < "); got != "mask.rust_panic < f<(u8, \uFFFD[2J)> < $12" {
		t.Error(got)
	}
	if got := f.Detail(); got != "wasm error: unreachable\nwasm stack trace:\n\tmask.rust_panic(i32,i32)\n\t.f<(u8, \uFFFD[2J)>(i32) (i32,i64)\n\t.$12() i64\nmore" {
		t.Errorf("%q", got)
	}
	f.Err = errors.New("wasm error: unreachable\nwasm stack trace:" + strings.Repeat("\n\t."+strings.Repeat("a", 1000)+"()", 30))
	if got := f.Stack(); len(got) != 17 || got[16] != "…" {
		t.Errorf("%d frames of a very long stack", len(got))
	}
	if got := (&Failure{Err: errors.New("verdict 99")}).Stack(); got != nil {
		t.Error(got)
	}
}

// A trace of thirty frames must not be thirty times a module's longest name.
func TestLongNames(t *testing.T) {
	name := strings.Repeat("näme", 1<<18)
	module := query(code(opUnreachable))
	named := append(binary.AppendUvarint([]byte{1, 4}, uint64(len(name))), name...) // one name, of function 4
	named = append(binary.AppendUvarint([]byte("\x04name\x01"), uint64(len(named))), named...)
	module = append(binary.AppendUvarint(append(module, 0), uint64(len(named))), named...)
	i, _ := open(t, module, Definition{})
	var h abi.Header
	_, err := i.Query(&h, nil)
	var f *Failure
	if !errors.As(err, &f) {
		t.Fatal(err)
	}
	stack := f.Stack()
	if len(stack) != 1 || !strings.HasPrefix(stack[0], "näme") || len(stack[0]) > 1024 || !utf8.ValidString(stack[0]) {
		t.Errorf("got %d frames, %.100q…", len(stack), stack)
	}
}

func TestEndlessLoop(t *testing.T) {
	i, _ := open(t, query(code(opLoop, 0x40, opBr, 0, opEnd, c64(0))), Definition{Limits: Limits{Call: 5 * time.Millisecond}})
	var h abi.Header
	_, err := i.Query(&h, nil)
	wantFailure(t, i, err, FailureTimeout, "time budget")
}

func TestEndlessInit(t *testing.T) {
	m, err := newRuntime(t).Load(t.Context(), "loop", guest{hooks: map[string][]byte{
		abi.ExportInit: code(opLoop, 0x40, opBr, 0, opEnd, c32(0))}}.build())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	_, err = m.Template(t.Context(), Definition{Name: "loop", Limits: Limits{Init: 5 * time.Millisecond}})
	var f *Failure
	if !errors.As(err, &f) || f.Kind != FailureTimeout || f.Export != abi.ExportInit {
		t.Errorf("got %v", err)
	}
}

func TestEndlessRecursion(t *testing.T) {
	g := guest{omit: []string{abi.ExportClose}}
	// ps_query is the fifth export and there are no imports: it calls itself.
	g.hooks = map[string][]byte{abi.ExportQuery: code(opLocalGet, 0, opLocalGet, 1, opCall, 4)}
	i, _ := open(t, g.build(), Definition{Limits: Limits{Call: 10 * time.Second}})
	var h abi.Header
	_, err := i.Query(&h, nil)
	wantFailure(t, i, err, FailureStack, "nested too deeply")
}
