package metadata

import (
	"bytes"
	"testing"
)

// header is how a module begins.
const header = "\x00asm\x01\x00\x00\x00"

// FuzzRead takes modules: nothing in one may make reading it fail in another way
// than with an error, and what is put in comes out.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{header, header + "\x00\x04\x01abc\x01\x01\x00", header + "\x00\xff", string(module(document(schema))),
		string(module(`{"plugins": {"a": {}}}`)), string(module(`{`))} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		m, err := Read(code)
		if m != nil && (err != nil || len(m.Plugins) == 0) {
			t.Fatalf("%+v, %v", m, err)
		}
		content := []byte(`{"plugins": {"a": {}}}`)
		with, err := Replace(code, content)
		if err != nil {
			return
		}
		if got, err := Section(with); err != nil || !bytes.Equal(got, content) {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

// FuzzSchema takes a schema and options: whatever it is, checking ends, and what
// is found has a text.
func FuzzSchema(f *testing.F) {
	f.Add(schema, `{"match": "x", "rules": [{"nme": 1}], "fields": "a"}`)
	f.Add(doubling(3), `{}`)
	f.Add(`{"anyOf": [{"required": ["a"]}, {"oneOf": [true, {"not": {}}]}], "unevaluatedProperties": false}`, `{"b": [1, null]}`)
	f.Add(`{"if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}, "propertyNames": {"maxLength": 2}}`, `{"a": 1, "ccc": 1e5}`)
	f.Fuzz(func(t *testing.T, schema, options string) {
		m, err := Decode([]byte(document(schema)))
		if err != nil {
			return
		}
		p := m.Plugin("mask")
		for _, problem := range p.Check([]byte(options)) {
			if problem.Text == "" {
				t.Fatalf("%s: a problem without a text", schema)
			}
		}
		for _, o := range p.Options() {
			if o.Type == "" {
				t.Fatalf("%+v", o)
			}
		}
		if given, _ := p.Examples(); len(given) == 0 {
			t.Fatal("there is always an example")
		}
	})
}
