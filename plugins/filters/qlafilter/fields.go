package qlafilter

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

// value returns a field's plain text, in scratch if it has to be put together.
// It reports whether it is a number.
func (f *filter) value(x field, r *sdk.Reply, scratch []byte) (text []byte, number bool) {
	p, dst := &f.pending, scratch[:0]
	switch x {
	case fieldDate:
		return f.date.append(dst, p.at), false
	case fieldUser:
		return append(dst, f.who.user...), false
	case fieldSession:
		return append(dst, f.who.session...), false
	case fieldService:
		return append(dst, f.who.service...), false
	case fieldQuery:
		return p.sql, false
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
		value, _ := f.value(x, r, scratch[:])
		if bytes.IndexByte(value, '"') >= 0 || f.separator != "" && bytes.Contains(value, []byte(f.separator)) {
			dst = append(f.appendLine(append(dst, '"'), value), '"')
		} else {
			dst = f.appendLine(dst, value)
		}
	}
	return dst
}

// appendLine appends a value with quotes doubled and line ends replaced.
func (f *filter) appendLine(dst, value []byte) []byte {
	if bytes.IndexByte(value, '"') < 0 && bytes.IndexByte(value, '\r') < 0 && bytes.IndexByte(value, '\n') < 0 {
		return append(dst, value...) // three times as fast as to look for all of them at once
	}
	for {
		n := bytes.IndexAny(value, "\"\r\n")
		if n < 0 {
			return append(dst, value...)
		}
		dst = append(dst, value[:n]...)
		switch c := value[n]; {
		case c == '"':
			dst = append(dst, '"', '"')
		case c == '\r' && n+1 < len(value) && value[n+1] == '\n':
			n++
			fallthrough
		default:
			dst = append(dst, f.newline...)
		}
		value = value[n+1:]
	}
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
		value, number := f.value(x, r, scratch[:])
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
