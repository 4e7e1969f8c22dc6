package wire

import "encoding/binary"

// HandshakeResponse is the client's answer to the greeting, in the form of
// protocol 4.1 or, without [ClientProtocol41], of version 3.20.
//
// Source: MariaDB "Connecting: Handshake Response Packet", MySQL
// "Protocol::HandshakeResponse41" and "320".
type HandshakeResponse struct {
	Capabilities Capability
	MaxPacket    uint32
	Collation    byte
	User         string
	Auth         []byte // the answer to the salt; aliases the payload
	Schema       string
	Plugin       string
	// Attributes is the list of connection attributes, without its length; see
	// EachAttribute. It aliases the payload.
	Attributes []byte
	ZstdLevel  byte
}

// Decode reads a handshake response. Tell it from an [SSLRequest] first.
func (m *HandshakeResponse) Decode(src []byte) error {
	*m = HandshakeResponse{}
	if len(src) >= 2 && !Capability(binary.LittleEndian.Uint16(src)).Has(ClientProtocol41) {
		return m.decode320(src)
	}
	r := reader{src: src}
	m.Capabilities = Capability(r.u32("capabilities"))
	m.MaxPacket = r.u32("maximum packet size")
	m.Collation = r.u8("collation")
	r.bytes(19, "reserved")
	extended := r.u32("extended capabilities")
	if !m.Capabilities.Has(ClientMySQL) {
		m.Capabilities |= Capability(extended) << 32
	}
	m.User = string(r.nul("user"))
	switch {
	case m.Capabilities.Has(ClientPluginAuthLenencData):
		m.Auth = r.lenencBytes("authentication data")
	case m.Capabilities.Has(ClientSecureConnection):
		m.Auth = r.bytes(int(r.u8("length of the authentication data")), "authentication data")
	default:
		m.Auth = r.nulOrRest("authentication data")
	}
	// What follows may be missing altogether in spite of its capability.
	if m.Capabilities.Has(ClientConnectWithDB) && r.left() > 0 {
		m.Schema = string(r.nulOrRest("schema"))
	}
	if m.Capabilities.Has(ClientPluginAuth) && r.left() > 0 {
		m.Plugin = string(r.nulOrRest("plugin"))
	}
	if m.Capabilities.Has(ClientConnectAttrs) && r.left() > 0 {
		m.Attributes = r.lenencBytes("connection attributes")
	}
	if m.Capabilities.Has(ClientZstdCompression) && r.left() > 0 {
		m.ZstdLevel = r.u8("zstd level")
	}
	return r.err("handshake response")
}

func (m *HandshakeResponse) decode320(src []byte) error {
	r := reader{src: src}
	m.Capabilities = Capability(r.u16("capabilities"))
	m.MaxPacket = r.u24("maximum packet size")
	m.User = string(r.nulOrRest("user"))
	if m.Capabilities.Has(ClientConnectWithDB) {
		m.Auth = r.nul("authentication data")
		m.Schema = string(r.nulOrRest("schema"))
	} else if r.left() > 0 {
		m.Auth = r.nulOrRest("authentication data")
	}
	return r.err("handshake response")
}

// Encode appends the response's payload to dst.
func (m *HandshakeResponse) Encode(dst []byte) []byte {
	caps := m.Capabilities
	if !caps.Has(ClientProtocol41) {
		return m.encode320(dst)
	}
	dst = appendHandshakeStart(dst, caps, m.MaxPacket, m.Collation)
	dst = append(append(dst, m.User...), 0)
	switch {
	case caps.Has(ClientPluginAuthLenencData):
		dst = AppendLenencString(dst, m.Auth)
	case caps.Has(ClientSecureConnection):
		auth := m.Auth[:min(255, len(m.Auth))]
		dst = append(append(dst, byte(len(auth))), auth...)
	default:
		dst = append(append(dst, m.Auth...), 0)
	}
	if caps.Has(ClientConnectWithDB) {
		dst = append(append(dst, m.Schema...), 0)
	}
	if caps.Has(ClientPluginAuth) {
		dst = append(append(dst, m.Plugin...), 0)
	}
	if caps.Has(ClientConnectAttrs) {
		dst = AppendLenencString(dst, m.Attributes)
	}
	if caps.Has(ClientZstdCompression) {
		dst = append(dst, m.ZstdLevel)
	}
	return dst
}

func (m *HandshakeResponse) encode320(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, uint16(m.Capabilities))
	dst = append(dst, byte(m.MaxPacket), byte(m.MaxPacket>>8), byte(m.MaxPacket>>16))
	dst = append(append(dst, m.User...), 0)
	dst = append(append(dst, m.Auth...), 0)
	if m.Capabilities.Has(ClientConnectWithDB) {
		dst = append(append(dst, m.Schema...), 0)
	}
	return dst
}

// appendHandshakeStart appends the 32 bytes that a handshake response and an
// SSL request have in common.
func appendHandshakeStart(dst []byte, caps Capability, maxPacket uint32, collation byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(caps))
	dst = binary.LittleEndian.AppendUint32(dst, maxPacket)
	dst = append(dst, collation)
	dst = append(dst, make([]byte, 19)...)
	extended := caps.Extended()
	if caps.Has(ClientMySQL) {
		extended = 0
	}
	return binary.LittleEndian.AppendUint32(dst, extended)
}

// EachAttribute calls f for every connection attribute of a list until f
// returns false. key and value alias list.
func EachAttribute(list []byte, f func(key, value []byte) bool) error {
	r := reader{src: list}
	for r.left() > 0 {
		key := r.lenencBytes("attribute name")
		value := r.lenencBytes("attribute value")
		if r.failed != "" {
			return r.err("connection attributes")
		}
		if !f(key, value) {
			break
		}
	}
	return nil
}

// AppendAttribute appends a connection attribute to a list.
func AppendAttribute(list []byte, key, value string) []byte {
	return AppendLenencString(AppendLenencString(list, key), value)
}
