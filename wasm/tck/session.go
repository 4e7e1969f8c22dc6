package tck

import (
	"errors"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// session is a live one with an instance of the plugin.
type session struct {
	k        *kit
	t        *wasm.Template
	i        *wasm.Instance
	host     *host
	sequence uint64
}

// session opens one; nil if the plugin refuses or has failed too often.
func (k *kit) session(t *wasm.Template, reason abi.OpenReason, state []byte) *session {
	h := newHost()
	i, err := t.Open(k.ctx, reason, h, state)
	if err != nil {
		k.refusedSession("open/returns", err)
		return nil
	}
	return &session{k: k, t: t, i: i, host: h}
}

// alive gives the session a new instance if the one that it had is gone; false if
// there can be none.
func (s *session) alive() bool {
	if s.i != nil {
		return true
	}
	if s.k.deaths >= maxDeaths || s.k.ctx.Err() != nil {
		return false
	}
	fresh := s.k.session(s.t, abi.OpenNew, nil)
	if fresh == nil {
		s.k.deaths = maxDeaths
		return false
	}
	s.i, s.host = fresh.i, fresh.host
	return true
}

// close ends the session.
func (s *session) close(reason abi.CloseReason) {
	if s.i != nil {
		s.k.doing = "it is closed"
		s.k.ended(s.i, reason)
		s.i = nil
	}
}

// failed notes a failure of a hook, by the rule that it breaks; the instance is gone.
func (s *session) failed(err error) {
	k := s.k
	k.deaths++
	s.i.Close(abi.CloseSessionEnd)
	s.i = nil
	var f *wasm.Failure
	if !errors.As(err, &f) {
		k.broken("hook/trap", "%s: %v", k.doing, err)
		return
	}
	rule := map[wasm.FailureKind]string{wasm.FailureTimeout: "hook/time", wasm.FailureMemory: "hook/memory",
		wasm.FailureStack: "hook/stack", wasm.FailureExit: "hook/exit"}[f.Kind]
	switch {
	case f.Kind == wasm.FailureNonsense && (k.anyBroken("verdict/") || k.anyBroken("header/")):
		return // said already, by the kit itself
	case f.Kind == wasm.FailureNonsense:
		rule = "verdict/action"
	case rule == "":
		rule = "hook/trap"
	}
	k.broken(rule, "%s: %s", k.doing, words(f))
}

// header writes what the host knows of a command.
func (s *session) header(c *command) *abi.Header {
	h := &abi.Header{}
	h.SetU64(abi.HdrSequence, s.sequence)
	h[abi.HdrCommand] = c.byte()
	h.SetU32(abi.HdrSessionFlags, c.flags|abi.SessionAutocommit)
	h.SetU32(abi.HdrCharset, 45)
	if needs := s.k.desc.u32(abi.DescNeeds); needs&abi.NeedClassify != 0 {
		h.SetU64(abi.HdrType, c.typ)
		h.SetU32(abi.HdrOperation, uint32(c.op))
	}
	if s.k.desc.u32(abi.DescNeeds)&abi.NeedDigest != 0 && c.text != "" {
		h.SetU64(abi.HdrDigest, 0x9e3779b97f4a7c15)
	}
	h.SetU32(abi.HdrStatementID, c.id)
	h.SetU32(abi.HdrTargets, 1)
	h.SetU32(abi.HdrServer, abi.NoTarget)
	return h
}

// ask calls the command hook. ok is false if there is no verdict.
func (s *session) ask(c command, h *abi.Header) (v abi.Verdict, ok bool) {
	k := s.k
	s.sequence++
	*h = *s.header(&c)
	payload := c.payload
	if at := c.at; at > 0 || c.prepared() && k.desc.u32(abi.DescNeeds)&abi.NeedSQL != 0 {
		if at == 0 {
			at = len(payload)
			payload = append(append([]byte(nil), payload...), c.text...)
		}
		h.SetU32(abi.HdrSQLOffset, uint32(at))
		h.SetU32(abi.HdrSQLLength, uint32(len(payload)-at))
	}
	s.host.sql = c.text
	k.doing = c.name
	call := s.i.Query
	if k.router() {
		call = s.i.Route
	}
	v, err := call(h, payload)
	if err != nil {
		s.failed(err)
		return 0, false
	}
	return v, true
}

// event sends an event that is subscribed to.
func (s *session) event(kind abi.EventKind, a, b uint64) (v abi.Verdict, ok bool) {
	s.k.doing = eventName(kind)
	s.host.sql = ""
	v, err := s.i.Event(kind, a, b)
	if err != nil {
		s.failed(err)
		return 0, false
	}
	s.k.kept("event/verdict")
	return v, true
}

func (k *kit) router() bool { return abi.Kind(k.desc.u32(abi.DescKind)) == abi.KindRouter }

func (k *kit) subscribed(e abi.EventKind) bool { return k.desc.u32(abi.DescEvents)&(1<<e) != 0 }

func eventName(e abi.EventKind) string {
	names := []string{"", "EventTimer", "EventBackendConnected", "EventBackendFailed", "EventBackendLost",
		"EventTargetsChanged", "EventDetach", "EventDiagnostics", "EventSessionReset"}
	if int(e) < len(names) {
		return names[e]
	}
	return "an event"
}
