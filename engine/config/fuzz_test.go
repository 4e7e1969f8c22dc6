package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// FuzzLoad checks that any text is either taken whole or refused with errors
// that have a problem and a line inside of the file, and that the index of
// positions knows every key that the TOML library found.
func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("testdata/bad/*.toml")
	for _, file := range append(files, "../../config.toml") {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, text := range awkward {
		f.Add(text)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "_file") || strings.Contains(text, "..") {
			return // no reading of this machine's files by chance
		}
		c, err := LoadBytes(filepath.Join(dir, "fuzz.toml"), []byte(text))
		if (c == nil) == (err == nil) {
			t.Fatalf("Config %v and error %v", c, err)
		}
		lines := 1 + strings.Count(text, "\n")
		var errs *Errors
		if err != nil && !errors.As(err, &errs) {
			t.Fatalf("error of another type: %v", err)
		}
		if errs != nil {
			for _, e := range *errs {
				if e.Problem == "" || e.Line < 0 || e.Line > lines {
					t.Fatalf("bad error in a text of %d lines: %+v", lines, e)
				}
			}
		}
		checkIndex(t, text)
	})
}

func checkIndex(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		return // refused before anything looks at it
	}
	text = strings.TrimPrefix(text, "\ufeff")
	values := make(map[string]any)
	if _, err := toml.Decode(text, &values); err != nil {
		index("", text) // must end, and not panic
		return
	}
	compare(t, "", values, index("", text), text)
}

// compare checks that there is a position for every key and every table in a list.
func compare(t *testing.T, path string, v any, p *position, text string) {
	t.Helper()
	if p == nil || p.line < 1 || p.line > 1+strings.Count(text, "\n") {
		t.Fatalf("no position for %q in %q", path, text)
	}
	switch v := v.(type) {
	case map[string]any:
		if len(p.keys) != len(v) {
			t.Fatalf("%q has %d keys and %d positions in %q", path, len(v), len(p.keys), text)
		}
		for k, child := range v {
			compare(t, path+"."+k, child, p.keys[k], text)
		}
	case []map[string]any:
		for i, child := range v {
			compare(t, path+"[]", child, p.item(i), text)
		}
	case []any:
		if len(v) != len(p.items) {
			t.Fatalf("%q has %d items and %d positions in %q", path, len(v), len(p.items), text)
		}
		for i, child := range v {
			compare(t, path+"[]", child, p.items[i], text)
		}
	}
}

// awkward is TOML that a scanner can stumble over.
var awkward = []string{
	"a.b.c = 1\na.\"b\".d = 2\n'x y' = 3\n\"\\u0041\" = 4",
	"[a.b]\nc = 1\n[a]\nd = 2\n[a.b.e]",
	"[[a]]\nb = 1\n[a.c]\nd = 2\n[[a]]\n[[a.e]]\n[[a.e]]\nf = 1",
	"s = \"\"\"\n[not.a.table]\nx = 1 \\\"\"\" # \"\"\"\"\"\nt = '''it's ''''\nu = 1",
	"a = [ # one\n [1, 2], # ]\n {x = 1, y.z = \"}\"}, # two\n]\nb = {}\nc = []",
	"a = { b = [ { c = 1 }, { d = '}' } ], e = \"#\" }",
	"d = 1979-05-27 07:32:00\nf = 1e10\ng = -inf\nh = 0xff\r\ni = true # yes\r\n",
	"a = {\n b = 1, # c\n d = 2,\n}\n",
	" [ a . 'b.c' ] # x\n\"\" = 1\n",
	"a = \"\\\\\"\nb = 'c\\'\nd = \"\\\"\"",
}

func TestIndexOfAwkwardTexts(t *testing.T) {
	for _, text := range awkward {
		values := make(map[string]any)
		if _, err := toml.Decode(text, &values); err != nil {
			t.Errorf("%q is not TOML: %v", text, err)
		}
		checkIndex(t, text)
	}
}
