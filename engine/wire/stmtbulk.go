package wire

import "encoding/binary"

// The flags of COM_STMT_BULK_EXECUTE.
const (
	BulkUnitResults uint16 = 64
	BulkSendTypes   uint16 = 128
)

// StmtBulkExecute is MariaDB's command COM_STMT_BULK_EXECUTE: one execution for
// each of many sets of parameters. Its sets are not taken apart.
//
// Source: MariaDB "COM_STMT_BULK_EXECUTE".
type StmtBulkExecute struct {
	Params int // must be set before Decode: the statement's number of parameters

	ID    uint32
	Flags uint16
	Types []byte // two bytes a parameter, nil without BulkSendTypes; aliases the payload
	Sets  []byte // the values, each with an indicator byte; aliases the payload
}

// Decode reads the command's payload.
func (m *StmtBulkExecute) Decode(src []byte) error {
	*m = StmtBulkExecute{Params: m.Params}
	r := reader{src: src}
	r.expect(byte(ComStmtBulkExecute), "command")
	m.ID = r.u32("statement id")
	m.Flags = r.u16("flags")
	if m.Flags&BulkSendTypes != 0 {
		m.Types = r.bytes(2*m.Params, "types")
	}
	m.Sets = r.rest()
	return r.err("statement bulk execute")
}

// Encode appends the command's payload to dst. To move a statement to another
// server, set Types and BulkSendTypes.
func (m *StmtBulkExecute) Encode(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(append(dst, byte(ComStmtBulkExecute)), m.ID)
	dst = binary.LittleEndian.AppendUint16(dst, m.Flags)
	if m.Flags&BulkSendTypes != 0 {
		dst = append(dst, m.Types...)
	}
	return append(dst, m.Sets...)
}
