package wire

// AuthSwitch is a server's request to authenticate with another plugin.
//
// Source: MariaDB and MySQL, "AuthSwitchRequest". The ancient form is the
// byte 0xFE alone and means mysql_old_password.
type AuthSwitch struct {
	Plugin string
	Data   []byte // salt without its trailing NUL; aliases the payload
}

// Decode reads the request's payload.
func (m *AuthSwitch) Decode(src []byte) error {
	*m = AuthSwitch{}
	r := reader{src: src}
	r.expect(0xfe, "header")
	if len(src) == 1 {
		m.Plugin = PluginOld
		return r.err("auth switch")
	}
	m.Plugin = string(r.nulOrRest("plugin"))
	m.Data = r.rest()
	if n := len(m.Data); n > 0 && m.Data[n-1] == 0 {
		m.Data = m.Data[:n-1]
	}
	return r.err("auth switch")
}

// Encode appends the request's payload to dst.
func (m *AuthSwitch) Encode(dst []byte) []byte {
	dst = append(append(dst, 0xfe), m.Plugin...)
	dst = append(append(dst, 0), m.Data...)
	return append(dst, 0)
}

// AuthMoreData carries data from a server's authentication plugin.
//
// Source: MySQL "AuthMoreData". For caching_sha2_password, Data is one byte
// (3: fast path succeeded, 4: full authentication) or an RSA public key.
type AuthMoreData struct {
	Data []byte // aliases the payload
}

// Decode reads the packet's payload.
func (m *AuthMoreData) Decode(src []byte) error {
	*m = AuthMoreData{}
	r := reader{src: src}
	r.expect(0x01, "header")
	m.Data = r.rest()
	return r.err("auth more data")
}

// Encode appends the packet's payload to dst.
func (m *AuthMoreData) Encode(dst []byte) []byte {
	return append(append(dst, 0x01), m.Data...)
}
