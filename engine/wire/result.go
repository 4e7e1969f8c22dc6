package wire

// Result is a small result set in the text format that a proxy answers by
// itself.
type Result struct {
	Columns  []string
	Rows     [][][]byte // one slice a row, one value a column; nil is NULL
	Status   Status
	Warnings uint16
}

// collationUTF8 is utf8mb4_general_ci, the collation of built results.
const collationUTF8 = 45

// AppendResult appends a whole result set as the reply to a COM_QUERY that
// carried sequence number seq-1: column count, definitions (all VARCHAR),
// rows, and the EOF packets that caps ask for. It also returns the sequence
// number that follows. A row that has fewer values than there are columns is
// filled up with NULL.
func AppendResult(dst []byte, seq byte, caps Capability, res *Result) (out []byte, next byte) {
	count := ColumnCount{Capabilities: caps, Count: uint64(len(res.Columns)), MetadataFollows: true}
	dst = AppendMessage(dst, seq, &count)
	seq++
	for i, name := range res.Columns {
		longest := 0
		for _, row := range res.Rows {
			if i < len(row) {
				longest = max(longest, len(row[i]))
			}
		}
		col := Column{Capabilities: caps, Name: []byte(name), Collation: collationUTF8,
			Length: uint32(4 * max(longest, 1)), Type: TypeVarString, Decimals: 31}
		dst = AppendMessage(dst, seq, &col)
		seq++
	}
	if !caps.Has(ClientDeprecateEOF) {
		dst = AppendEOF(dst, seq, caps, res.Status, 0)
		seq++
	}
	var row []byte
	for _, fields := range res.Rows {
		row = row[:0]
		for i := range res.Columns {
			if i < len(fields) && fields[i] != nil {
				row = AppendLenencString(row, fields[i])
			} else {
				row = append(row, 0xfb)
			}
		}
		dst = AppendPacket(dst, seq, row)
		seq = NextSeq(seq, len(row))
	}
	dst = AppendEOF(dst, seq, caps, res.Status, res.Warnings)
	return dst, seq + 1
}

// NextSeq returns the sequence number behind a message of n bytes that starts
// with seq.
func NextSeq(seq byte, n int) byte { return seq + byte(n/MaxPayload+1) }
