package wire

// Scan takes as many rows as buf begins with and returns how many bytes they
// and their headers are: those bytes can be forwarded at once. It stops in
// front of the first packet that is not wholly in buf or is anything but a
// row; that one goes to Next. Outside of rows it returns 0.
func (r *Reply) Scan(buf []byte) int {
	n := 0
	for len(buf)-n > HeaderLen && (r.continued || r.State == ReplyRows) {
		h := header(buf[n:])
		end := n + HeaderLen + h.Len
		if end > len(buf) {
			break
		}
		if !r.continued {
			first := buf[n+HeaderLen]
			if h.Len == 0 || first >= 0xfe || r.binary && first != 0 {
				break
			}
			r.Rows++
		}
		r.account(h)
		n = end
	}
	return n
}
