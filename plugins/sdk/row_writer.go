package sdk

// RowWriter makes a row in the format of a reply: a value for each column, in order.
type RowWriter struct {
	out           []byte
	packet, nulls int // where they begin
	types         []byte
	binary        bool
	at            int
}

// WriteRow begins a row of the current result behind dst. The columns must have been
// seen (abi.ReplyColumns or more).
func (r *Reply) WriteRow(dst []byte) RowWriter {
	w := RowWriter{out: append(dst, 0, 0, 0, 0), packet: len(dst), types: r.types, binary: r.Binary()}
	if w.binary {
		w.out = append(w.out, 0)
		w.nulls = len(w.out)
		w.out = append(w.out, make([]byte, (len(r.types)+9)/8)...)
	}
	return w
}

// Value writes a value as [Row.Next] has returned it for a column of the same type, nil for
// NULL.
func (w *RowWriter) Value(v []byte) {
	i := w.at
	w.at++
	switch {
	case v == nil && w.binary:
		w.out[w.nulls+(i+2)/8] |= 1 << ((i + 2) % 8)
	case v == nil:
		w.out = append(w.out, 0xfb)
	case !w.binary || i >= len(w.types):
		w.out = AppendLengthString(w.out, v)
	default:
		n, fixed := width(w.types[i])
		switch {
		case fixed:
		case n == dated:
			w.out = append(w.out, byte(len(v)))
		default:
			w.out = AppendLengthString(w.out, v)
			return
		}
		w.out = append(w.out, v...)
	}
}

// End ends the row and returns dst with it.
func (w *RowWriter) End() []byte {
	n := len(w.out) - w.packet - 4
	w.out[w.packet], w.out[w.packet+1], w.out[w.packet+2] = byte(n), byte(n>>8), byte(n>>16)
	return w.out
}

// IsText reports whether values of the MYSQL_TYPE are length-encoded bytes in both
// protocols, so that a text can stand in their place.
func IsText(t byte) bool {
	switch t {
	case TypeVarChar, TypeVarString, TypeString, TypeTinyBlob, TypeMediumBlob, TypeLongBlob, TypeBlob, TypeEnum, TypeSet:
		return true
	}
	return false
}
