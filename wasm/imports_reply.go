package wasm

// The reply builder: the session collects, this file checks pointers.

// reply_ok(affected, last insert id, warnings)
func importReplyOK(i *Instance, a []uint64) int32 {
	if i.replies == nil {
		return unavailable
	}
	return int32(i.replies.ReplyOK(a[0], a[1], uint16(min(uint32(a[2]), 0xFFFF))))
}

// reply_err(errno, sqlstate, ptr, len)
func importReplyErr(i *Instance, a []uint64) int32 {
	message, valid := i.in(a[2], a[3])
	if !valid {
		return fault
	}
	state := [5]byte([]byte("HY000"))
	if uint32(a[1]) != 0 {
		s, valid := i.in(a[1], 5)
		if !valid {
			return fault
		}
		if checkSQLState(s) != nil {
			return badArg
		}
		if s[0] != 0 {
			state = [5]byte(s)
		}
	}
	if uint32(a[0]) == 0 || uint32(a[0]) > 0xFFFF {
		return badArg
	}
	if i.replies == nil {
		return unavailable
	}
	return int32(i.replies.ReplyErr(uint16(a[0]), state, message))
}

// reply_columns(ptr, len)
func importReplyColumns(i *Instance, a []uint64) int32 {
	p, valid := i.in(a[0], a[1])
	if !valid {
		return fault
	}
	if i.replies == nil {
		return unavailable
	}
	return int32(i.replies.ReplyColumns(p))
}

// reply_row(ptr, len)
func importReplyRow(i *Instance, a []uint64) int32 {
	p, valid := i.in(a[0], a[1])
	if !valid {
		return fault
	}
	if i.replies == nil {
		return unavailable
	}
	return int32(i.replies.ReplyRow(p))
}

// reply_append(ptr, len)
func importReplyAppend(i *Instance, a []uint64) int32 {
	p, valid := i.in(a[0], a[1])
	if !valid {
		return fault
	}
	if i.replies == nil {
		return unavailable
	}
	return int32(i.replies.ReplyAppend(p))
}
