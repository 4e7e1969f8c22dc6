package wire

// AppendPacket appends payload to dst as one message that starts with sequence
// number seq: split at MaxPayload, with headers.
func AppendPacket(dst []byte, seq byte, payload []byte) []byte {
	for {
		n := min(len(payload), MaxPayload)
		dst = AppendHeader(dst, Header{Len: n, Seq: seq})
		dst = append(dst, payload[:n]...)
		if n < MaxPayload {
			return dst
		}
		seq++
		payload = payload[n:]
	}
}

// AppendHeader appends a packet's header.
func AppendHeader(dst []byte, h Header) []byte {
	return append(dst, byte(h.Len), byte(h.Len>>8), byte(h.Len>>16), h.Seq)
}

// Message is what every message of this package can do.
type Message interface {
	Decode(src []byte) error
	Encode(dst []byte) []byte
}

// AppendMessage appends m to dst as one message with headers. m must encode to
// less than MaxPayload bytes, which all but rows, queries and executions do.
func AppendMessage(dst []byte, seq byte, m interface{ Encode(dst []byte) []byte }) []byte {
	at := len(dst)
	dst = m.Encode(append(dst, 0, 0, 0, seq))
	n := len(dst) - at - HeaderLen
	if n >= MaxPayload {
		payload := append([]byte(nil), dst[at+HeaderLen:]...)
		return AppendPacket(dst[:at], seq, payload)
	}
	dst[at], dst[at+1], dst[at+2] = byte(n), byte(n>>8), byte(n>>16)
	return dst
}

// AppendOK appends an OK packet with its header. m.Capabilities must be those
// agreed with the receiver.
func AppendOK(dst []byte, seq byte, m *OK) []byte { return AppendMessage(dst, seq, m) }

// AppendERR appends an ERR packet with its header.
func AppendERR(dst []byte, seq byte, m *ERR) []byte { return AppendMessage(dst, seq, m) }

// AppendEOF appends the packet that ends a list of columns or rows: an EOF
// packet, or an OK packet with header 0xFE under [ClientDeprecateEOF].
func AppendEOF(dst []byte, seq byte, caps Capability, status Status, warnings uint16) []byte {
	if caps.Has(ClientDeprecateEOF) {
		return AppendMessage(dst, seq, &OK{Capabilities: caps, Final: true, Status: status, Warnings: warnings})
	}
	return AppendMessage(dst, seq, &EOF{Status: status, Warnings: warnings})
}
