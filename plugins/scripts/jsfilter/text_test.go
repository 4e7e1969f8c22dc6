package main

import (
	"testing"

	"github.com/dop251/goja"
)

// FuzzText has any bytes be a string of JavaScript and bytes again.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a", "é😀", "\xff", "a\xe9b", "\xed\xa0\x80", "\xf0\x9f\x98", "\x80\xed\xb2\x80", "é\xe9😀\x00"} {
		f.Add(s)
	}
	l := newLanguage()
	f.Fuzz(func(t *testing.T, s string) {
		text, ok := l.text(s).(goja.String)
		if !ok {
			t.Fatalf("%q is no string", s)
		}
		if got := textOf(text); got != s {
			t.Errorf("%q became %q", s, got)
		}
	})
}
