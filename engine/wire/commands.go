package wire

import "encoding/binary"

// InitDB is the command COM_INIT_DB: the rest of the packet is a schema's name.
type InitDB struct{ Schema string }

// Decode reads the command's payload.
func (m *InitDB) Decode(src []byte) error {
	r := reader{src: src}
	r.expect(byte(ComInitDB), "command")
	m.Schema = string(r.rest())
	return r.err("init db")
}

// Encode appends the command's payload to dst.
func (m *InitDB) Encode(dst []byte) []byte {
	return append(append(dst, byte(ComInitDB)), m.Schema...)
}

// ProcessKill is the command COM_PROCESS_KILL.
type ProcessKill struct{ ConnectionID uint32 }

// Decode reads the command's payload.
func (m *ProcessKill) Decode(src []byte) error {
	r := reader{src: src}
	r.expect(byte(ComProcessKill), "command")
	m.ConnectionID = r.u32("connection id")
	return r.err("process kill")
}

// Encode appends the command's payload to dst.
func (m *ProcessKill) Encode(dst []byte) []byte {
	return binary.LittleEndian.AppendUint32(append(dst, byte(ComProcessKill)), m.ConnectionID)
}

// The options of COM_SET_OPTION.
const (
	OptionMultiStatementsOn  uint16 = 0
	OptionMultiStatementsOff uint16 = 1
)

// SetOption is the command COM_SET_OPTION.
type SetOption struct{ Option uint16 }

// Decode reads the command's payload.
func (m *SetOption) Decode(src []byte) error {
	r := reader{src: src}
	r.expect(byte(ComSetOption), "command")
	m.Option = r.u16("option")
	return r.err("set option")
}

// Encode appends the command's payload to dst.
func (m *SetOption) Encode(dst []byte) []byte {
	return binary.LittleEndian.AppendUint16(append(dst, byte(ComSetOption)), m.Option)
}

// StmtFetch is the command COM_STMT_FETCH.
type StmtFetch struct {
	ID   uint32
	Rows uint32
}

// Decode reads the command's payload.
func (m *StmtFetch) Decode(src []byte) error {
	r := reader{src: src}
	r.expect(byte(ComStmtFetch), "command")
	m.ID = r.u32("statement id")
	m.Rows = r.u32("number of rows")
	return r.err("statement fetch")
}

// Encode appends the command's payload to dst.
func (m *StmtFetch) Encode(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(append(dst, byte(ComStmtFetch)), m.ID)
	return binary.LittleEndian.AppendUint32(dst, m.Rows)
}

// StmtLongData is the command COM_STMT_SEND_LONG_DATA. It has no reply; pieces
// for one parameter are concatenated.
type StmtLongData struct {
	ID    uint32
	Param uint16
	Data  []byte // aliases the payload
}

// Decode reads the command's payload.
func (m *StmtLongData) Decode(src []byte) error {
	*m = StmtLongData{}
	r := reader{src: src}
	r.expect(byte(ComStmtSendLongData), "command")
	m.ID = r.u32("statement id")
	m.Param = r.u16("parameter")
	m.Data = r.rest()
	return r.err("statement long data")
}

// Encode appends the command's payload to dst.
func (m *StmtLongData) Encode(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(append(dst, byte(ComStmtSendLongData)), m.ID)
	dst = binary.LittleEndian.AppendUint16(dst, m.Param)
	return append(dst, m.Data...)
}

// StmtID is a command that has a statement id and nothing else:
// COM_STMT_CLOSE or COM_STMT_RESET.
type StmtID struct {
	Command Command
	ID      uint32
}

// Decode reads the command's payload.
func (m *StmtID) Decode(src []byte) error {
	r := reader{src: src}
	m.Command = Command(r.u8("command"))
	if m.Command != ComStmtClose && m.Command != ComStmtReset {
		r.pos = 0
		r.fail("command")
	}
	m.ID = r.u32("statement id")
	return r.err("statement close or reset")
}

// Encode appends the command's payload to dst.
func (m *StmtID) Encode(dst []byte) []byte {
	return binary.LittleEndian.AppendUint32(append(dst, byte(m.Command)), m.ID)
}
