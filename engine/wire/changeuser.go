package wire

import "encoding/binary"

// ChangeUser is the command COM_CHANGE_USER.
//
// Source: MariaDB "COM_CHANGE_USER", MySQL "COM_CHANGE_USER".
type ChangeUser struct {
	// Capabilities must be set before Decode and Encode: they are those of the
	// connection.
	Capabilities Capability

	User       string
	Auth       []byte // the answer to the connection's first salt; aliases the payload
	Schema     string
	Collation  uint16
	Plugin     string
	Attributes []byte // list without its length; aliases the payload
}

// Decode reads the command's payload.
func (m *ChangeUser) Decode(src []byte) error {
	caps := m.Capabilities
	*m = ChangeUser{Capabilities: caps}
	r := reader{src: src}
	r.expect(byte(ComChangeUser), "command")
	m.User = string(r.nul("user"))
	if caps.Has(ClientSecureConnection) {
		m.Auth = r.bytes(int(r.u8("length of the authentication data")), "authentication data")
	} else {
		m.Auth = r.nul("authentication data")
	}
	m.Schema = string(r.nulOrRest("schema"))
	if r.left() > 0 {
		m.Collation = r.u16("collation")
	}
	if caps.Has(ClientPluginAuth) && r.left() > 0 {
		m.Plugin = string(r.nulOrRest("plugin"))
	}
	if caps.Has(ClientConnectAttrs) && r.left() > 0 {
		m.Attributes = r.lenencBytes("connection attributes")
	}
	return r.err("change user")
}

// Encode appends the command's payload to dst.
func (m *ChangeUser) Encode(dst []byte) []byte {
	dst = append(append(append(dst, byte(ComChangeUser)), m.User...), 0)
	if m.Capabilities.Has(ClientSecureConnection) {
		auth := m.Auth[:min(255, len(m.Auth))]
		dst = append(append(dst, byte(len(auth))), auth...)
	} else {
		dst = append(append(dst, m.Auth...), 0)
	}
	dst = append(append(dst, m.Schema...), 0)
	dst = binary.LittleEndian.AppendUint16(dst, m.Collation)
	if m.Capabilities.Has(ClientPluginAuth) {
		dst = append(append(dst, m.Plugin...), 0)
	}
	if m.Capabilities.Has(ClientConnectAttrs) {
		dst = AppendLenencString(dst, m.Attributes)
	}
	return dst
}
