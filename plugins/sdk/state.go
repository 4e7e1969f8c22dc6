package sdk

import (
	"encoding/binary"
	"errors"
	"time"
)

// AppendState begins what a [Detacher] hands over and [ReadState] reads. form is
// a number for what follows: a version of the plugin that appends something
// else takes another one.
func AppendState(dst []byte, form uint64) []byte { return AppendNumber(dst, form) }

// AppendNumber appends a number.
func AppendNumber(dst []byte, n uint64) []byte { return binary.AppendUvarint(dst, n) }

// AppendText appends a text of any length.
func AppendText(dst []byte, text string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

// StateReader reads numbers and texts in the order in which they were
// appended. What is damaged, or not there, reads as zero, and End says so.
type StateReader struct {
	rest    []byte
	damaged bool
}

// ReadState begins to read a state. One of another form reads as damaged.
func ReadState(state []byte, form uint64) *StateReader {
	r := &StateReader{rest: state}
	if r.Number() != form {
		r.rest, r.damaged = nil, true
	}
	return r
}

// Number reads a number.
func (r *StateReader) Number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.rest, r.damaged = nil, true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// Time reads a number as a moment of the host's clock, see [Now].
func (r *StateReader) Time() time.Duration { return max(0, time.Duration(r.Number())) }

// Text reads a text.
func (r *StateReader) Text() string {
	n := r.Number()
	if n > uint64(len(r.rest)) {
		r.rest, r.damaged = nil, true
		return ""
	}
	text := string(r.rest[:n])
	r.rest = r.rest[n:]
	return text
}

// More reports whether there is something left to read.
func (r *StateReader) More() bool { return len(r.rest) > 0 }

// End returns an error unless the state was read to its end and was whole.
func (r *StateReader) End() error {
	if r.damaged || r.More() {
		return errors.New("the state that the predecessor handed over is not of the form that this version knows")
	}
	return nil
}
