package wire

import "encoding/binary"

// SSLRequest is what a client sends instead of a handshake response when it
// wants TLS: the response's first 32 bytes (5 before protocol 4.1). TLS starts
// right behind it. Once inside TLS, the client sends the whole response, whose
// capabilities must be the same.
//
// Source: MariaDB "SSLRequest Packet", MySQL "Protocol::SSLRequest".
type SSLRequest struct {
	Capabilities Capability
	MaxPacket    uint32
	Collation    byte
}

// IsSSLRequest reports whether the client's first payload is an SSL request.
func IsSSLRequest(payload []byte) bool {
	if len(payload) < 2 {
		return false
	}
	caps := Capability(binary.LittleEndian.Uint16(payload))
	if !caps.Has(ClientSSL) {
		return false
	}
	if caps.Has(ClientProtocol41) {
		return len(payload) == 32
	}
	return len(payload) == 5
}

// Decode reads an SSL request's payload.
func (m *SSLRequest) Decode(src []byte) error {
	*m = SSLRequest{}
	r := reader{src: src}
	if !IsSSLRequest(src) {
		r.fail("length")
		return r.err("SSL request")
	}
	if len(src) == 5 {
		m.Capabilities = Capability(r.u16("capabilities"))
		m.MaxPacket = r.u24("maximum packet size")
		return r.err("SSL request")
	}
	m.Capabilities = Capability(r.u32("capabilities"))
	m.MaxPacket = r.u32("maximum packet size")
	m.Collation = r.u8("collation")
	r.bytes(19, "reserved")
	extended := r.u32("extended capabilities")
	if !m.Capabilities.Has(ClientMySQL) {
		m.Capabilities |= Capability(extended) << 32
	}
	return r.err("SSL request")
}

// Encode appends the request's payload to dst.
func (m *SSLRequest) Encode(dst []byte) []byte {
	caps := m.Capabilities | ClientSSL
	if !caps.Has(ClientProtocol41) {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(caps))
		return append(dst, byte(m.MaxPacket), byte(m.MaxPacket>>8), byte(m.MaxPacket>>16))
	}
	return appendHandshakeStart(dst, caps, m.MaxPacket, m.Collation)
}
