package main

import (
	"bytes"
	"strconv"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

// field is one value of a line.
type field byte

const (
	fieldDate field = iota
	fieldUser
	fieldQuery
	fieldReplyTime
	fieldTotalReplyTime
	fieldDefaultDB
	fieldNumRows
	fieldReplySize
	fieldErrorMsg
	fieldTransaction
	fieldNumWarnings
	fieldServer
	fieldSession
	fieldService
	fieldCommand
)

var fieldNames = []string{"date", "user", "query", "reply_time", "total_reply_time", "default_db", "num_rows",
	"reply_size", "error_msg", "transaction", "num_warnings", "server", "session", "service", "command"}

func readFields(o *sdk.Options) (out []field) {
	for _, name := range o.Set("log_data", fieldNames...) {
		for i, n := range fieldNames {
			if n == name {
				out = append(out, field(i))
			}
		}
	}
	if len(out) == 0 {
		out = []field{fieldDate, fieldUser, fieldQuery}
	}
	return out
}

// appendField appends the value's plain text. It reports whether it is a number.
func (f *filter) appendField(dst []byte, x field, r *sdk.Reply) (text []byte, number bool) {
	p := &f.pending
	switch x {
	case fieldDate:
		return p.at.UTC().AppendFormat(dst, "2006-01-02 15:04:05.000"), false
	case fieldUser:
		return append(dst, f.who.user...), false
	case fieldSession:
		return append(dst, f.who.session...), false
	case fieldService:
		return append(dst, f.who.service...), false
	case fieldQuery:
		return append(dst, p.sql...), false
	case fieldDefaultDB:
		return append(dst, p.schema...), false
	case fieldTransaction:
		return append(dst, p.transaction...), false
	case fieldCommand:
		return append(dst, commandName(p.command)...), false
	}
	if r == nil { // what follows is about the reply
		return dst, false
	}
	switch x {
	case fieldReplyTime:
		return strconv.AppendInt(dst, int64(p.first/f.unit), 10), true
	case fieldTotalReplyTime:
		return strconv.AppendInt(dst, int64(r.Duration()/f.unit), 10), true
	case fieldNumRows:
		return strconv.AppendUint(dst, r.Rows(), 10), true
	case fieldReplySize:
		return strconv.AppendUint(dst, r.Bytes(), 10), true
	case fieldNumWarnings:
		return strconv.AppendUint(dst, uint64(r.Warnings()), 10), true
	case fieldServer:
		return append(dst, serverName(r.Server())...), false
	case fieldErrorMsg:
		if r.State() != abi.ReplyStateError {
			return dst, false
		}
		dst = strconv.AppendUint(dst, uint64(r.Errno()), 10)
		dst = append(append(append(dst, " ("...), r.SQLState()...), ')')
		if m := r.Payload(); len(m) > 0 {
			dst = append(append(dst, ": "...), m...)
		}
	}
	return dst, false
}

func serverName(index uint32) []byte {
	if index == abi.NoTarget {
		return nil
	}
	targets := sdk.Targets()
	for i := range targets {
		if targets[i].Index() == index {
			return targets[i].Name()
		}
	}
	return strconv.AppendUint(nil, uint64(index), 10)
}

func commandName(c byte) string {
	switch c {
	case sdk.ComQuery:
		return "COM_QUERY"
	case sdk.ComStmtPrepare:
		return "COM_STMT_PREPARE"
	case sdk.ComStmtExecute:
		return "COM_STMT_EXECUTE"
	case sdk.ComStmtBulkExecute:
		return "COM_STMT_BULK_EXECUTE"
	}
	return "COM_" + strconv.Itoa(int(c))
}

// appendCSV appends the values with the separator between them. Line ends in
// them become newline_replacement, so that a line is one statement; a value
// with the separator or a quote is quoted as RFC 4180 wants.
func (f *filter) appendCSV(dst []byte, r *sdk.Reply) []byte {
	var scratch [256]byte
	for i, x := range f.fields {
		if i > 0 {
			dst = append(dst, f.separator...)
		}
		value, _ := f.appendField(scratch[:0], x, r)
		quote := bytes.IndexByte(value, '"') >= 0 || f.separator != "" && bytes.Contains(value, []byte(f.separator))
		if quote {
			dst = append(dst, '"')
		}
		for j, c := range value {
			switch {
			case c == '\n' && j > 0 && value[j-1] == '\r': // replaced already
			case c == '\n' || c == '\r':
				dst = append(dst, f.newline...)
			case c == '"':
				dst = append(dst, '"', '"')
			default:
				dst = append(dst, c)
			}
		}
		if quote {
			dst = append(dst, '"')
		}
	}
	return dst
}

// appendJSON appends one object. What is not known is null.
func (f *filter) appendJSON(dst []byte, r *sdk.Reply) []byte {
	var scratch [256]byte
	dst = append(dst, '{')
	for i, x := range f.fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), fieldNames[x]...), '"', ':')
		value, number := f.appendField(scratch[:0], x, r)
		switch {
		case number:
			dst = append(dst, value...)
		case r == nil && aboutReply(x):
			dst = append(dst, "null"...)
		default:
			dst = sdk.AppendJSONString(dst, value)
		}
	}
	return append(dst, '}')
}

func aboutReply(x field) bool {
	switch x {
	case fieldReplyTime, fieldTotalReplyTime, fieldNumRows, fieldReplySize, fieldNumWarnings, fieldServer, fieldErrorMsg:
		return true
	}
	return false
}
