package sdk

// Row iterates over the values of one row packet. A text row's values are the
// text that the client sees; a binary row's are the raw bytes of the value
// without their length.
type Row struct {
	rest   []byte
	binary bool
	nulls  []byte
	types  []byte
	at     int
	bad    bool // it does not fit its columns
}

// TextRow reads the payload of a row of a text result.
func TextRow(payload []byte) Row { return Row{rest: payload} }

// BinaryRow reads the payload of a row of a prepared statement's result. The
// types are those of the columns, in order.
func BinaryRow(payload, types []byte) Row {
	n := (len(types) + 9) / 8 // two reserved bits
	if len(payload) < 1+n || payload[0] != 0 {
		return Row{binary: true, bad: true}
	}
	return Row{rest: payload[1+n:], binary: true, nulls: payload[1 : 1+n], types: types}
}

// Next returns the next value, nil for NULL. It reports false at the end and
// for a row that does not fit its columns.
func (r *Row) Next() (value []byte, ok bool) {
	if r.at >= len(r.types) && r.binary || !r.binary && len(r.rest) == 0 {
		return nil, false
	}
	value, ok = r.next()
	r.bad = r.bad || !ok
	return value, ok
}

func (r *Row) next() (value []byte, ok bool) {
	if !r.binary {
		var null bool
		r.at++
		value, null, r.rest, ok = lengthString(r.rest)
		if ok && !null && value == nil {
			value = []byte{}
		}
		return value, ok
	}
	i := r.at
	r.at++
	if bit := i + 2; r.nulls[bit/8]&(1<<(bit%8)) != 0 {
		return nil, true
	}
	n, fixed := width(r.types[i])
	switch {
	case fixed:
	case n == dated:
		if len(r.rest) == 0 {
			return nil, false
		}
		n, r.rest = int(r.rest[0]), r.rest[1:]
	default:
		var null bool
		value, null, r.rest, ok = lengthString(r.rest)
		return value, ok && !null
	}
	if n > len(r.rest) {
		return nil, false
	}
	value, r.rest = r.rest[:n:n], r.rest[n:]
	return value, true
}

// Whole reports, after Next has reported the end, whether the row of [Reply.Row]
// fitted its columns.
func (r *Row) Whole() bool { return !r.bad && r.at == len(r.types) && len(r.rest) == 0 }

// dated stands for a temporal value: one byte of length, then that many.
const dated = -1

// width is the size of a binary value of the MYSQL_TYPE, if it is fixed; dated
// or 0 (length-encoded) if not.
func width(t byte) (n int, fixed bool) {
	switch t {
	case TypeTiny:
		return 1, true
	case TypeShort, TypeYear:
		return 2, true
	case TypeLong, TypeInt24, TypeFloat:
		return 4, true
	case TypeLongLong, TypeDouble:
		return 8, true
	case TypeNull:
		return 0, true
	case TypeTimestamp, TypeDate, TypeTime, TypeDateTime:
		return dated, false
	}
	return 0, false
}
