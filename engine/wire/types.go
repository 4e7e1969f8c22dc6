package wire

// Type is a column's or a parameter's type (MYSQL_TYPE_*).
type Type byte

// The types.
const (
	TypeDecimal    Type = 0x00
	TypeTiny       Type = 0x01
	TypeShort      Type = 0x02
	TypeLong       Type = 0x03
	TypeFloat      Type = 0x04
	TypeDouble     Type = 0x05
	TypeNull       Type = 0x06
	TypeTimestamp  Type = 0x07
	TypeLongLong   Type = 0x08
	TypeInt24      Type = 0x09
	TypeDate       Type = 0x0a
	TypeTime       Type = 0x0b
	TypeDatetime   Type = 0x0c
	TypeYear       Type = 0x0d
	TypeNewDate    Type = 0x0e
	TypeVarchar    Type = 0x0f
	TypeBit        Type = 0x10
	TypeTimestamp2 Type = 0x11
	TypeDatetime2  Type = 0x12
	TypeTime2      Type = 0x13
	TypeVector     Type = 0xf2
	TypeJSON       Type = 0xf5
	TypeNewDecimal Type = 0xf6
	TypeEnum       Type = 0xf7
	TypeSet        Type = 0xf8
	TypeTinyBlob   Type = 0xf9
	TypeMediumBlob Type = 0xfa
	TypeLongBlob   Type = 0xfb
	TypeBlob       Type = 0xfc
	TypeVarString  Type = 0xfd
	TypeString     Type = 0xfe
	TypeGeometry   Type = 0xff
)

// The column flags that a proxy has a use for.
const (
	FlagNotNull  uint16 = 1 << 0
	FlagUnsigned uint16 = 1 << 5
	FlagBinary   uint16 = 1 << 7
)

// The layouts of a value in the binary format.
const (
	layoutLenenc = -1 // length-encoded string
	layoutTime   = -2 // one length byte, then up to 12
	layoutBad    = -3
)

// layout returns the size of a binary value, or how to find it.
func (t Type) layout() int {
	switch t {
	case TypeNull:
		return 0
	case TypeTiny:
		return 1
	case TypeShort, TypeYear:
		return 2
	case TypeLong, TypeInt24, TypeFloat:
		return 4
	case TypeLongLong, TypeDouble:
		return 8
	case TypeDate, TypeDatetime, TypeTimestamp, TypeTime, TypeNewDate,
		TypeTimestamp2, TypeDatetime2, TypeTime2:
		return layoutTime
	case TypeDecimal, TypeNewDecimal, TypeVarchar, TypeVarString, TypeString, TypeBit, TypeEnum,
		TypeSet, TypeTinyBlob, TypeMediumBlob, TypeLongBlob, TypeBlob, TypeGeometry, TypeJSON, TypeVector:
		return layoutLenenc
	}
	return layoutBad
}

// binaryValue takes one value of type t in the binary format. Strings come
// without their length, date and time values without their length byte.
func (r *reader) binaryValue(t Type) []byte {
	switch n := t.layout(); n {
	case layoutLenenc:
		return r.lenencBytes("value")
	case layoutTime:
		n := int(r.u8("length of a time"))
		if n > 12 {
			r.fail("length of a time")
		}
		return r.bytes(n, "time")
	case layoutBad:
		r.fail("type")
		return nil
	default:
		return r.bytes(n, "value")
	}
}

// appendBinaryValue is the inverse of binaryValue.
func appendBinaryValue(dst []byte, t Type, v []byte) []byte {
	switch t.layout() {
	case layoutLenenc:
		return AppendLenencString(dst, v)
	case layoutTime:
		dst = append(dst, byte(len(v)))
	}
	return append(dst, v...)
}
