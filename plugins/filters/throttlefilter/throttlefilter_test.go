package throttlefilter

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

const options = `{"max_qps":100,"throttling_duration":"3s","sampling_duration":"500ms","continuous_duration":"1s"}`

// drive sends statements as fast as it may, for the time, and counts those
// that passed.
func drive(t *testing.T, s *sdktest.Session, d time.Duration) (passed int, last sdktest.Result) {
	t.Helper()
	c := sdktest.Command{SQL: "SELECT 1"}
	for end := s.Now + d; s.Now < end; {
		last = s.Run(c)
		for last.Action == abi.Hold {
			if last.Arg == 0 || last.Arg > 500 {
				t.Fatalf("hold for %d ms", last.Arg)
			}
			s.Now += time.Duration(last.Arg) * time.Millisecond
			last = s.Again(c)
		}
		if last.Action != abi.Pass {
			return passed, last
		}
		passed++
		s.Now += 100 * time.Microsecond
	}
	return passed, last
}

func TestRate(t *testing.T) {
	s := sdktest.Start(t, options)
	n, last := drive(t, s, 2900*time.Millisecond)
	if last.Action != abi.Pass || n < 250 || n > 350 {
		t.Errorf("%d statements passed in 2.9 s at 100 a second; %+v", n, last)
	}
	if s.Metrics["statements_held"] == 0 {
		t.Error("nothing was counted as held")
	}
}

func TestCloses(t *testing.T) {
	s := sdktest.Start(t, options)
	_, last := drive(t, s, 10*time.Second)
	if last.Action != abi.Close || last.Errno != 1927 || !strings.Contains(last.Message(), "throttling_duration") {
		t.Errorf("%+v", last)
	}
}

func TestCalmsDown(t *testing.T) {
	s := sdktest.Start(t, options)
	for range 5 {
		if _, last := drive(t, s, 2*time.Second); last.Action != abi.Pass {
			t.Fatalf("%+v %s", last, last.Message())
		}
		s.Now += 2 * time.Second
	}
}

func TestSlowIsFree(t *testing.T) {
	s := sdktest.Start(t, options)
	for range 1000 {
		if r := s.Query("SELECT 1", 0); r.Action != abi.Pass {
			t.Fatalf("%+v", r)
		}
		s.Now += 11 * time.Millisecond
	}
}

func TestNoAllocation(t *testing.T) {
	s := sdktest.Start(t, options)
	n := s.Prepare(sdktest.Command{SQL: "SELECT 1"})
	if a := testing.AllocsPerRun(100, func() { s.Call(n) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func TestOptions(t *testing.T) {
	e := sdktest.InitError(t, `{"sampling_duration":"1ms","max_qsp":1}`)
	for _, part := range []string{`"max_qps" is required`, `"throttling_duration" is required`, `at least "10ms"`, `unknown option "max_qsp"`} {
		if !strings.Contains(e, part) {
			t.Errorf("%q is not in %s", part, e)
		}
	}
}

// succeed has a new instance with options go on where s is.
func succeed(t *testing.T, s *sdktest.Session, options string) *sdktest.Session {
	t.Helper()
	state := s.Event(abi.EventDetach, 0, 0)
	if state.Action != abi.Replaced {
		t.Fatalf("no state: %v", state.Action)
	}
	return sdktest.Start(t, options, func(h *sdktest.Host) { h.State, h.Now = state.Output, s.Now })
}

func TestUpgradeKeepsTheWindow(t *testing.T) {
	for _, next := range []string{options, strings.Replace(options, "500ms", "2s", 1), strings.Replace(options, `"500ms"`, `"490ms"`, 1)} {
		s := sdktest.Start(t, options)
		for range 50 { // the whole window's
			if r := s.Query("SELECT 1", 0); r.Action != abi.Pass {
				t.Fatalf("%+v", r)
			}
		}
		s = succeed(t, s, next)
		passed := 0
		for s.Query("SELECT 1", 0).Action == abi.Pass {
			passed++
		}
		want := 0
		if strings.Contains(next, "2s") {
			want = 150 // 200 in a window that is four times as long
		}
		if passed != want {
			t.Errorf("%s: %d more statements passed at once, want %d", next, passed, want)
		}
		s.Now += 2500 * time.Millisecond
		if r := s.Query("SELECT 1", 0); r.Action != abi.Pass {
			t.Errorf("%s: after the window: %+v", next, r)
		}
	}
}

func TestUpgradeDoesNotForgiveThrottling(t *testing.T) {
	s := sdktest.Start(t, options)
	if _, last := drive(t, s, 2*time.Second); last.Action != abi.Pass {
		t.Fatalf("%+v", last)
	}
	s = succeed(t, s, options)
	if _, last := drive(t, s, 2*time.Second); last.Action != abi.Close {
		t.Errorf("after 4 of 3 seconds: %+v", last)
	}
}

func TestUpgradeWithAnotherForm(t *testing.T) {
	s := sdktest.Start(t, options)
	s.State = []byte{99}
	if err := s.Open(abi.OpenSwap); err == nil {
		t.Error("a state of another form was taken")
	}
}
