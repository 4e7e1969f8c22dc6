package sdk

import (
	"encoding/binary"
	"errors"
	"strconv"
	"unicode/utf8"
)

// The options come as JSON. encoding/json would add reflection and half a
// megabyte to every module, so this file reads the little that is needed.

type jsonKind byte

const (
	jsonNull jsonKind = iota
	jsonBool
	jsonNumber
	jsonString
	jsonArray
	jsonObject
)

func (k jsonKind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "a list", "a table"}[k]
}

// value is one JSON value. text is a string's or number's text, list an array's
// values, and names the keys of an object whose values are in list.
type value struct {
	kind  jsonKind
	yes   bool
	text  string
	list  []value
	names []string
}

func (v *value) field(name string) *value {
	for i, n := range v.names {
		if n == name {
			return &v.list[i]
		}
	}
	return nil
}

// maxDepth bounds the parser's recursion.
const maxDepth = 64

type jsonReader struct {
	in  []byte
	pos int
}

func parseJSON(in []byte) (value, error) {
	r := jsonReader{in: in}
	v, ok := r.value(0)
	r.space()
	if !ok || r.pos != len(in) {
		return value{}, errors.New("the options are not valid JSON at byte " + strconv.Itoa(r.pos))
	}
	return v, nil
}

func (r *jsonReader) space() {
	for r.pos < len(r.in) {
		switch r.in[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

func (r *jsonReader) take(c byte) bool {
	r.space()
	if r.pos < len(r.in) && r.in[r.pos] == c {
		r.pos++
		return true
	}
	return false
}

func (r *jsonReader) word(w string) bool {
	if len(r.in)-r.pos >= len(w) && string(r.in[r.pos:r.pos+len(w)]) == w {
		r.pos += len(w)
		return true
	}
	return false
}

func (r *jsonReader) value(depth int) (v value, ok bool) {
	r.space()
	if r.pos >= len(r.in) || depth > maxDepth {
		return v, false
	}
	switch c := r.in[r.pos]; {
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.array(depth)
	case c == '"':
		v.kind = jsonString
		v.text, ok = r.string()
		return v, ok
	case c == '-' || c >= '0' && c <= '9':
		v.kind = jsonNumber
		v.text, ok = r.number()
		return v, ok
	case r.word("true"):
		return value{kind: jsonBool, yes: true}, true
	case r.word("false"):
		return value{kind: jsonBool}, true
	case r.word("null"):
		return v, true
	}
	return v, false
}

func (r *jsonReader) object(depth int) (v value, ok bool) {
	v.kind = jsonObject
	r.pos++
	if r.take('}') {
		return v, true
	}
	for {
		r.space()
		if r.pos >= len(r.in) || r.in[r.pos] != '"' {
			return v, false
		}
		name, ok := r.string()
		if !ok || !r.take(':') {
			return v, false
		}
		item, ok := r.value(depth + 1)
		if !ok {
			return v, false
		}
		v.names, v.list = append(v.names, name), append(v.list, item)
		if r.take('}') {
			return v, true
		}
		if !r.take(',') {
			return v, false
		}
	}
}

func (r *jsonReader) array(depth int) (v value, ok bool) {
	v.kind = jsonArray
	r.pos++
	if r.take(']') {
		return v, true
	}
	for {
		item, ok := r.value(depth + 1)
		if !ok {
			return v, false
		}
		v.list = append(v.list, item)
		if r.take(']') {
			return v, true
		}
		if !r.take(',') {
			return v, false
		}
	}
}

func (r *jsonReader) number() (string, bool) {
	start := r.pos
	for r.pos < len(r.in) {
		switch c := r.in[r.pos]; {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
			r.pos++
			continue
		}
		break
	}
	text := string(r.in[start:r.pos])
	_, err := strconv.ParseFloat(text, 64)
	return text, err == nil || errors.Is(err, strconv.ErrRange)
}

func (r *jsonReader) string() (string, bool) {
	r.pos++
	var out []byte
	for r.pos < len(r.in) {
		c := r.in[r.pos]
		r.pos++
		switch {
		case c == '"':
			return string(out), true
		case c < ' ':
			return "", false
		case c != '\\':
			out = append(out, c)
			continue
		}
		if r.pos >= len(r.in) {
			return "", false
		}
		c = r.in[r.pos]
		r.pos++
		switch c {
		case '"', '\\', '/':
			out = append(out, c)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			u, ok := r.hex4()
			if !ok {
				return "", false
			}
			if u >= 0xD800 && u < 0xDC00 && r.word(`\u`) {
				low, ok := r.hex4()
				if !ok || low < 0xDC00 || low > 0xDFFF {
					return "", false
				}
				u = 0x10000 + (u-0xD800)<<10 + (low - 0xDC00)
			}
			out = utf8.AppendRune(out, u)
		default:
			return "", false
		}
	}
	return "", false
}

func (r *jsonReader) hex4() (rune, bool) {
	if len(r.in)-r.pos < 4 {
		return 0, false
	}
	u, err := strconv.ParseUint(string(r.in[r.pos:r.pos+4]), 16, 16)
	r.pos += 4
	return rune(u), err == nil
}

// AppendJSONString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD.
func AppendJSONString(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for {
		n := plain(s)
		dst, s = append(dst, s[:n]...), s[n:]
		if len(s) == 0 {
			return append(dst, '"')
		}
		c := s[0]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < utf8.RuneSelf: // a control character
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			r, n := utf8.DecodeRune(s)
			dst = utf8.AppendRune(dst, r)
			s = s[n-1:]
		}
		s = s[1:]
	}
}

// plain returns how many bytes at the front of s are the same in a JSON string.
func plain(s []byte) int {
	i := 0
	for i+8 <= len(s) && special(binary.LittleEndian.Uint64(s[i:])) == 0 {
		i += 8
	}
	for i < len(s) && s[i] >= ' ' && s[i] < 0x7f && s[i] != '"' && s[i] != '\\' {
		i++
	}
	return i
}

// special returns a number that is zero if none of x's eight bytes is a
// control character, a quote, a backslash or outside of ASCII.
func special(x uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	quote, backslash := x^ones*'"', x^ones*'\\'
	return (x | (x - ones*' ') | (x + ones) | (quote - ones) | (backslash - ones)) & highs
}
