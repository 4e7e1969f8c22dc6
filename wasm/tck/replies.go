package tck

import (
	"fmt"
	"strings"

	"github.com/penstock-db/penstock/wasm/abi"
)

// sample is a reply as a server sends it.
type sample struct {
	name    string
	results []result // none: an OK, or the error
	errno   uint32
	eof     bool // for a client that wants EOF packets
	odd     bool
}

// result is one result of a reply.
type result struct {
	columns int
	rows    []string // each is the value of all its columns; "\x00": NULL
}

func replies() []sample {
	three := result{2, []string{"one", "\x00", "three"}}
	return []sample{
		{name: "a result of 3 rows", results: []result{three}},
		{name: "OK"},
		{name: "a result of 3 rows with EOF packets", results: []result{three}, eof: true},
		{name: "a result without rows", results: []result{{3, nil}}, odd: true},
		{name: "an error", errno: 1064, odd: true},
		{name: "two results", results: []result{three, {1, []string{"x"}}}, odd: true},
		{name: "a result of 300 columns", results: []result{{300, []string{"v", "\x00"}}}, odd: true},
		{name: "a result with values of several KiB", results: []result{{1, []string{strings.Repeat("\xff", 3000), strings.Repeat("y", 300), ""}}}},
	}
}

// definitions frames a result's number of columns and their definitions.
func (r *result) definitions(eof bool) []byte {
	p := frame(nil, putLenenc(nil, uint64(r.columns)))
	for n := range r.columns {
		var d []byte
		for _, s := range []string{"def", "test", "t", "t", fmt.Sprintf("c%d", n), fmt.Sprintf("c%d", n)} {
			d = append(putLenenc(d, uint64(len(s))), s...)
		}
		p = frame(p, append(d, 0x0c, 45, 0, 80, 0, 0, 0, 0xfd, 0, 0, 0, 0, 0)) // a VAR_STRING in utf8mb4
	}
	if eof {
		p = frame(p, endOf(eof, false))
	}
	return p
}

// row makes a row's packet.
func (r *result) row(value string, binaryRow bool) []byte {
	var p []byte
	if binaryRow {
		p = make([]byte, 1+(r.columns+9)/8)
	}
	for n := range r.columns {
		switch {
		case value == "\x00" && binaryRow:
			p[1+(n+2)/8] |= 1 << ((n + 2) % 8)
		case value == "\x00":
			p = append(p, 0xfb)
		default:
			p = append(putLenenc(p, uint64(len(value))), value...)
		}
	}
	return p
}

// endOf is the packet that ends definitions or rows.
func endOf(eof, more bool) []byte {
	status := byte(serverReady)
	if more {
		status |= serverMore
	}
	if eof {
		return []byte{0xfe, 0, 0, status, 0}
	}
	return []byte{0xfe, 0, 0, status, 0, 0, 0}
}

// mistake is the message of errors.
const mistake = "You have an error"

// whole frames the whole reply.
func (r *sample) whole(binaryRows bool) []byte {
	switch {
	case r.errno != 0:
		return frame(nil, fmt.Appendf([]byte{0xff, byte(r.errno), byte(r.errno >> 8)}, "#42000"+mistake))
	case len(r.results) == 0:
		return frame(nil, []byte{0, 1, 7, serverReady, 0, 0, 0})
	}
	var p []byte
	for n, one := range r.results {
		p = append(p, one.definitions(r.eof)...)
		for _, v := range one.rows {
			p = frame(p, one.row(v, binaryRows))
		}
		p = frame(p, endOf(r.eof, n+1 < len(r.results)))
	}
	return p
}

// reply shows a command's reply to the filter, at the level that it asked for.
func (s *session) reply(c *command, h *abi.Header, r sample) {
	level := abi.ReplyLevel(h.U32(abi.HdrReplyLevel))
	if level == abi.ReplyKeep {
		level = abi.ReplyLevel(s.k.desc.u32(abi.DescReplyLevel))
	}
	if level == abi.ReplyNone || level > abi.ReplyBuffered || !s.k.exports[abi.ExportReply] {
		return
	}
	binaryRows := c.byte() == comExecute
	if c.byte() != comQuery && !binaryRows {
		r = sample{name: "OK"} // no results that are shown in phases
	}
	p := presentation{session: s, header: s.header(c), sample: r, binary: binaryRows}
	switch {
	case level == abi.ReplyBuffered && c.byte() != comPrepare:
		p.whole()
	case level >= abi.ReplyColumns:
		p.parts(level)
	}
	if s.i != nil && !p.refused {
		p.summary()
	}
}

// presentation is a reply on its way through the filter.
type presentation struct {
	*session
	header  *abi.Header
	sample  sample
	binary  bool
	columns int  // of the current result, as the filter has left it
	changed bool // it has replaced something: what follows must fit that
	refused bool // the filter has put an end to it, or is gone
}

// show calls ps_reply for a part and returns what the filter puts in its place, nil
// if nothing.
func (p *presentation) show(phase abi.ReplyPhase, part []byte) (packets [][]byte, v abi.Verdict) {
	k := p.k
	k.kept("reply/answers")
	k.doing = fmt.Sprintf("%s of %s is shown", phaseNames[phase], p.sample.name)
	h := *p.header
	h.SetU64(abi.HdrBytes, uint64(len(part)))
	h.SetU32(abi.HdrServer, 0)
	h.SetU64(abi.HdrDuration, 1_500_000)
	if phase != abi.PhaseSummary {
		h.SetU32(abi.HdrColumns, uint32(p.columns))
	}
	if phase == abi.PhaseSummary || phase == abi.PhaseWhole {
		p.ending(&h)
	}
	rules := []string{}
	if p.sample.odd {
		rules = append(rules, "reply/odd")
	}
	if p.binary && phase != abi.PhaseSummary {
		rules = append(rules, "reply/binary")
	}
	k.kept(rules...)
	v, err := p.i.Reply(&h, phase, part)
	if err != nil {
		p.failed(err)
		for _, r := range rules {
			k.broken(r, "%v", err)
		}
		p.refused = true
		return nil, v
	}
	switch v.Action() {
	case abi.Reject:
		p.refused = phase != abi.PhaseSummary
	case abi.Close, abi.Detach:
		p.close(abi.CloseSessionEnd)
		p.refused = true
	case abi.Replaced:
		p.changed = true
		packets, err = unframe(p.i.Output())
		if !k.check(err == nil, "reply/framing", "in place of %s of %s: %v", phaseNames[phase], p.sample.name, err) {
			p.refused = true
			return nil, v
		}
		return packets, v
	}
	return nil, v
}

// ending fills in what the header says of a reply that has ended.
func (p *presentation) ending(h *abi.Header) {
	state, rows := abi.ReplyStateOK, 0
	for _, r := range p.sample.results {
		state, rows = abi.ReplyStateResult, rows+len(r.rows)
	}
	if p.sample.errno != 0 {
		state = abi.ReplyStateError
		h.SetU32(abi.HdrReplyErrno, p.sample.errno)
		copy(h[abi.HdrReplySQLSt:], "42000")
	}
	h.SetU32(abi.HdrReplyState, uint32(state))
	h.SetU64(abi.HdrRows, uint64(rows))
	h.SetU64(abi.HdrBytes, uint64(len(p.sample.whole(p.binary))))
	h.SetU32(abi.HdrServerStatus, serverReady)
	if state == abi.ReplyStateOK {
		h.SetU64(abi.HdrAffected, 1)
		h.SetU64(abi.HdrLastInsertID, 7)
	}
	if n := len(p.sample.results); n > 0 {
		h.SetU32(abi.HdrColumns, uint32(p.sample.results[n-1].columns))
	}
}

// shape notes whether what took a part's place fits there.
func (p *presentation) shape(phase abi.ReplyPhase, err error) {
	if !p.k.check(err == nil, "reply/shape", "in place of %s of %s: %v", phaseNames[phase], p.sample.name, err) {
		p.refused = true
	}
}

func (p *presentation) whole() {
	if packets, v := p.show(abi.PhaseWhole, p.sample.whole(p.binary)); v.Action() == abi.Replaced && !p.refused {
		p.shape(abi.PhaseWhole, wholeReply(packets, p.sample.eof, p.binary))
	}
}

// parts shows the definitions and the rows, as far as the level goes.
func (p *presentation) parts(level abi.ReplyLevel) {
	for _, r := range p.sample.results {
		p.columns = r.columns
		packets, v := p.show(abi.PhaseColumns, r.definitions(p.sample.eof))
		if v.Action() == abi.Replaced && !p.refused {
			var rest [][]byte
			var err error
			p.columns, rest, err = columnsPart(packets, p.sample.eof)
			if err == nil && len(rest) > 0 {
				err = fmt.Errorf("%d packets behind the definitions", len(rest))
			}
			p.shape(abi.PhaseColumns, err)
		}
		done := v.Action() == abi.Done
		for n := 0; n < len(r.rows) && level >= abi.ReplyRows && !p.refused && !done; n += 2 { // two a batch
			var batch []byte
			for _, value := range r.rows[n:min(n+2, len(r.rows))] {
				batch = frame(batch, r.row(value, p.binary))
			}
			packets, v = p.show(abi.PhaseRows, batch)
			done = v.Action() == abi.Done
			// Rows as they came have to fit definitions that were changed.
			if v.Action() != abi.Replaced {
				packets, _ = unframe(batch)
			}
			for _, row := range packets {
				if p.refused || !p.changed || v.Action() == abi.Drop {
					break
				}
				if len(row) > 0 && (row[0] == 0xff || isEOF(row)) {
					p.shape(abi.PhaseRows, fmt.Errorf("a packet (% x) among the rows that is none", head(row)))
					break
				}
				p.shape(abi.PhaseRows, rowPart(row, p.columns, p.binary))
			}
		}
		if p.refused {
			return
		}
	}
}

func (p *presentation) summary() {
	var message []byte
	if p.sample.errno != 0 {
		message = []byte(mistake)
	}
	p.show(abi.PhaseSummary, message)
}
