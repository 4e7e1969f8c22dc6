package wire

// ParseHeader reads a packet's header from the first HeaderLen bytes of b.
func ParseHeader(b []byte) Header { return header(b) }
