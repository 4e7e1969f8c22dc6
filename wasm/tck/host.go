package tck

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// host is the session that the plugin is told that it works for: a user of
// the application, on a service with a primary and a replica.
type host struct {
	built  reply
	timers map[uint32]bool
	lines  []string
	sql    string // of the command that runs
}

var (
	_ wasm.Session      = (*host)(nil)
	_ wasm.Targets      = (*host)(nil)
	_ wasm.Statements   = (*host)(nil)
	_ wasm.ReplyBuilder = (*host)(nil)
	_ wasm.Timers       = (*host)(nil)
)

func newHost() *host { return &host{timers: map[uint32]bool{}} }

func (h *host) LogEnabled(abi.LogLevel) bool { return true }

// maxLines is how many of a plugin's log lines are kept for messages.
const maxLines = 20

func (h *host) Log(_ abi.LogLevel, line string) {
	if len(h.lines) < maxLines {
		h.lines = append(h.lines, line)
	}
}

func (h *host) Info(key string) (string, bool) {
	v, ok := map[string]string{
		"user": "app", "host": "192.0.2.7", "port": "40000", "schema": "test", "tls": "", "service": "tck",
		"session": "1", "attr._client_name": "tck", "attr.program_name": "tck",
	}[key]
	return v, ok
}

// targets is how many servers the service has.
const targets = 2

// AppendTargets implements wasm.Targets.
func (h *host) AppendTargets(dst []byte) []byte {
	le := binary.LittleEndian
	for _, v := range []uint32{1, targets, abi.TargetEntrySize, abi.NoTarget} {
		dst = le.AppendUint32(dst, v)
	}
	for n := range uint32(targets) {
		e := make([]byte, abi.TargetEntrySize)
		status := uint32(abi.TargetRunning | abi.TargetPrimary)
		if n > 0 {
			status = abi.TargetRunning | abi.TargetReplica
		}
		name := fmt.Sprintf("db%d", n+1)
		le.PutUint32(e[abi.TargetIndex:], n)
		le.PutUint32(e[abi.TargetStatus:], status)
		le.PutUint32(e[abi.TargetWeight:], 1)
		le.PutUint32(e[abi.TargetNameLength:], uint32(len(name)))
		copy(e[abi.TargetName:], name)
		dst = append(dst, e...)
	}
	return dst
}

// AppendCanonical implements wasm.Statements, as near as no lexer gets.
func (h *host) AppendCanonical(dst []byte) ([]byte, bool) {
	if h.sql == "" {
		return dst, false
	}
	return append(dst, strings.Join(strings.Fields(h.sql), " ")...), true
}

func (h *host) AppendTables(dst []byte) ([]byte, bool) {
	if h.sql == "" {
		return dst, false
	}
	return append(dst, "t\x00test.u\x00"...), true
}

func (h *host) SetTimer(_ *wasm.Instance, id, _ uint32) abi.Errno {
	h.timers[id] = true
	return abi.OK
}

func (h *host) CancelTimer(_ *wasm.Instance, id uint32) abi.Errno {
	if !h.timers[id] {
		return abi.NotFound
	}
	delete(h.timers, id)
	return abi.OK
}

// reply follows what a filter makes up with reply_*.
type reply struct {
	columns int    // of the result that is open
	packets int    // of all that was built
	ended   bool   // with OK, ERR, or a result that is only not closed yet
	twice   string // what was built behind that
	raw     []byte // what reply_append was given
}

func (h *host) BeginReply() { h.built = reply{} }

func (h *host) ReplyOK(_, _ uint64, _ uint16) abi.Errno {
	h.built.again("reply_ok")
	h.built.columns, h.built.ended = 0, true
	h.built.packets++
	return abi.OK
}

func (h *host) ReplyErr(uint16, [5]byte, []byte) abi.Errno {
	if h.built.columns == 0 { // an error ends the rows of a result
		h.built.again("reply_err")
	}
	h.built.columns, h.built.ended = 0, true
	h.built.packets++
	return abi.OK
}

// ReplyColumns takes the columns apart, as the specification's format says.
func (h *host) ReplyColumns(p []byte) abi.Errno {
	if len(p) < 2 {
		return abi.BadArg
	}
	count := int(binary.LittleEndian.Uint16(p))
	if count == 0 || count > 4096 {
		return abi.BadArg
	}
	p = p[2:]
	for range count {
		if len(p) < 5 || len(p) < 5+int(binary.LittleEndian.Uint16(p[3:])) {
			return abi.BadArg
		}
		p = p[5+int(binary.LittleEndian.Uint16(p[3:])):]
	}
	if len(p) > 0 {
		return abi.BadArg
	}
	h.built.again("reply_columns")
	h.built.columns, h.built.ended = count, true
	h.built.packets++
	return abi.OK
}

func (h *host) ReplyRow(p []byte) abi.Errno {
	if h.built.columns == 0 {
		return abi.WrongPhase
	}
	for range h.built.columns {
		if len(p) < 4 {
			return abi.BadArg
		}
		n := binary.LittleEndian.Uint32(p)
		p = p[4:]
		if n == abi.RowNull {
			continue
		}
		if uint64(n) > uint64(len(p)) {
			return abi.BadArg
		}
		p = p[n:]
	}
	if len(p) > 0 {
		return abi.BadArg
	}
	h.built.packets++
	return abi.OK
}

func (h *host) ReplyAppend(p []byte) abi.Errno {
	h.built.columns = 0
	h.built.packets++
	h.built.raw = append(h.built.raw, p...)
	return abi.OK
}

// again notes that something is built behind what ends a reply. What the filter
// framed itself may say that more follows.
func (r *reply) again(what string) {
	if r.ended && r.raw == nil {
		r.twice = what
	}
}

// whole says why what was built is not one whole reply, if so. Packets that
// the filter framed itself are judged when they are all there is.
func (r *reply) whole(eof, binary bool) error {
	switch {
	case r.packets == 0:
		return fmt.Errorf("it built none")
	case r.twice != "":
		return fmt.Errorf("it called %s behind what ended the reply, or made up its one result", r.twice)
	case r.ended: // what was appended besides cannot be told apart here
		return nil
	}
	packets, err := unframe(r.raw)
	if err != nil {
		return err
	}
	return wholeReply(packets, eof, binary)
}
