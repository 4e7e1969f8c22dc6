package tck

import (
	"bytes"
	"encoding/json"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// happenings sends the events that the plugin subscribes to, between commands.
func (k *kit) happenings(t *wasm.Template) {
	s := k.session(t, abi.OpenNew, nil)
	if s == nil {
		return
	}
	s.some()
	for _, e := range []struct {
		kind       abi.EventKind
		a, b       uint64
		routerOnly bool
	}{
		{abi.EventTargetsChanged, 2, 0, true},
		{abi.EventBackendConnected, 0, 0, true},
		{abi.EventBackendConnected, 1, 0, true},
		{abi.EventBackendFailed, 1, 1045, true},
		{abi.EventBackendFailed, 0, 0, true},
		{abi.EventBackendLost, 0, abi.LostCommandOutstanding | abi.LostNotSent, true},
		{abi.EventBackendLost, 1, abi.LostCommandOutstanding | abi.LostReplyStarted | abi.LostInTransaction, true},
	} {
		if k.subscribed(e.kind) && (k.router() || !e.routerOnly) && s.alive() {
			s.event(e.kind, e.a, e.b)
		}
	}
	if k.subscribed(abi.EventSessionReset) && s.alive() {
		k.kept("event/reset")
		if _, ok := s.event(abi.EventSessionReset, 0, 0); !ok || !s.some() {
			k.broken("event/reset", "it failed: %s", k.lastDeath())
		}
	}
	if k.subscribed(abi.EventDiagnostics) && s.alive() {
		s.diagnostics()
	}
	if k.subscribed(abi.EventDetach) && s.alive() {
		s.succeeded()
	}
	s.close(abi.CloseSessionEnd)
}

// some runs a few commands; false if the instance has died of them.
func (s *session) some() bool {
	if !s.alive() {
		return false
	}
	i := s.i
	for _, c := range ordinary()[:9] {
		if s.k.asks(&c) && s.i == i {
			s.command(c, sample{name: "OK"})
		}
	}
	return s.i == i || s.i == nil && i.Failed() == nil
}

func (s *session) diagnostics() {
	v, ok := s.event(abi.EventDiagnostics, 0, 0)
	if !ok || v.Action() != abi.Replaced {
		return
	}
	const rule = "event/diagnostics"
	out := bytes.TrimSpace(s.i.Output())
	s.k.check(json.Valid(out) && len(out) > 0 && out[0] == '{', rule, "it answered %q", abridged(string(out)))
}

// succeeded has the instance hand over to a successor, as a swap does.
func (s *session) succeeded() {
	const rule = "event/detach"
	k := s.k
	v, ok := s.event(abi.EventDetach, 0, 0)
	if !ok || v.Action() != abi.Replaced {
		return
	}
	state := bytes.Clone(s.i.Output())
	k.kept(rule)
	// It goes on if its successor cannot be opened.
	if !s.some() {
		k.broken(rule, "after EventDetach it fails, and it may have to go on: %s", k.lastDeath())
		return
	}
	k.doing = "it is opened with the state that it has handed over"
	h := newHost()
	i, err := s.t.Open(k.ctx, abi.OpenSwap, h, state)
	if err != nil {
		k.broken(rule, "its successor does not open with the %d bytes that it handed over: %v", len(state), err)
		return
	}
	s.close(abi.CloseSwap)
	s.i, s.host = i, h
	if !s.some() {
		k.broken(rule, "its successor fails: %s", k.lastDeath())
	}
}
