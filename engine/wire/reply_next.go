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

func (r *Reply) malformed(h Header, head []byte) error {
	return fmt.Errorf("reply to %v: packet of %d bytes starting with % x does not fit state %q: %w",
		r.cmd, h.Len, head[:min(len(head), 8)], r.State, ErrMalformed)
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

// takeErr handles the first byte 0xFF: an error, the last packet of any reply,
// or one of MariaDB's progress reports, which may come at any point.
func (r *Reply) takeErr(head []byte) Part {
	if len(head) < 3 {
		return PartNone
	}
	errno := uint16(head[1]) | uint16(head[2])<<8
	if errno == ErProgress && r.caps&(MariaDBProgress|ClientProgressObsolete) != 0 {
		return PartProgress
	}
	r.Errno = errno
	message := head[3:]
	if len(message) > 5 && message[0] == '#' {
		copy(r.SQLState[:], message[1:6])
		message = message[6:]
	}
	r.Message = append(r.Message[:0], message[:min(len(message), maxMessage)]...)
	r.end()
	return PartErr
}

// takeFirst handles the first packet of a result.
func (r *Reply) takeFirst(h Header, head []byte) Part {
	switch head[0] {
	case 0x00, 0xfe:
		return r.takeResult(h, head, PartOK)
	case 0xfb:
		r.State = ReplyLocalInfile
		return PartLocalInfile
	}
	n, size := Lenenc(head)
	follows := true
	if r.caps.Has(MariaDBCacheMetadata) {
		if size+1 > len(head) || head[size] > 1 {
			return PartNone
		}
		follows = head[size] == 1
		size++
	}
	if size != h.Len || n > 0xffff {
		return PartNone
	}
	r.Columns, r.left = n, n
	switch {
	case follows:
		r.State = ReplyColumns
	default:
		r.definitionsDone(false)
	}
	return PartColumnCount
}

// takeDefinition counts a column's or a parameter's definition.
func (r *Reply) takeDefinition() Part {
	part := PartColumn
	params := r.State == ReplyParams
	if params {
		part = PartParam
	}
	if r.left--; r.left == 0 {
		r.definitionsDone(params)
	}
	return part
}

// definitionsDone goes on behind a list of definitions.
func (r *Reply) definitionsDone(params bool) {
	switch {
	case r.caps.Has(ClientDeprecateEOF):
		r.behindDefinitions(params)
	case params:
		r.State = ReplyParamsEnd
	default:
		r.State = ReplyColumnsEnd
	}
}

// behindDefinitions goes on behind a list of definitions and its EOF packet.
func (r *Reply) behindDefinitions(params bool) {
	switch {
	case params && r.pending > 0:
		r.left, r.pending = r.pending, 0
		r.State = ReplyColumns
	case r.cmd == ComStmtPrepare:
		r.end()
	default:
		r.State = ReplyRows
	}
}

// takeDefinitionsEnd handles the EOF packet behind definitions. On
// COM_STMT_EXECUTE it may say that a cursor was opened: then it is the reply's
// last packet, and rows come with COM_STMT_FETCH.
func (r *Reply) takeDefinitionsEnd(h Header, head []byte) Part {
	if head[0] != 0xfe || h.Len > 5 || !r.summary(head) {
		return PartNone
	}
	if r.State == ReplyParamsEnd {
		r.behindDefinitions(true)
		return PartParamsEnd
	}
	if r.cmd == ComStmtExecute && r.Status.Has(StatusCursorExists) {
		r.end()
		return PartColumnsEnd
	}
	r.behindDefinitions(false)
	return PartColumnsEnd
}

// takeRow handles a row that begins with 0xFE, or the end of rows. A row's
// first field is length-encoded with 0xFE only if it has 16 MiB or more, so
// the row's first packet is then full; the end of rows never is. Binary rows
// begin with 0x00.
func (r *Reply) takeRow(h Header, head []byte) Part {
	if h.Len == MaxPayload && !r.binary {
		r.Rows++
		return PartRow
	}
	if h.Len > 5 && !r.caps.Has(ClientDeprecateEOF) {
		return PartNone
	}
	return r.takeResult(h, head, PartRowsEnd)
}

// takeResult handles a packet that ends a result: OK (0x00), EOF or OK as EOF
// (both 0xFE, told apart by the length).
func (r *Reply) takeResult(h Header, head []byte, part Part) Part {
	if h.Len == MaxPayload || !r.summary(head) {
		return PartNone
	}
	r.Results++
	if r.Status.Has(StatusMoreResults) && (r.cmd == ComQuery || r.binary && r.cmd != ComStmtFetch) {
		r.State = ReplyFirst
	} else {
		r.State = ReplyDone
	}
	return part
}

// takePrepare handles the first packet of COM_STMT_PREPARE's reply.
func (r *Reply) takePrepare(head []byte) Part {
	var m PrepareOK
	if m.Decode(head) != nil {
		return PartNone
	}
	r.StatementID, r.Params, r.Columns, r.Warnings = m.ID, m.Params, uint64(m.Columns), m.Warnings
	switch {
	case m.Params > 0:
		r.State, r.left, r.pending = ReplyParams, uint64(m.Params), uint64(m.Columns)
	case m.Columns > 0:
		r.State, r.left = ReplyColumns, uint64(m.Columns)
	default:
		r.end()
	}
	return PartPrepareOK
}

// summary reads the fixed fields of an OK or EOF packet.
func (r *Reply) summary(head []byte) bool {
	if head[0] == 0xfe && len(head) < 7 {
		var m EOF
		if m.Decode(head) != nil {
			return false
		}
		if len(head) > 1 {
			r.Status, r.HasStatus, r.Warnings = m.Status, true, m.Warnings
		}
		return true
	}
	if head[0] != 0x00 && head[0] != 0xfe {
		return false
	}
	d := reader{src: head, pos: 1}
	affected, id := d.lenenc("affected rows"), d.lenenc("last insert id")
	status, warnings := Status(d.u16("status")), d.u16("warnings")
	if d.failed != "" {
		return false
	}
	r.Affected += affected
	if id != 0 {
		r.LastInsertID = id
	}
	r.Status, r.HasStatus, r.Warnings = status, true, warnings
	return true
}
