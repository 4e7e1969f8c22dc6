package main

import (
	"unicode/utf8"

	"github.com/dop251/goja"
)

// Strings of JavaScript are UTF-16, and what a client sends is bytes, most of the time UTF-8. A byte that
// is not part of UTF-8 becomes a lone surrogate, U+DC80 to U+DCFF, which no valid UTF-8
// has, and is that byte again on the way back: a script that leaves it alone loses nothing.

const escape = 0xdc00

// text is a string for the script.
func (l *language) text(s string) goja.Value {
	if utf8.ValidString(s) {
		return l.vm.ToValue(s)
	}
	units := make([]uint16, 0, len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			units = append(units, escape|uint16(s[i]))
		case r >= 0x10000:
			r -= 0x10000
			units = append(units, 0xd800|uint16(r>>10), 0xdc00|uint16(r&0x3ff))
		default:
			units = append(units, uint16(r))
		}
		i += n
	}
	return goja.StringFromUTF16(units)
}

// textOf is a string of the script.
func textOf(s goja.String) string {
	n, ascii := s.Length(), true
	for i := 0; i < n && ascii; i++ {
		ascii = s.CharAt(i) < utf8.RuneSelf
	}
	if ascii {
		return s.String()
	}
	out := make([]byte, 0, 2*n)
	for i := 0; i < n; i++ {
		u := rune(s.CharAt(i))
		switch {
		case u >= 0xd800 && u < 0xdc00 && i+1 < n && s.CharAt(i+1)&0xfc00 == 0xdc00:
			i++
			out = utf8.AppendRune(out, 0x10000+(u-0xd800)<<10+rune(s.CharAt(i))-0xdc00)
		case u >= escape+0x80 && u <= escape+0xff:
			out = append(out, byte(u-escape))
		default:
			out = utf8.AppendRune(out, u) // another lone surrogate becomes U+FFFD
		}
	}
	return string(out)
}
