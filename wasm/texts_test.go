package wasm

import (
	"bytes"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

func texts(t testing.TB, list ...string) *Texts {
	t.Helper()
	var p []byte
	for _, text := range list {
		p = append(append(p, byte(len(text))), text...)
	}
	out, err := listed(string(p))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// listed reads a list as it is in a guest's memory.
func listed(list string) (*Texts, error) {
	return readTexts([]byte("\x00"+list), 1, uint32(len(list)))
}

func TestTexts(t *testing.T) {
	for _, c := range []struct {
		texts string
		sql   string
		want  bool
	}{
		{"card", "SELECT card FROM t", true},
		{"card", "SELECT CARD_number FROM t", true},
		{"CaRd", "select card", true},
		{"card", "SELECT car d FROM t", false},
		{"card", "car", false},
		{"card", "", false},
		{"card", "card", true},
		{"aab", "aaaaaab", true},
		{"x,yes", "no", false},
		{"x,yes", "noX", true},
		{"x,yes", "ye", false},
		{"@`[", "a@`[b", true},
		{"@`[", "a`@{b", false}, // as letters of another case would be
		{"\u212a", "a \u212a", true},
		{"\u212a", "a k", false},
		{"\u212a", "a \u212b", false}, // the last byte counts too
	} {
		if got := texts(t, strings.Split(c.texts, ",")...).In([]byte(c.sql)); got != c.want {
			t.Errorf("%q in %q: %v", c.texts, c.sql, got)
		}
	}
	if none := (*Texts)(nil); !none.In(nil) || !none.In([]byte("x")) {
		t.Error("no texts: something was kept from the filter")
	}
}

func TestTextsMessages(t *testing.T) {
	for p, want := range map[string]string{
		"\x00":                                  "a text of 0 bytes",
		"\x05abcd":                              "within their 4 bytes",
		"\x21" + strings.Repeat("a", 33):        "1 to 32",
		strings.Repeat("\x01a", abi.MaxTexts+1): "33 texts, more than 32",
		strings.Repeat("\x01a", 999):            "1998 bytes of texts, more than 32 texts of 32 bytes have",
	} {
		if _, err := listed(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", p, err, want)
		}
	}
}

func TestTextsOutside(t *testing.T) {
	for _, at := range []struct{ ptr, size uint32 }{{0, 2}, {9, 2}, {10, 1}, {0xFFFFFFFF, 2}} {
		if _, err := readTexts(make([]byte, 10), at.ptr, at.size); err == nil || !strings.Contains(err.Error(), "outside the plugin's 10 bytes") {
			t.Errorf("%d bytes at %#x: %v", at.size, at.ptr, err)
		}
	}
	if texts, err := readTexts(nil, 0xFFFFFFFF, 0); texts != nil || err != nil {
		t.Errorf("no texts: %v, %v", texts, err)
	}
}

// A statement made so that comparing takes long is left to the filter.
func TestTextsTakeLinearTime(t *testing.T) {
	text := strings.Repeat("a", abi.MaxText-2) + "ba"
	if !texts(t, text).In(bytes.Repeat([]byte("a"), 1<<20)) {
		t.Error("all was compared: the effort has no bound")
	}
	if texts(t, text).In(bytes.Repeat([]byte("ca"), 1<<20)) {
		t.Error("found, and is not there")
	}
}

func FuzzTexts(f *testing.F) {
	f.Add("\x04card\x02No", []byte("SELECT card_number"))
	f.Add("\x01a", []byte("A"))
	f.Add("\x03aab\x05babab", []byte("aaabababab"))
	f.Fuzz(func(t *testing.T, list string, sql []byte) {
		texts, err := listed(list)
		if err != nil || texts == nil {
			return
		}
		has := false
		for _, text := range texts.list {
			has = has || bytes.Contains(ascii(sql), []byte(text))
		}
		if got := texts.In(sql); has && !got {
			t.Errorf("%q is in %q and was not found", texts.list, sql)
		} else if got && !has && len(sql) < 1000 && len(texts.list) == 1 && len(texts.list[0]) < effort {
			t.Errorf("%q was found in %q", texts.list, sql)
		}
	})
}

func ascii(b []byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		out[i] = lower(c)
	}
	return out
}

func BenchmarkTexts(b *testing.B) {
	for name, sql := range map[string]string{
		"point": "SELECT c FROM sbtest1 WHERE id=5006",
		"2KiB":  "SELECT c FROM sbtest1 WHERE id IN (5006" + strings.Repeat(", 123456789", 182) + ")",
	} {
		b.Run(name, func(b *testing.B) {
			t, text := texts(b, "card_number"), []byte(sql)
			b.ReportAllocs()
			for b.Loop() {
				if t.In(text) {
					b.Fatal("found")
				}
			}
		})
	}
}
