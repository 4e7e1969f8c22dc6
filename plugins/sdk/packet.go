package sdk

import "encoding/binary"

// Packets iterates over framed packets: three bytes of length, one of
// sequence, the payload.
type Packets struct{ rest []byte }

// Next returns the next packet's payload and the whole packet, both aliasing
// the input. It reports false at the end, and for a packet that is cut off.
func (p *Packets) Next() (payload, framed []byte, ok bool) {
	if len(p.rest) < 4 {
		return nil, nil, false
	}
	n := int(p.rest[0]) | int(p.rest[1])<<8 | int(p.rest[2])<<16
	if len(p.rest) < 4+n {
		return nil, nil, false
	}
	framed = p.rest[:4+n]
	p.rest = p.rest[4+n:]
	return framed[4:], framed, true
}

// Rest is what Next has not gone over: nothing, unless a packet is cut off.
func (p *Packets) Rest() []byte { return p.rest }

// AppendPacket frames a payload of less than 16 MiB − 1. The host renumbers the
// sequence.
func AppendPacket(dst, payload []byte) []byte {
	n := len(payload)
	return append(append(dst, byte(n), byte(n>>8), byte(n>>16), 0), payload...)
}

// lengthEncoded reads a length-encoded integer. null is 0xfb, which only row
// values have.
func lengthEncoded(b []byte) (n uint64, null bool, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, false, nil, false
	}
	width := 0
	switch b[0] {
	case 0xfb:
		return 0, true, b[1:], true
	case 0xfc:
		width = 2
	case 0xfd:
		width = 3
	case 0xfe:
		width = 8
	case 0xff:
		return 0, false, nil, false
	default:
		return uint64(b[0]), false, b[1:], true
	}
	if len(b) < 1+width {
		return 0, false, nil, false
	}
	var wide [8]byte
	copy(wide[:], b[1:1+width])
	return binary.LittleEndian.Uint64(wide[:]), false, b[1+width:], true
}

// lengthString reads a length-encoded string that aliases b.
func lengthString(b []byte) (s []byte, null bool, rest []byte, ok bool) {
	n, null, rest, ok := lengthEncoded(b)
	if !ok || null || n > uint64(len(rest)) {
		return nil, null, rest, ok && null
	}
	return rest[:n], false, rest[n:], true
}

// AppendLengthString appends a length-encoded string.
func AppendLengthString(dst, s []byte) []byte {
	switch n := len(s); {
	case n < 0xfb:
		dst = append(dst, byte(n))
	case n < 1<<16:
		dst = append(dst, 0xfc, byte(n), byte(n>>8))
	case n < 1<<24:
		dst = append(dst, 0xfd, byte(n), byte(n>>8), byte(n>>16))
	default:
		dst = binary.LittleEndian.AppendUint64(append(dst, 0xfe), uint64(n))
	}
	return append(dst, s...)
}

// Definition is a column of a result: what the server calls a column
// definition. Its slices alias the packet.
type Definition struct {
	Schema, Table, OrgTable, Name, OrgName []byte
	Charset                                uint16
	Length                                 uint32
	Type                                   byte // MYSQL_TYPE_*
	Flags                                  uint16
	Decimals                               byte
}

// Unsigned reports the UNSIGNED flag.
func (d *Definition) Unsigned() bool { return d.Flags&0x20 != 0 }

// Decode reads a column definition packet's payload. The fixed part is found
// from the end, so MariaDB's extended metadata before it does not matter.
func (d *Definition) Decode(b []byte) bool {
	const fixed = 13 // length byte 0x0c and 12 bytes
	var ok bool
	fields := [...]*[]byte{nil, &d.Schema, &d.Table, &d.OrgTable, &d.Name, &d.OrgName}
	rest := b
	for _, f := range fields {
		var s []byte
		var null bool
		if s, null, rest, ok = lengthString(rest); !ok || null {
			return false
		}
		if f != nil {
			*f = s
		}
	}
	if len(rest) < fixed {
		return false
	}
	t := rest[len(rest)-fixed:]
	d.Charset = binary.LittleEndian.Uint16(t[1:])
	d.Length = binary.LittleEndian.Uint32(t[3:])
	d.Type = t[7]
	d.Flags = binary.LittleEndian.Uint16(t[8:])
	d.Decimals = t[10]
	return true
}
