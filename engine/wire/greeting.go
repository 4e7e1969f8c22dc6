package wire

import "encoding/binary"

// Plugin names of authentication methods.
const (
	PluginNative      = "mysql_native_password"
	PluginOld         = "mysql_old_password"
	PluginClear       = "mysql_clear_password"
	PluginCachingSHA2 = "caching_sha2_password"
	PluginSHA256      = "sha256_password"
	PluginEd25519     = "client_ed25519"
	PluginDialog      = "dialog"
	PluginParsec      = "parsec"
)

// Greeting is the server's first message, protocol version 10.
//
// Source: MariaDB "Connecting: Initial Handshake Packet", MySQL
// "Protocol::HandshakeV10". MariaDB clears CLIENT_MYSQL and puts its extended
// capabilities into the last four of ten reserved bytes.
type Greeting struct {
	ServerVersion string
	ConnectionID  uint32
	Salt          []byte // 8 bytes, or 20 with secure connection; Decode's is a copy
	Capabilities  Capability
	Collation     byte
	Status        Status
	Plugin        string // empty without PLUGIN_AUTH
}

// Decode reads a greeting. A server that refuses the connection sends an [ERR]
// instead, whose first byte is 0xFF.
func (m *Greeting) Decode(src []byte) error {
	*m = Greeting{}
	r := reader{src: src}
	r.expect(10, "protocol version")
	m.ServerVersion = string(r.nul("server version"))
	m.ConnectionID = r.u32("connection id")
	m.Salt = append([]byte(nil), r.bytes(8, "salt")...)
	r.u8("filler")
	m.Capabilities = Capability(r.u16("capabilities"))
	if r.left() == 0 {
		return r.err("greeting") // servers before 4.1
	}
	m.Collation = r.u8("collation")
	m.Status = Status(r.u16("status"))
	m.Capabilities |= Capability(r.u16("upper capabilities")) << 16
	saltLen := int(r.u8("salt length"))
	r.bytes(6, "reserved")
	extended := r.u32("extended capabilities")
	if !m.Capabilities.Has(ClientMySQL) {
		m.Capabilities |= Capability(extended) << 32
	}
	if m.Capabilities.Has(ClientSecureConnection) {
		// At least 13 bytes whatever the length says; the last one is a NUL.
		part := r.bytes(max(13, saltLen-8), "second part of the salt")
		if n := len(part); n > 0 && part[n-1] == 0 {
			part = part[:n-1]
		}
		m.Salt = append(m.Salt, part...)
	}
	if m.Capabilities.Has(ClientPluginAuth) {
		m.Plugin = string(r.nulOrRest("plugin"))
	}
	return r.err("greeting")
}

// Encode appends the greeting's payload to dst. Salt must have 8 bytes, or 20
// with [ClientSecureConnection]; it is
// padded with NUL, and cut at 254.
func (m *Greeting) Encode(dst []byte) []byte {
	caps := m.Capabilities
	salt := make([]byte, min(max(20, len(m.Salt)), 254))
	copy(salt, m.Salt)
	dst = append(dst, 10)
	dst = append(append(dst, m.ServerVersion...), 0)
	dst = binary.LittleEndian.AppendUint32(dst, m.ConnectionID)
	dst = append(append(dst, salt[:8]...), 0)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(caps))
	dst = append(dst, m.Collation)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(m.Status))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(caps>>16))
	if caps.Has(ClientPluginAuth) || len(salt) > 20 {
		dst = append(dst, byte(len(salt)+1))
	} else {
		dst = append(dst, 0)
	}
	dst = append(dst, 0, 0, 0, 0, 0, 0)
	extended := caps.Extended()
	if caps.Has(ClientMySQL) {
		extended = 0
	}
	dst = binary.LittleEndian.AppendUint32(dst, extended)
	if caps.Has(ClientSecureConnection) {
		dst = append(append(dst, salt[8:]...), 0)
	}
	if caps.Has(ClientPluginAuth) {
		dst = append(append(dst, m.Plugin...), 0)
	}
	return dst
}
