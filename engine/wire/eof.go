package wire

import "encoding/binary"

// EOF is the classic end-of-list packet, used where [ClientDeprecateEOF] was
// not agreed.
type EOF struct {
	Warnings uint16
	Status   Status
}

// Decode reads an EOF packet's payload. An EOF packet of a single byte (before
// protocol 4.1, and from servers that ask for an old password) has no fields.
func (m *EOF) Decode(src []byte) error {
	*m = EOF{}
	r := reader{src: src}
	r.expect(0xfe, "header")
	if r.left() == 0 {
		return r.err("EOF")
	}
	m.Warnings = r.u16("warnings")
	m.Status = Status(r.u16("status"))
	if r.left() > 0 {
		r.fail("length")
	}
	return r.err("EOF")
}

// Encode appends the EOF packet's payload to dst.
func (m *EOF) Encode(dst []byte) []byte {
	dst = append(dst, 0xfe)
	dst = binary.LittleEndian.AppendUint16(dst, m.Warnings)
	return binary.LittleEndian.AppendUint16(dst, uint16(m.Status))
}
