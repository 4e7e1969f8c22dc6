package wire

import (
	"encoding/binary"
	"fmt"
)

// ERR is the error packet. It is a Go error too, so that what a server said
// can travel up and be sent to a client unchanged.
type ERR struct {
	Errno    uint16
	SQLState string // five characters, or empty: before authentication servers may leave it out
	Message  string
}

// NewERR returns an error packet with the SQLSTATE that belongs to errno.
func NewERR(errno uint16, format string, args ...any) *ERR {
	return &ERR{Errno: errno, SQLState: SQLStateOf(errno), Message: fmt.Sprintf(format, args...)}
}

// Error returns the error as the command-line client prints it.
func (m *ERR) Error() string {
	if m.SQLState == "" {
		return fmt.Sprintf("ERROR %d: %s", m.Errno, m.Message)
	}
	return fmt.Sprintf("ERROR %d (%s): %s", m.Errno, m.SQLState, m.Message)
}

// Decode reads an ERR packet's payload.
func (m *ERR) Decode(src []byte) error {
	*m = ERR{}
	r := reader{src: src}
	r.expect(0xff, "header")
	m.Errno = r.u16("error number")
	if r.left() > 5 && r.src[r.pos] == '#' {
		r.pos++
		m.SQLState = string(r.bytes(5, "SQLSTATE"))
	}
	m.Message = string(r.src[r.pos:])
	return r.err("ERR")
}

// Encode appends the ERR packet's payload to dst. A SQLSTATE that has not
// exactly five bytes is left out.
func (m *ERR) Encode(dst []byte) []byte {
	dst = append(dst, 0xff)
	dst = binary.LittleEndian.AppendUint16(dst, m.Errno)
	if len(m.SQLState) == 5 {
		dst = append(dst, '#')
		dst = append(dst, m.SQLState...)
	}
	return append(dst, m.Message...)
}

// Progress is MariaDB's progress report: an ERR packet with number 0xFFFF that
// does not end the reply.
//
// Source: MariaDB "ERR_Packet".
type Progress struct {
	Stage    byte
	MaxStage byte
	Percent  uint32 // thousandths of a percent
	Info     []byte // aliases the payload
}

// Decode reads a progress report's payload.
func (m *Progress) Decode(src []byte) error {
	*m = Progress{}
	r := reader{src: src}
	r.expect(0xff, "header")
	if r.u16("error number") != ErProgress {
		r.fail("error number")
	}
	r.u8("number of strings")
	m.Stage = r.u8("stage")
	m.MaxStage = r.u8("maximum stage")
	m.Percent = r.u24("progress")
	m.Info = r.lenencBytes("info")
	return r.err("progress")
}

// Encode appends the progress report's payload to dst.
func (m *Progress) Encode(dst []byte) []byte {
	dst = append(dst, 0xff, 0xff, 0xff, 1, m.Stage, m.MaxStage,
		byte(m.Percent), byte(m.Percent>>8), byte(m.Percent>>16))
	return AppendLenencString(dst, m.Info)
}
