package wire

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
