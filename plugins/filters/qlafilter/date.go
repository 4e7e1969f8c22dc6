package qlafilter

import "time"

// date writes times. Statements come many a second, and a second's text is
// worked out once.
type date struct {
	second int64
	text   []byte
}

// append appends the time in UTC with milliseconds.
func (d *date) append(dst []byte, t time.Time) []byte {
	if s := t.Unix(); s != d.second || len(d.text) == 0 {
		d.second, d.text = s, t.UTC().AppendFormat(d.text[:0], "2006-01-02 15:04:05")
	}
	ms := t.Nanosecond() / 1e6
	return append(append(dst, d.text...), '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
}
