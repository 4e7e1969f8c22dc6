package pattern

import (
	"bytes"
	"math"
	"unicode"
	"unicode/utf8"
)

// Literals is a set of texts, to find out quickly that a longer text has none
// of them. The zero Literals knows nothing: everything may have one.
type Literals struct {
	list []literal
	kin  bool // a literal has a k or s in any case: see [kelvin]
}

// maxLiterals bounds how many literals a text is searched for.
const maxLiterals = 16

// Words is the set of the words in any case. Of more than 16 words, or one that
// cannot be looked for, it knows nothing.
func Words(words ...string) Literals {
	var l Literals
	if len(words) > maxLiterals {
		return l
	}
	for _, w := range words {
		best, ok := longest([]rune(w), true)
		if !ok {
			return Literals{}
		}
		l.add(best)
	}
	return l
}

// May reports whether the text may have one of the literals. False is certain.
func (l *Literals) May(text []byte) bool {
	if len(l.list) == 0 {
		return true
	}
	for i := range l.list {
		if l.list[i].in(text) {
			return true
		}
	}
	return l.kin && hasKin(text)
}

// list of what a text must have one of, in any case of ASCII letters, for May to
// be true; none if that is not known.
func (l *Literals) texts() (out []string) {
	for i := range l.list {
		out = append(out, string(l.list[i].text))
	}
	if l.kin {
		out = append(out, kelvin, longS)
	}
	return out
}

// known reports whether May can ever be false.
func (l *Literals) known() bool { return len(l.list) > 0 }

func (l *Literals) add(t literal) {
	l.list = append(l.list, t)
	for i, c := range t.text {
		l.kin = l.kin || t.fold[i] != 0 && (c == 'k' || c == 's')
	}
}

// quality is the higher, the fewer texts without a match May lets through: it
// is as long as the shortest literal, and less for each of them.
func (l *Literals) quality() int {
	if len(l.list) == 0 {
		return math.MinInt
	}
	least := maxLiteral
	for i := range l.list {
		least = min(least, len(l.list[i].text))
	}
	return least*8 - len(l.list)
}

// kelvin and longS are the only characters outside of ASCII that are one of its
// letters in another case. A text that has one of them is not judged by
// literals with a k or s.
const kelvin, longS = "\u212a", "\u017f"

func hasKin(text []byte) bool {
	return !ascii(text) && (bytes.Contains(text, []byte(kelvin)) || bytes.Contains(text, []byte(longS)))
}

// maxLiteral is how many bytes of a literal are looked for. With more there
// would be hardly less to look through, and texts that nearly match would cost more.
const maxLiteral = 16

// literal is a text of 1 to maxLiteral bytes.
type literal struct {
	text []byte // letters that match in any case are in lower case
	fold []byte // 0x20 for a letter that matches in any case, else 0
	rare int    // the byte of it that statements have least often
}

// longest returns the longest part of a literal that can be looked for byte by
// byte, or else its beginning.
func longest(runes []rune, anyCase bool) (best literal, ok bool) {
	var t literal
	for _, r := range runes {
		text, fold := encode(r, anyCase)
		if text == nil {
			t = literal{}
			continue
		}
		if len(t.text)+len(text) > maxLiteral {
			break
		}
		t.text, t.fold = append(t.text, text...), append(t.fold, fold...)
		if len(t.text) > len(best.text) {
			best = literal{text: bytes.Clone(t.text), fold: bytes.Clone(t.fold)}
		}
	}
	for i := range best.text {
		if frequency(best.text[i]) < frequency(best.text[best.rare]) {
			best.rare = i
		}
	}
	return best, len(best.text) > 0
}

// encode returns the bytes that a character is in a text, nil if they are not
// always the same.
func encode(r rune, anyCase bool) (text, fold []byte) {
	lower := unicode.ToLower(r)
	switch {
	case r == utf8.RuneError || !utf8.ValidRune(r):
		return nil, nil // what is not UTF-8 is read as RuneError
	case !anyCase || unicode.SimpleFold(r) == r:
		text = utf8.AppendRune(nil, r)
		return text, make([]byte, len(text))
	case lower >= 'a' && lower <= 'z' && r < utf8.RuneSelf:
		return []byte{byte(lower)}, []byte{0x20}
	}
	return nil, nil
}

// frequency is how often a byte is in SQL statements, roughly.
func frequency(c byte) int {
	const order = "zqjxk~^\\{}[]|!?%&:/#$@vybwgh;+<>pfmu\"_`987654cldnoari320ste1(),.'=- "
	return bytes.IndexByte([]byte(order), c) // −1: hardly ever
}

// in reports whether the text has the literal.
func (l *literal) in(text []byte) bool {
	for at, last := 0, len(text)-len(l.text); at <= last; at++ {
		// Where the literal can begin, its rare byte is in this part.
		n := index(text[at+l.rare:last+l.rare+1], l.text[l.rare], l.fold[l.rare])
		if n < 0 {
			return false
		}
		if at += n; l.begins(text[at:]) {
			return true
		}
	}
	return false
}

func (l *literal) begins(text []byte) bool {
	text, fold := text[:len(l.text)], l.fold[:len(l.text)]
	for i, c := range l.text {
		if text[i]|fold[i] != c {
			return false
		}
	}
	return true
}
