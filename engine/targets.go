package engine

import (
	"encoding/binary"
	"sync/atomic"

	"github.com/penstock-db/penstock/wasm/abi"
)

// targets is a service's servers as its routers see them. Indexes are stable
// for as long as the service's configuration is.
type targets struct {
	servers []*server
	version *atomic.Uint32 // the proxy's: grows whenever a server's status changes
}

// index returns the position of the named server, -1 if the service does not have it.
func (t *targets) index(name string) int {
	for i, s := range t.servers {
		if s.cfg.Name == name {
			return i
		}
	}
	return -1
}

// pick chooses the server with the fewest outstanding commands, then
// connections, among those of the best rank that fit the role; prefer wins ties of
// everything else. It returns -1 if there is none.
func (t *targets) pick(role abi.Role, connected func(int) bool) int {
	return t.pickExcept(role, -1, connected)
}

// pickExcept is pick without one server, which has just failed.
func (t *targets) pickExcept(role abi.Role, except int, connected func(int) bool) int {
	best := -1
	better := func(a, b int) bool {
		x, y := t.servers[a], t.servers[b]
		if x.cfg.Rank != y.cfg.Rank {
			return x.cfg.Rank < y.cfg.Rank
		}
		if cx, cy := connected(a), connected(b); cx != cy {
			return cx
		}
		if ox, oy := x.outstanding.Load(), y.outstanding.Load(); ox != oy {
			return ox < oy
		}
		return x.connections.Load() < y.connections.Load()
	}
	for i, s := range t.servers {
		if i != except && s.fits(role) && (best < 0 || better(i, best)) {
			best = i
		}
	}
	return best
}

// append encodes the table for targets_read: see abi.TargetsHeadSize.
func (t *targets) append(dst []byte, current int, connected func(int) bool) []byte {
	le := binary.LittleEndian
	dst = le.AppendUint32(dst, t.version.Load())
	dst = le.AppendUint32(dst, uint32(len(t.servers)))
	dst = le.AppendUint32(dst, abi.TargetEntrySize)
	dst = le.AppendUint32(dst, uint32(int32(current))) // -1 is abi.NoTarget
	for i, s := range t.servers {
		st := s.state.Load()
		status := uint32(st.Status)
		if connected(i) {
			status |= abi.TargetConnected
		}
		dst = le.AppendUint32(dst, uint32(i))
		dst = le.AppendUint32(dst, status)
		dst = le.AppendUint32(dst, uint32(int32(st.Lag)))
		dst = le.AppendUint32(dst, uint32(s.connections.Load()))
		dst = le.AppendUint32(dst, uint32(s.cfg.Weight))
		dst = le.AppendUint32(dst, uint32(s.cfg.Rank))
		dst = le.AppendUint32(dst, uint32(s.outstanding.Load()))
		dst = le.AppendUint32(dst, s.latency.Load())
		name := s.cfg.Name[:min(len(s.cfg.Name), abi.MaxHintName)]
		dst = le.AppendUint32(dst, uint32(len(name)))
		dst = append(dst, name...)
		dst = append(dst, make([]byte, abi.MaxHintName-len(name))...)
	}
	return dst
}
