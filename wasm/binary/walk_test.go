package binary

import (
	"errors"
	"os"
	"testing"
)

// TestSections puts a module together again from its sections, and takes ones
// apart that end too early.
func TestSections(t *testing.T) {
	code, err := os.ReadFile("../../cmd/penstock/modules/builtin.wasm")
	if err != nil {
		t.Fatalf("%v: `make plugins` builds it", err)
	}
	again, names := []byte(header), map[string]bool{}
	for s, err := range Sections(code) {
		if err != nil {
			t.Fatal(err)
		}
		again = append(again, s.Whole...)
		names[s.Name] = true
	}
	if string(again) != string(code) || !names["name"] || !names["penstock.plugins"] {
		t.Errorf("%d of %d bytes; custom sections %v", len(again), len(code), names)
	}
	for text, fails := range map[string]bool{
		"": true, header[:7]: true, "\x00asm\x0d\x00\x01\x00": true, header: false,
		header + "\x01":                         true,
		header + "\x01\x01":                     true,
		header + "\x01\x00":                     false,
		header + "\x00\x00":                     true, // no name
		header + "\x00\x02\x02a":                true, // a name that is longer than its section
		header + "\x00\x02\x01a":                false,
		header + "\x01\x80\x80\x80\x80\x80\x00": true, // more than 32 bits
	} {
		var broken *Error
		for _, err := range Sections([]byte(text)) {
			errors.As(err, &broken)
		}
		if (broken != nil) != fails {
			t.Errorf("%q: %v", text, broken)
		}
	}
}
