package wire

import "encoding/binary"

// PrepareOK is the first packet of the answer to COM_STMT_PREPARE. Params
// parameter definitions follow, then Columns column definitions, each list
// with an EOF packet behind it unless [ClientDeprecateEOF] was agreed or the
// list is empty.
//
// Source: MariaDB "COM_STMT_PREPARE", MySQL "COM_STMT_PREPARE Response".
type PrepareOK struct {
	ID       uint32
	Columns  uint16
	Params   uint16
	Warnings uint16
}

// Decode reads the packet's payload.
func (m *PrepareOK) Decode(src []byte) error {
	*m = PrepareOK{}
	r := reader{src: src}
	r.expect(0x00, "header")
	m.ID = r.u32("statement id")
	m.Columns = r.u16("number of columns")
	m.Params = r.u16("number of parameters")
	r.u8("filler")
	if r.left() > 0 { // missing before 5.0
		m.Warnings = r.u16("warnings")
	}
	return r.err("prepare OK")
}

// Encode appends the packet's payload to dst.
func (m *PrepareOK) Encode(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(append(dst, 0x00), m.ID)
	dst = binary.LittleEndian.AppendUint16(dst, m.Columns)
	dst = binary.LittleEndian.AppendUint16(dst, m.Params)
	return binary.LittleEndian.AppendUint16(append(dst, 0), m.Warnings)
}

// LastStatementID stands for the statement that was prepared last on the
// connection. MariaDB's connectors send it in commands that they pipeline
// behind COM_STMT_PREPARE.
const LastStatementID uint32 = 0xffffffff

// StatementIDOffset is where the statement id is in the payloads of PrepareOK
// and of the commands COM_STMT_EXECUTE, FETCH, RESET, CLOSE, SEND_LONG_DATA and
// BULK_EXECUTE.
const StatementIDOffset = 1

// PatchStatementID overwrites the statement id in place in a payload, or in
// its first bytes. It reports whether the payload was long enough.
func PatchStatementID(payload []byte, id uint32) bool {
	if len(payload) < StatementIDOffset+4 {
		return false
	}
	binary.LittleEndian.PutUint32(payload[StatementIDOffset:], id)
	return true
}

// PayloadStatementID reads the statement id of such a payload.
func PayloadStatementID(payload []byte) (id uint32, ok bool) {
	if len(payload) < StatementIDOffset+4 {
		return 0, false
	}
	return binary.LittleEndian.Uint32(payload[StatementIDOffset:]), true
}
