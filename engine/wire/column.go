package wire

import "encoding/binary"

// ColumnCount is the first packet of a result set.
type ColumnCount struct {
	// Capabilities must be set before Decode and Encode: MariaDBCacheMetadata
	// adds the flag MetadataFollows.
	Capabilities Capability

	Count uint64
	// MetadataFollows is false if column definitions are left out because the
	// client has them already. Without MariaDBCacheMetadata it is always true.
	MetadataFollows bool
}

// Decode reads the packet's payload.
func (m *ColumnCount) Decode(src []byte) error {
	r := reader{src: src}
	m.Count = r.lenenc("number of columns")
	m.MetadataFollows = true
	if m.Capabilities.Has(MariaDBCacheMetadata) {
		m.MetadataFollows = r.u8("metadata flag") != 0
	}
	if r.left() > 0 || m.Count == 0 {
		r.fail("length")
	}
	return r.err("column count")
}

// Encode appends the packet's payload to dst.
func (m *ColumnCount) Encode(dst []byte) []byte {
	dst = AppendLenenc(dst, m.Count)
	if !m.Capabilities.Has(MariaDBCacheMetadata) {
		return dst
	}
	if m.MetadataFollows {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// Column is a column definition of protocol 4.1, used for columns of result
// sets, for parameters, and by COM_FIELD_LIST.
//
// Source: MariaDB "Column Definition Packet", MySQL "ColumnDefinition41".
type Column struct {
	// Capabilities must be set before Decode and Encode: MariaDBExtendedTypes
	// adds a field.
	Capabilities Capability

	Catalog   []byte // "def"; like all slices here it aliases the payload
	Schema    []byte
	Table     []byte // alias
	OrgTable  []byte
	Name      []byte // alias
	OrgName   []byte
	Extended  []byte // MariaDB: list of (kind byte, length-encoded string)
	Collation uint16 // 63 for binary data
	Length    uint32 // maximum, in bytes
	Type      Type
	Flags     uint16
	Decimals  byte
	Default   []byte // COM_FIELD_LIST only; nil elsewhere
	IsNull    bool   // COM_FIELD_LIST only: the default is NULL
}

// Decode reads the definition's payload.
func (m *Column) Decode(src []byte) error {
	*m = Column{Capabilities: m.Capabilities}
	r := reader{src: src}
	m.Catalog = r.lenencBytes("catalog")
	m.Schema = r.lenencBytes("schema")
	m.Table = r.lenencBytes("table")
	m.OrgTable = r.lenencBytes("original table")
	m.Name = r.lenencBytes("name")
	m.OrgName = r.lenencBytes("original name")
	if m.Capabilities.Has(MariaDBExtendedTypes) {
		m.Extended = r.lenencBytes("extended type")
	}
	fixed := r.lenenc("length of the fixed fields")
	if fixed < 10 {
		r.fail("length of the fixed fields")
	}
	m.Collation = r.u16("collation")
	m.Length = r.u32("length")
	m.Type = Type(r.u8("type"))
	m.Flags = r.u16("flags")
	m.Decimals = r.u8("decimals")
	r.bytes(int(min(fixed, 255))-10, "reserved")
	switch {
	case r.left() == 0:
	case r.left() == 1 && r.src[r.pos] == 0xfb:
		m.IsNull = true
	default:
		m.Default = r.lenencBytes("default value")
		if r.left() > 0 {
			r.fail("length")
		}
	}
	return r.err("column definition")
}

// Encode appends the definition's payload to dst. An empty Catalog is written
// as "def", which clients expect.
func (m *Column) Encode(dst []byte) []byte {
	if len(m.Catalog) == 0 {
		dst = AppendLenencString(dst, "def")
	} else {
		dst = AppendLenencString(dst, m.Catalog)
	}
	for _, s := range [...][]byte{m.Schema, m.Table, m.OrgTable, m.Name, m.OrgName} {
		dst = AppendLenencString(dst, s)
	}
	if m.Capabilities.Has(MariaDBExtendedTypes) {
		dst = AppendLenencString(dst, m.Extended)
	}
	dst = binary.LittleEndian.AppendUint16(append(dst, 12), m.Collation)
	dst = binary.LittleEndian.AppendUint32(dst, m.Length)
	dst = binary.LittleEndian.AppendUint16(append(dst, byte(m.Type)), m.Flags)
	dst = append(dst, m.Decimals, 0, 0)
	switch {
	case m.IsNull:
		return append(dst, 0xfb)
	case m.Default != nil:
		return AppendLenencString(dst, m.Default)
	}
	return dst
}
