package dbfwfilter

import (
	"testing"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

const limited = `{"rules":[{"name":"slow down","type":"limit_queries","count":3,"period":"10s","holdoff":"60s"}]}`

// More rules, one of the old name, and more allowed.
const upgraded = `{"rules":[{"name":"star","type":"wildcard"},
	{"name":"slow down","type":"limit_queries","count":5,"period":"10s","holdoff":"1s"}]}`

func upgrade(t *testing.T, s *sdktest.Session, options string) *sdktest.Session {
	t.Helper()
	state := s.Event(abi.EventDetach, 0, 0)
	if state.Action != abi.Replaced {
		t.Fatalf("no state: %v", state.Action)
	}
	return sdktest.Start(t, options, func(h *sdktest.Host) { h.State, h.Now = state.Output, s.Now })
}

func passes(s *sdktest.Session) (n int) {
	for n < 10 && s.Query("SELECT 1", abi.TypeRead).Action == abi.Pass {
		n++
	}
	return n
}

func TestUpgradeKeepsBlocking(t *testing.T) {
	s := sdktest.Start(t, limited)
	if n := passes(s); n != 3 {
		t.Fatalf("%d passed", n)
	}
	s = upgrade(t, s, upgraded)
	if n := passes(s); n != 0 {
		t.Errorf("%d passed in a session that is blocked", n)
	}
	s.Now += 61 * time.Second
	if n := passes(s); n != 5 {
		t.Errorf("%d passed after the holdoff that was given", n)
	}
}

func TestUpgradeKeepsCounting(t *testing.T) {
	s := sdktest.Start(t, limited)
	s.Query("SELECT 1", abi.TypeRead)
	s = upgrade(t, s, upgraded)
	if n := passes(s); n != 4 {
		t.Errorf("%d more passed of 5", n)
	}
	s = upgrade(t, s, `{"rules":[{"name":"slow down","type":"wildcard"}]}`)
	if n := passes(s); n != 10 {
		t.Errorf("%d passed a rule of another type", n)
	}
}

func TestUpgradeWithAnotherForm(t *testing.T) {
	s := sdktest.Start(t, limited)
	s.State = []byte{99}
	if err := s.Open(abi.OpenSwap); err == nil {
		t.Error("a state of another form was taken")
	}
}
