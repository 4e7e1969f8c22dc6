package pattern

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestRequired(t *testing.T) {
	for _, c := range []struct {
		pattern string
		want    string // the literals, with spaces between them; upper case: in any case
	}{
		{`(?i)\bcard_number\b`, "CARD_NUMBER"},
		{`card_number`, "card_number"},
		{`(?i)\breport_[0-9]+\b`, "REPORT_"},
		{`(?is)^\s*drop\s+(table|database)`, "TABLE DATABASE"},
		{`(?i)sleep|benchmark`, "SLEEP BENCHMARK"},
		{`(?i)(abc|def)+x{2,}`, "ABC DEF"},
		{`ab?cd*ef`, "ef"},
		{`(abc)?`, ""},
		{`(abc){0,3}`, ""},
		{`(abc){1,3}`, "abc"},
		{`abc|.*`, ""},
		{`.*`, ""},
		{``, ""},
		{`[0-9]+`, ""},
		{`a(?i)bcd`, "BCD"},
		{"ab\uFFFDcde", "cde"},
		{`(?i)äbc`, "BC"},
		{`äbc`, "äbc"},
		{`a12345678901234567890`, "a123456789012345"},
		{`a1|a2|a3|b4|b5|c6|c7|d8|d9|e1|f2|g3|h4|i5|j6|k7|l8|m9|n1|o2|p3|q4|r5`, ""},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range p.needs.list {
			text := bytes.Clone(l.text)
			for i := range text {
				text[i] &^= l.fold[i]
			}
			got = append(got, string(text))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %q, want %q", c.pattern, s, c.want)
		}
	}
}

func TestMay(t *testing.T) {
	w := Words("select", "Task")
	for text, want := range map[string]bool{
		"":                    false,
		"SELEC":               false,
		"xxSeLeCt":            true,
		"tasktask":            true,
		"ta\u212a":            true, // may be a k
		"tabelle\u017f":       true,
		"täbelle":             false,
		"\xe2\x84":            false,
		"tas tas tas tas tas": false,
		"sele\x83t":           false,
	} {
		if got := w.May([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if unknown := Words("a", "ß"); !unknown.May(nil) {
		t.Error("a word that cannot be looked for was said to be missing")
	}
	if many := Words(strings.Split("abcdefghijklmnopq", "")...); !many.May(nil) {
		t.Error("more words than are looked for were said to be missing")
	}
	if none := (&Literals{}); !none.May(nil) {
		t.Error("the zero Literals knows something")
	}
}

// The only characters that are ASCII letters in another case are those that
// hasKin looks for.
func TestKin(t *testing.T) {
	for r := range unicode.MaxRune + 1 {
		if r < 0x80 || r == 0x212a || r == 0x017f {
			continue
		}
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			if f < 0x80 {
				t.Errorf("%U folds to %c", r, f)
			}
		}
	}
}

func TestIndex(t *testing.T) {
	text := make([]byte, 40)
	for from := range text {
		for at := from; at < len(text); at++ {
			for _, c := range []byte{0, 1, 0x20, 'k', 'K', 0x7f, 0x80, 0xff} {
				for _, fold := range []byte{0, 0x20} {
					for i := range text {
						text[i] = c ^ byte(1<<(i%7)) | byte(i&1)<<7 ^ 0x40
						if text[i]|fold == c {
							text[i] = c ^ 0x11
						}
					}
					text[at] = c
					want := at - from
					if c|fold != c {
						want = -1
					}
					if got := index(text[from:], c, fold); got != want {
						t.Fatalf("%x in %x with %x: %d, want %d", c, text[from:], fold, got, want)
					}
				}
			}
			if got, want := ascii(text[from:at]), !bytes.ContainsFunc(text[from:at], func(r rune) bool { return r >= 0x80 }); got != want {
				t.Fatalf("ascii of %x: %v", text[from:at], got)
			}
		}
	}
}

// pieces are what random patterns and texts are made of, so that they meet often.
var pieces = []string{"a", "k", "K", "\u212a", "s", "S", "ſ", "sk", "select", "ß", "ẞ", "ä", "Ä", "\ufffd", "1", "_", " ", "kiss", "x"}

func randomPattern(r *rand.Rand, depth int) string {
	sub := func() string { return randomPattern(r, depth-1) }
	if depth == 0 {
		return regexp.QuoteMeta(pieces[r.IntN(len(pieces))])
	}
	switch r.IntN(12) {
	case 0:
		return "(" + sub() + ")?"
	case 1:
		return "(?:" + sub() + ")*"
	case 2:
		return "(" + sub() + ")+"
	case 3:
		return "(?:" + sub() + "){1,2}"
	case 4, 5:
		return "(?:" + sub() + "|" + sub() + ")"
	case 6:
		return "(?i:" + sub() + ")"
	case 7:
		return "(?:" + sub() + "|" + sub() + "|" + sub() + ")"
	case 8:
		return []string{".", "[ks]", "[^a]", `\b`, "^", "$", `\pL`}[r.IntN(7)]
	}
	return sub() + sub()
}

func randomText(r *rand.Rand) []byte {
	var b []byte
	for range r.IntN(12) {
		switch p := pieces[r.IntN(len(pieces))]; r.IntN(5) {
		case 0:
			b = append(b, byte(r.UintN(256))) // mostly not UTF-8
		case 1:
			b = append(b, p[:r.IntN(len(p)+1)]...)
		case 2:
			b = append(b, strings.ToUpper(p)...)
		default:
			b = append(b, p...)
		}
	}
	return b
}

// A Pattern matches what its regular expression matches.
func TestMatchesAsRegexp(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	known, refused := 0, 0
	for range 20_000 {
		text := randomPattern(r, 4)
		p, err := Compile(text)
		if err != nil {
			t.Fatal(err)
		}
		if !p.needs.known() {
			continue
		}
		known++
		for range 10 {
			b := randomText(r)
			want := p.Regexp.Match(b)
			if got := p.Match(b); got != want {
				t.Fatalf("%q on %q: %v, the regular expression says %v", text, b, got, want)
			}
			if !p.May(b) {
				refused++
			}
		}
	}
	if known < 2000 || refused < 5000 {
		t.Errorf("only %d patterns had literals, and they refused %d texts: the test shows little", known, refused)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add(`(?i)\bcard_number\b`, []byte("SELECT Card_Number FROM t"))
	f.Add("(?i)kiss|ma\u017fs", []byte("\u212ai\u017fs"))
	f.Add("a\ufffdb", []byte("a\xffb"))
	f.Add(`(?i)straße|(xy){2,}`, []byte("STRAẞE xyxy"))
	f.Add(`(?s)^a.{3}b$`, []byte("a\n\xe2\x84b"))
	f.Fuzz(func(t *testing.T, text string, b []byte) {
		if _, err := syntax.Parse(text, syntax.Perl); err != nil || len(text) > 200 {
			return
		}
		p, err := Compile(text)
		if err != nil {
			return
		}
		if got, want := p.Match(b), p.Regexp.Match(b); got != want {
			t.Errorf("%q on %q: %v, the regular expression says %v", text, b, got, want)
		} else if texts := Texts(p); want && texts != nil && !slices.ContainsFunc(texts, func(t string) bool { return bytes.Contains(folded(b), folded([]byte(t))) }) {
			t.Errorf("%q matches %q, which has none of %q", text, b, texts)
		}
	})
}

// folded is a text with ASCII's letters in lower case.
func folded(text []byte) []byte {
	out := bytes.Clone(text)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c + 0x20
		}
	}
	return out
}

func BenchmarkMay(b *testing.B) {
	p, err := Compile(`(?i)\bcard_number\b`)
	if err != nil {
		b.Fatal(err)
	}
	text := []byte(strings.Repeat("SELECT c FROM sbtest1 WHERE id=5006 ", 5))
	for b.Loop() {
		if p.Match(text) {
			b.Fatal("matched")
		}
	}
}

// Whatever a pattern matches has one of its texts, in any case of ASCII letters.
func TestTexts(t *testing.T) {
	for _, c := range []struct {
		patterns []string
		want     []string
	}{
		{[]string{`(?i)\bcard_number\b`}, []string{"card_number"}},
		{[]string{`(?i)task`}, []string{"task", kelvin, longS}},
		{[]string{`Task`}, []string{"Task"}},
		{[]string{`(?i)from (orders|old_orders)`, `(?i)hint`}, []string{"from ", "hint"}}, // package regexp/syntax has taken the o out
		{[]string{`(?i)hint`, `\d+`}, nil},
		{[]string{`(?i)hint`, `(?i)hint`}, []string{"hint"}},
	} {
		var patterns []*Pattern
		for _, text := range c.patterns {
			p, err := Compile(text)
			if err != nil {
				t.Fatal(err)
			}
			patterns = append(patterns, p)
		}
		if got := Texts(patterns...); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.patterns, got, c.want)
		}
	}
	if got := Texts(nil); got != nil {
		t.Errorf("no pattern: %q", got)
	}
}
