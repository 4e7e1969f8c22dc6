package engine

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/penstock-db/penstock/engine/sessionlog"
	"github.com/penstock-db/penstock/engine/sql"
	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// host is the session as one of its plugin instances sees it.
type host struct {
	s    *Session
	link *link
	plan *plan
	live bool     // in its session's chain: it may ask about the command; session goroutine only
	due  []func() // timers that ran out before it was live; session goroutine only

	mu     sync.Mutex
	timers map[uint32]*timer
}

var (
	_ wasm.Session      = (*host)(nil)
	_ wasm.Targets      = (*host)(nil)
	_ wasm.Statements   = (*host)(nil)
	_ wasm.ReplyBuilder = (*host)(nil)
	_ wasm.Timers       = (*host)(nil)
)

func (h *host) LogEnabled(level abi.LogLevel) bool { return h.s.log.Enabled(sessionlog.Level(level)) }

func (h *host) Log(level abi.LogLevel, line string) {
	h.s.log.Log(sessionlog.Level(level), line, "plugin", h.link.def.name)
}

// Info answers info_get. The session id, the client and the service never
// change; the schema is the current one.
func (h *host) Info(key string) (string, bool) {
	s := h.s
	s.mu.Lock()
	p := &s.published
	user, schema, cipher, attrs := p.user, p.schema, p.cipher, p.attrs
	s.mu.Unlock()
	switch key {
	case "user":
		return user, true
	case "host":
		return s.remote.host(), true
	case "port":
		return strconv.Itoa(int(s.remote.port())), true
	case "schema":
		return schema, true
	case "tls":
		return cipher, true
	case "service":
		return s.service.name, true
	case "session":
		return strconv.FormatUint(s.id, 10), true
	}
	const attribute = "attr."
	if len(key) > len(attribute) && key[:len(attribute)] == attribute {
		v, ok := attrs[key[len(attribute):]]
		return v, ok
	}
	return "", false
}

func (h *host) AppendTargets(dst []byte) []byte {
	current := -1
	if h.live {
		current = h.s.lastTarget
	}
	return h.plan.targets.append(dst, current, h.connected)
}

func (h *host) connected(target int) bool {
	return h.live && h.s.isConnected(target)
}

func (h *host) AppendCanonical(dst []byte) ([]byte, bool) {
	c := &h.s.cmd
	if !h.live || c.sql == nil {
		return dst, false
	}
	text, _ := h.s.service.statements.Canonical(c.sql, h.s.mode)
	return append(dst, text...), true
}

func (h *host) AppendTables(dst []byte) ([]byte, bool) {
	c := &h.s.cmd
	if !h.live || c.sql == nil {
		return dst, false
	}
	for _, name := range sql.Tables(c.sql, h.s.mode) {
		dst = append(append(dst, name...), 0)
	}
	return dst, true
}

// timer is one of an instance's timers.
type timer struct{ *time.Timer }

// SetTimer arms a timer whose event runs on the session's goroutine, between
// two commands.
func (h *host) SetTimer(i *wasm.Instance, id, ms uint32) abi.Errno {
	h.mu.Lock()
	defer h.mu.Unlock()
	if old := h.timers[id]; old != nil {
		old.Stop()
	}
	if h.timers == nil {
		h.timers = map[uint32]*timer{}
	}
	t := new(timer)
	t.Timer = time.AfterFunc(time.Duration(ms)*time.Millisecond, func() {
		h.s.Do(func() { h.fire(i, id, t) })
	})
	h.timers[id] = t
	return abi.OK
}

// fire runs a timer's event. A timer that was set anew or cancelled after it
// had run out does not fire, nor does one of an instance that is gone. An
// instance that waits to be put in place belongs to whoever opened it: its
// timers wait with it.
func (h *host) fire(i *wasm.Instance, id uint32, t *timer) {
	if !h.live {
		h.due = append(h.due, func() { h.fire(i, id, t) })
		return
	}
	h.mu.Lock()
	valid := h.timers[id] == t
	if valid {
		delete(h.timers, id)
	}
	h.mu.Unlock()
	s, l := h.s, h.link
	if !valid || l.inst != i || !s.serving {
		return
	}
	s.parked.Store(false) // it wakes up for this
	verdict, err := i.Event(abi.EventTimer, uint64(id), 0)
	if err == nil {
		switch verdict.Action() {
		case abi.Pass:
			return
		case abi.Detach:
			s.closeDetached(l)
			return
		case abi.Close:
			s.cancel(s.rejection(l).fatal())
			return
		}
		err = &wasm.Failure{Definition: l.def.name, Export: abi.ExportEvent, Kind: wasm.FailureNonsense,
			Err: fmt.Errorf("it answered %s to a timer", verdict.Action())}
	}
	if ce := s.linkFailed(l, err); ce.Fatal {
		s.cancel(ce)
	}
}

// enliven says that the instance is in its session's chain.
func (h *host) enliven() {
	h.live = true
	due := h.due
	h.due = nil
	for _, fire := range due {
		fire()
	}
}

func (h *host) CancelTimer(_ *wasm.Instance, id uint32) abi.Errno {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.timers[id]
	if t == nil {
		return abi.NotFound
	}
	t.Stop()
	delete(h.timers, id)
	return abi.OK
}

func (h *host) stopTimers() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.timers {
		t.Stop()
	}
	clear(h.timers)
}

func (h *host) builder() *replyBuilder { return &h.s.built }

// BeginReply, and the methods that follow, build the reply of a verdict Reply.
func (h *host) BeginReply() {
	c := &h.s.cmd
	h.builder().begin(h.s.capabilities(), c.code == wire.ComStmtExecute, h.s.status)
}

func (h *host) ReplyOK(affected, lastInsertID uint64, warnings uint16) abi.Errno {
	return h.builder().ok(affected, lastInsertID, warnings)
}

func (h *host) ReplyErr(errno uint16, sqlstate [5]byte, message []byte) abi.Errno {
	return h.builder().err(errno, sqlstate, message)
}

func (h *host) ReplyColumns(columns []byte) abi.Errno { return h.builder().columns(columns) }

func (h *host) ReplyRow(row []byte) abi.Errno { return h.builder().row(row) }

func (h *host) ReplyAppend(packets []byte) abi.Errno { return h.builder().append(packets) }
