package wire

// TextRow is a row in the text format: one length-encoded string a column.
// Fields are read one after the other with Next, or all at once with Decode.
type TextRow struct {
	// Fields are the row's values; a nil slice is NULL. They alias the payload.
	Fields [][]byte
}

// Decode reads all fields of a row's payload. Fields' memory is reused. How
// many there must be, the caller knows from the column count.
func (m *TextRow) Decode(src []byte) error {
	m.Fields = m.Fields[:0]
	for len(src) > 0 {
		field, rest, err := NextTextField(src)
		if err != nil {
			return err
		}
		m.Fields = append(m.Fields, field)
		src = rest
	}
	return nil
}

// NextTextField takes the first field off what is left of a row in the text
// format, without allocating. The field is nil if it is NULL, and not nil if
// it is empty.
func NextTextField(row []byte) (field, rest []byte, err error) {
	if len(row) > 0 && row[0] == 0xfb {
		return nil, row[1:], nil
	}
	field, n := LenencString(row)
	if n == 0 {
		return nil, nil, &DecodeError{Message: "text row", Field: "field"}
	}
	return field, row[n:], nil
}

// Encode appends the row's payload to dst.
func (m *TextRow) Encode(dst []byte) []byte {
	for _, f := range m.Fields {
		if f == nil {
			dst = append(dst, 0xfb)
		} else {
			dst = AppendLenencString(dst, f)
		}
	}
	return dst
}

// BinaryRow is a row in the binary format, the answer to COM_STMT_EXECUTE and
// COM_STMT_FETCH.
//
// Source: MariaDB "Resultset Row", MySQL "Binary Protocol Resultset Row".
type BinaryRow struct {
	// Types must be set before Decode and Encode: the types of the columns.
	Types []Type
	// Fields are the values as they are on the wire, strings without their
	// length, times without their length byte; nil is NULL. They alias the
	// payload.
	Fields [][]byte
}

// Decode reads a row's payload. Fields' memory is reused.
func (m *BinaryRow) Decode(src []byte) error {
	m.Fields = m.Fields[:0]
	r := reader{src: src}
	r.expect(0x00, "header")
	nulls := r.bytes((len(m.Types)+9)/8, "NULL bitmap")
	for i, t := range m.Types {
		if r.failed != "" {
			break
		}
		bit := i + 2 // the first two bits are reserved
		if nulls[bit/8]>>(bit%8)&1 == 1 {
			m.Fields = append(m.Fields, nil)
			continue
		}
		m.Fields = append(m.Fields, r.binaryValue(t))
	}
	if r.left() > 0 {
		r.fail("length")
	}
	return r.err("binary row")
}

// Encode appends the row's payload to dst. There must be as many Fields as
// Types.
func (m *BinaryRow) Encode(dst []byte) []byte {
	dst = append(dst, 0x00)
	nulls := len(dst)
	dst = append(dst, make([]byte, (len(m.Types)+9)/8)...)
	for i, t := range m.Types {
		if i >= len(m.Fields) || m.Fields[i] == nil {
			dst[nulls+(i+2)/8] |= 1 << ((i + 2) % 8)
			continue
		}
		dst = appendBinaryValue(dst, t, m.Fields[i])
	}
	return dst
}
