package wire

import "fmt"

// Next takes one packet: its header and at least the Need first bytes of its
// payload. It returns what the packet is. An error wraps ErrMalformed and
// means that the framing is lost: the connection cannot be used any more.
func (r *Reply) Next(h Header, head []byte) (Part, error) {
	if r.continued {
		r.account(h)
		return PartContinuation, nil
	}
	if r.State == ReplyRows && h.Len > 0 && len(head) > 0 && head[0] < 0xfe {
		// The common case first.
		if r.binary && head[0] != 0 {
			return PartNone, r.malformed(h, head)
		}
		r.Rows++
		r.account(h)
		return PartRow, nil
	}
	if need := min(h.Len, headSize); len(head) < need {
		return PartNone, fmt.Errorf("reply to %v: %d bytes of a packet given, %d needed", r.cmd, len(head), need)
	} else if len(head) > h.Len {
		head = head[:h.Len]
	}
	part := r.take(h, head)
	if part == PartNone {
		return PartNone, r.malformed(h, head)
	}
	r.account(h)
	return part, nil
}

// account counts a packet, whatever it is.
func (r *Reply) account(h Header) {
	r.Bytes += uint64(HeaderLen + h.Len)
	r.NextSeq = h.Seq + 1
	r.continued = h.Len == MaxPayload
}

// malformed tells the packet's first byte only, which says what it is to be: what
// follows may be a value that belongs into no log.
func (r *Reply) malformed(h Header, head []byte) error {
	return fmt.Errorf("reply to %v: packet of %d bytes starting with % x does not fit state %q: %w",
		r.cmd, h.Len, head[:min(len(head), 1)], r.State, ErrMalformed)
}

// take decides about one packet. PartNone means that it does not fit.
func (r *Reply) take(h Header, head []byte) Part {
	if r.State == ReplyText && !(len(head) > 2 && head[0] == 0xff) {
		r.end()
		return PartOpaque
	}
	if len(head) == 0 {
		return PartNone
	}
	if head[0] == 0xff && r.State != ReplyDone {
		return r.takeErr(head)
	}
	switch r.State {
	case ReplyFirst:
		return r.takeFirst(h, head)
	case ReplySimple:
		return r.takeResult(h, head, PartOK)
	case ReplyColumns, ReplyParams:
		return r.takeDefinition()
	case ReplyColumnsEnd, ReplyParamsEnd:
		return r.takeDefinitionsEnd(h, head)
	case ReplyRows:
		return r.takeRow(h, head)
	case ReplyPrepare:
		return r.takePrepare(head)
	case ReplyFieldList:
		if head[0] == 0xfe {
			return r.takeResult(h, head, PartRowsEnd)
		}
		r.Columns++
		return PartColumn
	case ReplyStream:
		// Replication ends with a classic EOF packet whatever was agreed.
		if head[0] == 0xfe && h.Len < 9 {
			r.end()
		}
		return PartOpaque
	case ReplyAuth:
		if head[0] == 0x00 {
			return r.takeResult(h, head, PartOK)
		}
		return PartOpaque
	}
	return PartNone
}

// end notes the end of a result that nothing follows.
func (r *Reply) end() {
	r.Results++
	r.State = ReplyDone
}
