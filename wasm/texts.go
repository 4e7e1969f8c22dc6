package wasm

import (
	"fmt"

	"github.com/penstock-db/penstock/wasm/abi"
)

// Texts are texts of which a statement must have one, in any case of ASCII
// letters, for a filter to be asked about it. Most filters look for something
// that nearly no statement has, and finding that out here costs less than the
// call. A nil *Texts lets every statement through.
//
// It is Horspool's search for all texts at once: skip says how far the window
// can move when it ends with a byte.
type Texts struct {
	list  []string // lower case
	least int      // length of the shortest, and of the window
	skip  [256]uint8
}

// readTexts reads the list at ptr in the guest's memory: a byte with the length
// before each text.
func readTexts(memory []byte, ptr, size uint32) (*Texts, error) {
	switch {
	case size == 0:
		return nil, nil
	case size > abi.MaxTexts*(1+abi.MaxText):
		return nil, fmt.Errorf("%d bytes of texts, more than %d texts of %d bytes have", size, abi.MaxTexts, abi.MaxText)
	case ptr == 0 || uint64(ptr)+uint64(size) > uint64(len(memory)):
		return nil, fmt.Errorf("texts at %#x, %d bytes, are outside the plugin's %d bytes of memory", ptr, size, len(memory))
	}
	p := memory[ptr:][:size]
	t := &Texts{least: abi.MaxText}
	for len(p) > 0 {
		n := int(p[0])
		if n == 0 || n > abi.MaxText || n > len(p)-1 {
			return nil, fmt.Errorf("a text of %d bytes among its texts; it must have 1 to %d and be within their %d bytes", n, abi.MaxText, len(p)-1)
		}
		text := make([]byte, n)
		for i, c := range p[1 : 1+n] {
			text[i] = lower(c)
		}
		t.list = append(t.list, string(text))
		t.least = min(t.least, n)
		p = p[1+n:]
	}
	if len(t.list) > abi.MaxTexts {
		return nil, fmt.Errorf("%d texts, more than %d", len(t.list), abi.MaxTexts)
	}
	for c := range t.skip {
		t.skip[c] = uint8(t.least)
	}
	for _, text := range t.list {
		for i := range t.least {
			c, step := text[i], uint8(t.least-1-i)
			t.skip[c] = min(t.skip[c], step)
			t.skip[upper(c)] = min(t.skip[upper(c)], step)
		}
	}
	return t, nil
}

// effort bounds the bytes that are compared for each byte of a statement.
const effort = 4

// In reports whether the statement may have one of the texts. False is certain.
// It takes linear time: where a statement is made so that comparing takes long,
// the filter, whose time is limited, may see for itself.
func (t *Texts) In(sql []byte) bool {
	if t == nil {
		return true
	}
	budget := effort*len(sql) + abi.MaxText
	for end := t.least - 1; end < len(sql); {
		if step := int(t.skip[sql[end]]); step > 0 {
			end += step
			continue
		}
		rest := sql[end-t.least+1:]
		for _, text := range t.list {
			same := begins(rest, text)
			if same == len(text) {
				return true
			}
			budget -= same + 1
		}
		if budget < 0 {
			return true
		}
		end++
	}
	return false
}

// begins returns how many bytes of text, which is in lower case, sql begins with.
func begins(sql []byte, text string) int {
	for i := 0; i < len(text); i++ { // bytes: range would go by characters
		if i == len(sql) || lower(sql[i]) != text[i] {
			return i
		}
	}
	return len(text)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}
