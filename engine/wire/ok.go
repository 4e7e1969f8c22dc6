package wire

import "encoding/binary"

// OK is the OK packet, and with Final set the OK packet that ends a result set
// under [ClientDeprecateEOF] (first byte 0xFE instead of 0x00).
//
// Source: MariaDB "OK_Packet", MySQL "OK_Packet". Both documents call the info
// string "rest of packet" without SESSION_TRACK; both servers nevertheless
// length-encode it. Decode takes either, Encode writes what servers write.
type OK struct {
	// Capabilities must be set before Decode and Encode: SESSION_TRACK decides
	// about the layout.
	Capabilities Capability

	Final        bool
	AffectedRows uint64
	LastInsertID uint64
	Status       Status
	Warnings     uint16
	Info         []byte // human readable; aliases the payload
	// State is the session state, a list of changes; see [OK.Changes]. It is
	// present only if Status has StatusSessionStateChanged. It aliases the
	// payload.
	State []byte
}

// Decode reads an OK packet's payload.
func (m *OK) Decode(src []byte) error {
	*m = OK{Capabilities: m.Capabilities}
	r := reader{src: src}
	switch r.u8("header") {
	case 0x00:
	case 0xfe:
		m.Final = true
	default:
		r.pos = 0
		r.fail("header")
	}
	m.AffectedRows = r.lenenc("affected rows")
	m.LastInsertID = r.lenenc("last insert id")
	m.Status = Status(r.u16("status"))
	m.Warnings = r.u16("warnings")
	if r.left() == 0 {
		return r.err("OK")
	}
	if !m.Capabilities.Has(ClientSessionTrack) {
		m.Info = r.rest()
		if s, n := LenencString(m.Info); n == len(m.Info) {
			m.Info = s
		}
		return r.err("OK")
	}
	m.Info = r.lenencBytes("info")
	if m.Status.Has(StatusSessionStateChanged) && r.left() > 0 {
		m.State = r.lenencBytes("session state")
	}
	return r.err("OK")
}

// Encode appends the payload of the OK packet to dst. Without SESSION_TRACK in
// Capabilities, the session state and its status flag are left out.
func (m *OK) Encode(dst []byte) []byte {
	first := byte(0x00)
	if m.Final {
		first = 0xfe
	}
	track := m.Capabilities.Has(ClientSessionTrack)
	status := m.Status
	if !track || len(m.State) == 0 {
		status &^= StatusSessionStateChanged
	}
	dst = append(dst, first)
	dst = AppendLenenc(dst, m.AffectedRows)
	dst = AppendLenenc(dst, m.LastInsertID)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(status))
	dst = binary.LittleEndian.AppendUint16(dst, m.Warnings)
	stateful := status.Has(StatusSessionStateChanged)
	if len(m.Info) > 0 || stateful {
		dst = AppendLenencString(dst, m.Info)
	}
	if stateful {
		dst = AppendLenencString(dst, m.State)
	}
	return dst
}

// AppendOKWithoutState appends to dst the payload of an OK packet (or of a
// result set's final OK) as a client without SESSION_TRACK must see it: payload
// without its session state. payload must come from a connection with
// SESSION_TRACK and must not alias the free space of dst.
func AppendOKWithoutState(dst, payload []byte) ([]byte, error) {
	m := OK{Capabilities: ClientSessionTrack}
	if err := m.Decode(payload); err != nil {
		return dst, err
	}
	m.Capabilities = 0
	return m.Encode(dst), nil
}
