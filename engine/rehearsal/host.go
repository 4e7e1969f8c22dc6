package rehearsal

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"

	"github.com/penstock-db/penstock/engine/sql"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// host is what the plugin is told that its session is.
type host struct {
	log    func(abi.LogLevel, string)
	sql    []byte // of the statement that runs
	timers map[uint32]time.Duration
	built
}

var (
	_ wasm.Session      = (*host)(nil)
	_ wasm.Targets      = (*host)(nil)
	_ wasm.Statements   = (*host)(nil)
	_ wasm.ReplyBuilder = (*host)(nil)
	_ wasm.Timers       = (*host)(nil)
)

// servers are the service's.
var servers = []struct {
	name   string
	status uint32
}{
	{"primary", abi.TargetRunning | abi.TargetPrimary},
	{"replica", abi.TargetRunning | abi.TargetReplica},
}

func (h *host) LogEnabled(abi.LogLevel) bool        { return true }
func (h *host) Log(level abi.LogLevel, line string) { h.log(level, line) }
func (h *host) Info(key string) (value string, ok bool) {
	value, ok = map[string]string{"user": "app", "host": "127.0.0.1", "port": "40000", "schema": "test", "tls": "",
		"service": "rehearsal", "session": "1", "attr._client_name": "penstock"}[key]
	return value, ok
}

// AppendTargets implements wasm.Targets.
func (h *host) AppendTargets(dst []byte) []byte {
	le := binary.LittleEndian
	for _, v := range []uint32{1, uint32(len(servers)), abi.TargetEntrySize, abi.NoTarget} {
		dst = le.AppendUint32(dst, v)
	}
	for n, server := range servers {
		e := make([]byte, abi.TargetEntrySize)
		le.PutUint32(e[abi.TargetIndex:], uint32(n))
		le.PutUint32(e[abi.TargetStatus:], server.status)
		le.PutUint32(e[abi.TargetWeight:], 1)
		le.PutUint32(e[abi.TargetNameLength:], uint32(len(server.name)))
		copy(e[abi.TargetName:], server.name)
		dst = append(dst, e...)
	}
	return dst
}

// AppendCanonical implements wasm.Statements.
func (h *host) AppendCanonical(dst []byte) ([]byte, bool) {
	return sql.Canonical(dst, h.sql, sql.Mode{}), len(h.sql) > 0
}

func (h *host) AppendTables(dst []byte) ([]byte, bool) {
	for _, name := range sql.Tables(h.sql, sql.Mode{}) {
		dst = append(append(dst, name...), 0)
	}
	return dst, len(h.sql) > 0
}

func (h *host) SetTimer(_ *wasm.Instance, id, ms uint32) abi.Errno {
	h.timers[id] = time.Duration(ms) * time.Millisecond
	return abi.OK
}

func (h *host) CancelTimer(_ *wasm.Instance, id uint32) abi.Errno {
	if _, set := h.timers[id]; !set {
		return abi.NotFound
	}
	delete(h.timers, id)
	return abi.OK
}

// Timers runs the timers that are set, the shortest first, as if their time had
// come, and returns their ids. Those that they set are left for the next call.
func (s *Session) Timers() ([]uint32, error) {
	if s.inst == nil || !s.desc.WantsEvent(abi.EventTimer) {
		return nil, nil
	}
	due := s.host.timers
	s.host.timers = map[uint32]time.Duration{}
	var ids []uint32
	for id := range due {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b uint32) int { return cmp.Or(cmp.Compare(due[a], due[b]), cmp.Compare(a, b)) })
	for n, id := range ids {
		v, err := s.inst.Event(abi.EventTimer, uint64(id), 0)
		if err == nil && (v.Action() == abi.Detach || v.Action() == abi.Close) {
			return ids[:n+1], s.leave()
		}
		if err != nil {
			return ids[:n+1], err
		}
	}
	return ids, nil
}

// Diagnostics returns what the plugin says of itself; nil if it has nothing to say.
func (s *Session) Diagnostics() ([]byte, error) {
	if s.inst == nil || !s.desc.WantsEvent(abi.EventDiagnostics) {
		return nil, nil
	}
	v, err := s.inst.Event(abi.EventDiagnostics, 0, 0)
	if err != nil || v.Action() != abi.Replaced {
		return nil, err
	}
	return slices.Clone(s.inst.Output()), nil
}
