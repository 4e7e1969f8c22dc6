package sdk

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

// A string that was written is read as the same, wherever in it something
// special stands.
func TestAppendJSONString(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{`"`, `\`, "\n", "\r", "\t", "\x00", "\x1f", "\x7f", "é", "\U0001F600", "\xff", "\xe2\x84", " ", "!", "#", "[", "]", "~", "a", "abcdefgh", "0123456789"}
	for range 20_000 {
		var b strings.Builder
		for range random.IntN(10) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		text := AppendJSONString([]byte("x"), []byte(b.String()))[1:]
		var got string
		if err := json.Unmarshal(text, &got); err != nil || got != string([]rune(b.String())) {
			t.Fatalf("%q is %s, which reads as %q: %v", b.String(), text, got, err)
		}
		for _, c := range text {
			if c < ' ' || c == 0x7f {
				t.Fatalf("%q is %q", b.String(), text)
			}
		}
	}
	for i := range 24 {
		for c := range 256 {
			s := []byte(strings.Repeat("a", 24))
			s[i] = byte(c)
			want := 24
			if c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
				want = i
			}
			if n := plain(s); n != want {
				t.Fatalf("plain of %q: %d, want %d", s, n, want)
			}
		}
	}
}
