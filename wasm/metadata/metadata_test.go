package metadata

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/docs"
)

// document wraps a schema.
func document(schema string) string {
	return `{"version": "1.2.0", "author": "A. Nybody", "license": "MIT", "plugins": {"mask": {"description": "hides columns", "options": ` + schema + `}}}`
}

func module(content string) []byte {
	code, err := Replace([]byte(header), []byte(content))
	if err != nil {
		panic(err)
	}
	return code
}

func TestSection(t *testing.T) {
	// A custom section of another name before, a type section behind.
	plain := []byte(header + "\x00\x04\x01abc\x01\x01\x00")
	first, err := Replace(plain, []byte(document(`{}`)))
	if err != nil {
		t.Fatal(err)
	}
	m, err := Read(first)
	if err != nil || m.Version != "1.2.0" || m.Author != "A. Nybody" || m.License != "MIT" || m.Plugin("").Description != "hides columns" {
		t.Fatalf("%+v, %v", m, err)
	}
	second, err := Replace(first, []byte(`{"plugins": {"other": {}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := Read(second); err != nil || !slices.Equal(m.Names(), []string{"other"}) {
		t.Errorf("%+v, %v", m, err)
	}
	if back, err := Replace(second, nil); err != nil || !bytes.Equal(back, plain) {
		t.Errorf("%q, %v", back, err)
	}
	if m, err := Read(plain); m != nil || err != nil {
		t.Errorf("a module that says nothing: %+v, %v", m, err)
	}
	if _, err := Read(append(second, second[len(plain):]...)); err == nil || !strings.Contains(err.Error(), "more than one section") {
		t.Errorf("two sections: %v", err)
	}
	for _, broken := range []string{"", "\x00asm", header + "\x00", header + "\x00\x7f", header + "\x00\x02\x05a", header + "\x00\xff\xff\xff\xff\xff\x01", "\x00asm\x0d\x00\x01\x00"} {
		if m, err := Read([]byte(broken)); m != nil || err != nil {
			t.Errorf("%q: %+v, %v", broken, m, err)
		}
		if _, err := Replace([]byte(broken), []byte("{}")); err == nil {
			t.Errorf("%q: a section was put into it", broken)
		}
	}
}

// The example in docs/abi.md is one.
func TestDocument(t *testing.T) {
	example := docs.Blocks(t)[0].Text()
	m, err := Decode([]byte(example + "\x00\x00"))
	if err != nil {
		t.Fatal(err)
	}
	p := m.Plugin("mask")
	given, defaults := p.Examples()
	if len(given) != 1 || len(defaults) != 2 {
		t.Fatalf("%q, %q", given, defaults)
	}
	for _, e := range append(given, defaults...) {
		if problems := p.Check(e.Options); problems != nil {
			t.Errorf("%s: %v", e.Where, problems)
		}
	}
	content, err := Merge([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Decode(content); err != nil || again.Version != m.Version {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestDecodeErrors(t *testing.T) {
	long := strings.Repeat("x", maxText+1)
	for _, c := range [][2]string{
		{``, "it is not JSON"},
		{`{`, "it is not JSON"},
		{`[]`, "the document is a JSON array"},
		{`{"plugins": {"a": {}}} {}`, "written into the module twice"},
		{`{"plugins": {}}`, "plugins has 0 members"},
		{`{"plugins": {"a b": {}}}`, `"a b"`},
		{`{"version": 1, "plugins": {"a": {}}}`, "version is a JSON number"},
		{`{"version": "1\n2", "plugins": {"a": {}}}`, "control characters"},
		{`{"author": "` + long + `", "plugins": {"a": {}}}`, "author has 501 bytes"},
		{`{"plugins": {"a": {"description": "\u001b[2J"}}}`, "plugins.a.description has"},
		{`{"x": ` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `, "plugins": {"a": {}}}`, "nested more deeply"},
		{`{"plugins": {"a": {"options": {"minimum": 1e999999999}}}}`, "out of range"},
		{`{"plugins": {"a": {"options": {"minimum": 1e-999999999}}}}`, "out of range"},
		{strings.Repeat(" ", MaxSize+1), "more than 262144"},
		{document(`7`), "plugins.mask.options: it is no JSON Schema"},
		{document(`{"type": "strnig"}`), "it is no JSON Schema"},
		{document(`{"properties": {"a": {"pattern": "("}}}`), "it is no JSON Schema"},
		{document(`{"$schema": "http://json-schema.org/draft-07/schema#"}`), "draft-07"},
		{document(`{"$ref": "file:///etc/passwd"}`), "its own #/$defs/NAME only"},
		{document(`{"properties": {"a": {"$ref": "#/$defs/none"}}}`), "which does not exist"},
		{document(`{"$ref": "#/$defs/a%2Fb", "$defs": {"a%2Fb": {}}}`), "its own #/$defs/NAME only"},
		{document(`{"$defs": {"a": {"items": {"$ref": "#/$defs/b"}}, "b": {"$ref": "#/$defs/a"}}}`), "refers to itself"},
		{document(`{"items": {"$dynamicRef": "#x"}}`), "$dynamicRef is not allowed"},
		{document(`{"dependencies": {"a": {"$ref": "#"}}}`), "dependencies is not allowed"},
		{document(doubling(20)), "more than 10000 schemas"},
	} {
		_, err := Decode([]byte(c[0]))
		if err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%.80s\n%v, want %q", c[0], err, c[1])
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("more than one line: %q", err)
		}
	}
	if _, err := Decode([]byte(document(doubling(10)))); err != nil {
		t.Error(err)
	}
}

// doubling is a schema whose size is two to the power of n.
func doubling(n int) string {
	var defs []string
	for i := range n {
		defs = append(defs, fmt.Sprintf(`"d%d": {"allOf": [{"$ref": "#/$defs/d%d"}, {"$ref": "#/$defs/d%d"}]}`, i, i+1, i+1))
	}
	return fmt.Sprintf(`{"$ref": "#/$defs/d0", "$defs": {%s, "d%d": {}}}`, strings.Join(defs, ", "), n)
}

func TestLaterVersionsMayAdd(t *testing.T) {
	m, err := Decode([]byte(`{"homepage": {"x": 1}, "plugins": {"a": {"icon": "…"}, "b": {"options": {"x-ours": 1}}}}`))
	if err != nil || m.Plugin("b") == nil || m.Plugin("") != nil || m.Plugin("c") != nil {
		t.Errorf("%+v, %v", m, err)
	}
}

// schema is one with everything that has a message of its own.
const schema = `{
	"type": "object", "additionalProperties": false, "required": ["match"],
	"properties": {
		"match": {"type": "string", "minLength": 1, "description": "the regular expression to look for"},
		"max_rows": {"type": "integer", "minimum": 0, "maximum": 100, "default": 10},
		"least": {"type": "integer", "minimum": 1},
		"format": {"enum": ["csv", "json"], "default": "csv"},
		"wait": {"type": "string", "format": "penstock-duration", "default": "250ms"},
		"size": {"type": ["integer", "string"], "format": "penstock-size", "minimum": 0},
		"user": {"type": ["array", "string"], "items": {"type": "string"}, "description": "only these"},
		"fields": {"type": ["array", "string"], "items": {"enum": ["date", "user"]}},
		"rules": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/rule"}},
		"key": {"type": "string", "pattern": "^[a-z]+$", "writeOnly": true},
		"secret": {"enum": ["x"], "writeOnly": true},
		"either": {"anyOf": [{"type": "boolean"}, {"enum": ["auto", "off"]}]},
		"log": {"type": "boolean", "default": false},
		"gone": false
	},
	"patternProperties": {"^target[0-9]+$": {"type": "string", "title": "target1 …"}},
	"$defs": {"rule": {"type": "object", "additionalProperties": false, "required": ["name"], "properties": {"name": {"type": "string"}}}}
}`

func TestCheck(t *testing.T) {
	m, err := Decode([]byte(document(schema)))
	if err != nil {
		t.Fatal(err)
	}
	p := m.Plugin("mask")
	for _, c := range []struct {
		options string
		want    string // one problem a line, its path before it
	}{
		{`{"match": "x", "format": "CSV", "either": "AUTO", "size": "64KiB", "wait": "1m30s", "user": "a, b", "fields": ["Date"], "target7": "x"}`, ``},
		{`{"match": "x", "either": true, "size": 7, "rules": [{"name": "a"}]}`, ``},
		{`{"mtch": "x"}`, `[mtch] unknown option "mtch"; did you mean "match"?`},
		{`{"mtch": "x", "rules": [{"nme": "a"}, {}]}`, `[mtch] unknown option "mtch"; did you mean "match"?
[rules 0 nme] unknown option "rules[1].nme"; did you mean "name"?
[rules 1 name] option "rules[2].name" is required`},
		{`{}`, `[match] option "match" is required: the regular expression to look for`},
		{`{"match": "", "zzzzzzz": 1}`, `[match] option "match" must not be empty
[zzzzzzz] unknown option "zzzzzzz"; allowed: either, fields, format, gone, key, least, log, match, max_rows, rules, secret, size, user, wait, target1 …`},
		{`{"match": 7}`, `[match] option "match" must be a string, not 7`},
		{`{"match": "x", "max_rows": 101, "least": 0}`, `[least] option "least" must be a whole number of at least 1, not 0
[max_rows] option "max_rows" must be a whole number from 0 to 100, not 101`},
		{`{"match": "x", "max_rows": "5"}`, `[max_rows] option "max_rows" must be a whole number from 0 to 100, not a string`},
		{`{"match": "x", "format": "jsno"}`, `[format] option "format" must be one of csv, json, not "jsno"; did you mean "json"?`},
		{`{"match": "x", "wait": 5, "size": "12x"}`, `[size] option "size" must be a number of bytes, such as 65536, "64KiB" or "1MB", not "12x"
[wait] option "wait" must be a duration with a unit, such as "250ms", "5s" or "1m", not 5`},
		{`{"match": "x", "wait": "-5s", "size": -1}`, `[size] option "size" must be a number of bytes, such as 65536, "64KiB" or "1MB", not -1
[wait] option "wait" must be a duration with a unit, such as "250ms", "5s" or "1m", not "-5s"`},
		{`{"match": "x", "user": 1, "fields": ["date", "usr"]}`, `[fields 1] option "fields[2]" must be one of date, user, not "usr"; did you mean "user"?
[user] option "user" must be a list of strings, not 1`},
		{`{"match": "x", "rules": [{"name": "a"}, {"nme": 1}]}`, `[rules 1 nme] unknown option "rules[2].nme"; did you mean "name"?`},
		{`{"match": "x", "rules": []}`, `[rules] option "rules" must not be an empty list`},
		{`{"match": "x", "rules": {}}`, `[rules] option "rules" must be a list, not a table`},
		{`{"match": "x", "key": "Geheim", "secret": "geheim"}`, `[key] option "key" must match ^[a-z]+$
[secret] option "secret" must be one of x`},
		{`{"match": "x", "either": "of"}`, `[either] option "either" must be one of auto, off, not "of"; did you mean "off"?`},
		{`{"match": "x", "either": 1}`, `[either] option "either" must be one of auto, off, not 1`},
		{`{"match": "x", "gone": 1, "log": "yes"}`, `[gone] option "gone" is not allowed here
[log] option "log" must be true or false, not a string`},
	} {
		var got []string
		for _, problem := range p.Check([]byte(c.options)) {
			got = append(got, fmt.Sprint(problem.Path)+" "+problem.String())
		}
		if text := strings.Join(got, "\n"); text != c.want {
			t.Errorf("%s\ngot:\n%s\nwant:\n%s", c.options, text, c.want)
		}
	}
}

func TestNothingIsChecked(t *testing.T) {
	m, err := Decode([]byte(`{"plugins": {"a": {}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var none *Module
	for _, p := range []*Plugin{m.Plugin("a"), none.Plugin("a")} {
		if got := p.Check([]byte(`{"x": 1}`)); got != nil || p.Options() != nil {
			t.Errorf("%v, %v", got, p.Options())
		}
	}
}

func TestOptions(t *testing.T) {
	m, err := Decode([]byte(document(schema)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range m.Plugin("").Options() {
		got = append(got, fmt.Sprint(o.Name, " ", o.Type, " ", o.Default, " ", o.Required, " ", o.Words))
	}
	want := []string{"either any <nil> false []", "fields list <nil> false [date user]", "format enum csv false [csv json]", "gone any <nil> false []",
		"key string <nil> false []", "least count <nil> false []", "log bool false false []", "match string <nil> true []", "max_rows count 10 false []",
		"rules list <nil> false []", "secret enum <nil> false [x]", "size size <nil> false []", "user list <nil> false []", "wait duration 250ms false []",
		"target1 … string <nil> false []"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
