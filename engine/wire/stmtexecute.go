package wire

import "encoding/binary"

// The cursor flags of COM_STMT_EXECUTE.
const (
	CursorNone     byte = 0
	CursorReadOnly byte = 1
)

// StmtExecute is the command COM_STMT_EXECUTE.
//
// Types are sent only the first time, or when they change; a server remembers
// them. Who moves a statement to another server must put them in again: see
// [SpliceTypes].
//
// Source: MariaDB and MySQL, "COM_STMT_EXECUTE", without MySQL 8's query
// attributes.
type StmtExecute struct {
	// Params is the statement's number of parameters, and Types are the types
	// last sent, two bytes each. Both must be set before Decode; Decode replaces
	// Types if the command brings them.
	Params int
	Types  []byte
	// LongData says which parameters were sent with COM_STMT_SEND_LONG_DATA:
	// they have no value in the command. It may be nil.
	LongData func(param int) bool

	ID         uint32
	Cursor     byte
	Iterations uint32
	NewTypes   bool     // the command brings Types
	Values     [][]byte // as on the wire, strings without their length; nil is NULL or long data
}

// Decode reads the command's payload. Values' memory is reused.
func (m *StmtExecute) Decode(src []byte) error {
	m.Values = m.Values[:0]
	m.NewTypes = false
	r := reader{src: src}
	r.expect(byte(ComStmtExecute), "command")
	m.ID = r.u32("statement id")
	m.Cursor = r.u8("flags")
	m.Iterations = r.u32("iterations")
	if m.Params == 0 {
		return r.err("statement execute") // some clients send an empty bitmap
	}
	nulls := r.bytes((m.Params+7)/8, "NULL bitmap")
	if m.NewTypes = r.u8("types flag") == 1; m.NewTypes {
		m.Types = r.bytes(2*m.Params, "types")
	}
	if len(m.Types) < 2*m.Params {
		r.fail("types")
	}
	for i := 0; i < m.Params && r.failed == ""; i++ {
		switch {
		case nulls[i/8]>>(i%8)&1 == 1, m.LongData != nil && m.LongData(i):
			m.Values = append(m.Values, nil)
		default:
			m.Values = append(m.Values, r.binaryValue(Type(m.Types[2*i])))
		}
	}
	if r.failed == "" && r.left() > 0 {
		r.fail("length")
	}
	return r.err("statement execute")
}

// Encode appends the command's payload to dst. A parameter that is long data
// is neither marked NULL nor written.
func (m *StmtExecute) Encode(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(append(dst, byte(ComStmtExecute)), m.ID)
	dst = binary.LittleEndian.AppendUint32(append(dst, m.Cursor), m.Iterations)
	if m.Params == 0 {
		return dst
	}
	nulls := len(dst)
	dst = append(dst, make([]byte, (m.Params+7)/8)...)
	if m.NewTypes {
		dst = append(append(dst, 1), m.Types...)
	} else {
		dst = append(dst, 0)
	}
	for i := range m.Params {
		switch {
		case m.LongData != nil && m.LongData(i):
		case i >= len(m.Values) || m.Values[i] == nil || len(m.Types) < 2*m.Params:
			dst[nulls+i/8] |= 1 << (i % 8)
		default:
			dst = appendBinaryValue(dst, Type(m.Types[2*i]), m.Values[i])
		}
	}
	return dst
}

// executeHead is where the NULL bitmap of COM_STMT_EXECUTE begins.
const executeHead = 1 + 4 + 1 + 4

// ExecuteTypes returns the parameter types that a COM_STMT_EXECUTE brings for
// a statement of params parameters, two bytes each: the type, and 0x80 for
// unsigned. It returns nil if the command relies on those sent before. payload
// needs to hold the command up to the types only. The result aliases it.
func ExecuteTypes(payload []byte, params int) ([]byte, error) {
	if params == 0 {
		return nil, nil
	}
	r := reader{src: payload, pos: min(executeHead, len(payload))}
	r.bytes((params+7)/8, "NULL bitmap")
	if r.u8("types flag") != 1 {
		return nil, r.err("statement execute")
	}
	types := r.bytes(2*params, "types")
	return types, r.err("statement execute")
}

// SpliceTypes appends to dst a copy of a COM_STMT_EXECUTE that relies on types
// sent before, with types put in. A command that brings its own types, or has
// no parameters, is copied unchanged. payload must not alias dst's free space.
func SpliceTypes(dst, payload []byte, params int, types []byte) ([]byte, error) {
	own, err := ExecuteTypes(payload, params)
	if err != nil {
		return dst, err
	}
	if own != nil || params == 0 || len(types) != 2*params {
		return append(dst, payload...), nil
	}
	flag := executeHead + (params+7)/8
	dst = append(dst, payload[:flag]...)
	dst = append(append(dst, 1), types...)
	return append(dst, payload[flag+1:]...), nil
}
