package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/metadata"
)

var update = flag.Bool("update", false, "write the tables of options in the plugins' README.md anew")

// plugins are the folders of all that are in this module, by name.
func plugins(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../[fr]*s/*/plugin.json") // filters, routers
	if err != nil || len(files) < 8 {
		t.Fatal(files, err)
	}
	list := map[string]string{}
	for _, f := range files {
		list[filepath.Base(filepath.Dir(f))] = filepath.Dir(f)
	}
	return list
}

// described reads what a plugin says of itself: as the host understands it, and
// its schema as it is written.
func described(t *testing.T, dir string) (*metadata.Plugin, object) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "plugin.json"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := metadata.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(dir)
	if !slices.Equal(m.Names(), []string{name}) {
		t.Fatalf("plugin.json is about %q", m.Names())
	}
	var doc struct {
		Plugins map[string]struct{ Options json.RawMessage }
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	schema := object{}
	d := json.NewDecoder(bytes.NewReader(doc.Plugins[name].Options))
	if err := schema.read(d); err != nil {
		t.Fatal(err)
	}
	return m.Plugin(name), schema
}

// object is a JSON object, a schema among them. Its names are under the key
// order as they are written.
type object map[string]any

const order = "order of names"

// read decodes an object.
func (o object) read(d *json.Decoder) error {
	if t, err := d.Token(); t != json.Delim('{') || err != nil {
		return fmt.Errorf("%v where an object should begin: %w", t, err)
	}
	var names []string
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			return err
		}
		if _, isObject := value.(map[string]any); isObject {
			inner := object{}
			if err := inner.read(json.NewDecoder(bytes.NewReader(raw))); err != nil {
				return err
			}
			value = inner
		}
		names = append(names, name.(string))
		o[name.(string)] = value
	}
	o[order] = names
	return nil
}

func (o object) child(key string) object {
	c, _ := o[key].(object)
	return c
}

// names are those that are written.
func (o object) names() []string {
	names, _ := o[order].([]string)
	return names
}

// What a plugin's schema says and what its code reads are the same: names,
// types, words, bounds and defaults.
func TestSchemaAndCodeAgree(t *testing.T) {
	for name, dir := range plugins(t) {
		t.Run(name, func(t *testing.T) {
			plugin, schema := described(t, dir)
			given, _ := plugin.Examples()
			read := map[string]bool{} // pointers of properties
			for _, e := range given {
				for _, r := range sdktest.Reads(t, name, string(e.Options)) {
					at, property := find(schema, r)
					if property == nil {
						t.Errorf("%s: the code reads %s%s, which the schema does not have", e.Where, r.Path, r.Name)
						continue
					}
					read[at] = true
					agree(t, at, property, r)
				}
			}
			for _, at := range properties("", schema) {
				if !read[at] {
					t.Errorf("the schema has %s, which the code does not read with any of the examples", at)
				}
			}
		})
	}
}

var item = regexp.MustCompile(`\[\d+\]\.$`)

// find returns the property that a reading is about.
func find(schema object, r sdktest.Read) (at string, property object) {
	if table := item.ReplaceAllString(r.Path, ""); table != "" {
		at = table + "."
		schema = schema.child("properties").child(table).child("items")
	}
	if p := schema.child("properties").child(r.Name); p != nil {
		return at + r.Name, p
	}
	for _, pattern := range schema.child("patternProperties").names() {
		if regexp.MustCompile(pattern).MatchString(r.Name) {
			return at + pattern, schema.child("patternProperties").child(pattern)
		}
	}
	return "", nil
}

// properties lists what a schema has, tables in lists included.
func properties(at string, schema object) (list []string) {
	for _, keyword := range []string{"properties", "patternProperties"} {
		for _, name := range schema.child(keyword).names() {
			list = append(list, at+name)
			list = append(list, properties(at+name+".", schema.child(keyword).child(name).child("items"))...)
		}
	}
	return list
}

// agree compares one property with a reading of it.
func agree(t *testing.T, at string, p object, r sdktest.Read) {
	t.Helper()
	check := func(keyword string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the schema's %s is %v, the code's %v", at, keyword, got, want)
		}
	}
	sorted := func(list any) (words []string) {
		items, _ := list.([]any)
		for _, w := range items {
			words = append(words, fmt.Sprint(w))
		}
		slices.Sort(words)
		return words
	}
	words := slices.Sorted(slices.Values(r.Words))
	number := func(n int64, none int64) any {
		if n == none {
			return nil
		}
		return float64(n)
	}
	list := []any{"array", "string"}
	switch def := p["default"]; r.Kind {
	case "string":
		check("type", p["type"], "string")
		check("format", p["format"], nil)
		if def != nil || r.Text != "" {
			check("default", def, r.Text)
		}
	case "bool":
		check("type", p["type"], "boolean")
		check("default", def, r.Number == 1)
	case "int":
		check("type", p["type"], "integer")
		check("minimum", p["minimum"], number(r.Lo, math.MinInt64))
		check("maximum", p["maximum"], number(r.Hi, math.MaxInt64))
		if def != nil || r.Number >= r.Lo && r.Number <= r.Hi { // a required one has a default that is not allowed
			check("default", def, float64(r.Number))
		}
	case "enum":
		check("enum", sorted(p["enum"]), words)
		if def != nil || r.Text != "" {
			check("default", def, r.Text)
		}
	case "set":
		check("type", p["type"], list)
		check("items", sorted(p.child("items")["enum"]), words)
	case "strings":
		check("type", p["type"], list)
		check("items", p.child("items")["type"], "string")
	case "duration":
		check("format", p["format"], "penstock-duration")
		if def != nil || r.Number > 0 {
			d, err := time.ParseDuration(fmt.Sprint(def))
			check("default", d, time.Duration(r.Number))
			check("default", err, nil)
		}
	case "size":
		check("type", p["type"], []any{"integer", "string"})
		check("format", p["format"], "penstock-size")
		check("default", strings.TrimSuffix(fmt.Sprint(def), "KiB"), fmt.Sprint(r.Number>>10))
	case "tables":
		check("type", p["type"], "array")
		check("items", p.child("items")["type"], "object")
	default:
		t.Errorf("%s: nobody compares the kind %s", at, r.Kind)
	}
	if _, there := p["description"]; !there {
		t.Errorf("%s has no description", at)
	}
}

// What the schema requires the plugin does not start without; and every default
// makes the same of it as leaving the option out.
func TestRequiredAndDefaults(t *testing.T) {
	for name, dir := range plugins(t) {
		t.Run(name, func(t *testing.T) {
			plugin, schema := described(t, dir)
			given, defaults := plugin.Examples()
			for _, e := range defaults {
				if problems := plugin.Check(e.Options); problems != nil {
					t.Errorf("%s: %v", e.Where, problems)
				}
				if !reflect.DeepEqual(sdktest.State(t, name, string(e.Options)), sdktest.State(t, name, without(t, given[0].Options, e.Option))) {
					t.Errorf("%s is not what the plugin takes if it is left out", e.Where)
				}
			}
			required, _ := schema["required"].([]any)
			for _, r := range required {
				less := without(t, given[0].Options, r.(string))
				message := sdktest.InitError(t, less, func(h *sdktest.Host) { h.Plugin = name })
				if want := fmt.Sprintf("%q is required", r); !strings.Contains(message, want) {
					t.Errorf("without %s the plugin says: %s", r, message)
				}
			}
		})
	}
}

// without takes an option away.
func without(t *testing.T, options []byte, name string) string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(options, &all); err != nil {
		t.Fatal(err)
	}
	delete(all, name)
	less, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(less)
}

// The tables of options in a plugin's README are the schema's.
func TestReadmeHasTheOptions(t *testing.T) {
	for name, dir := range plugins(t) {
		file := filepath.Join(dir, "README.md")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, schema := described(t, dir)
		want := replaceTable(t, string(text), "## Options", table("option", schema))
		for _, option := range schema.child("properties").names() {
			if items := schema.child("properties").child(option).child("items"); items.child("properties") != nil {
				want = replaceTable(t, want, "### Each of `"+option+"`", table("key", items))
			}
		}
		if want == string(text) {
			continue
		}
		if !*update {
			t.Errorf("%s: the README's options are not those of plugin.json; go test ./plugins/builtin -update writes them", name)
		} else if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// replaceTable puts a table in the place of the first one under a heading.
func replaceTable(t *testing.T, text, heading, table string) string {
	t.Helper()
	before, rest, found := strings.Cut(text, "\n"+heading+"\n\n|")
	if !found {
		t.Fatalf("there is no table under %q", heading)
	}
	_, after, found := strings.Cut(rest, "\n\n")
	if !found {
		t.Fatalf("the table under %q has no end", heading)
	}
	return before + "\n" + heading + "\n\n" + table + "\n" + after
}

func table(what string, schema object) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | type | default | meaning |\n|---|---|---|---|\n", what)
	required, _ := schema["required"].([]any)
	for _, keyword := range []string{"properties", "patternProperties"} {
		all := schema.child(keyword)
		for _, name := range all.names() {
			p := all.child(name)
			shown, byDefault := "`"+name+"`", ""
			if title, ok := p["title"].(string); ok {
				shown = "`" + title + "`"
			}
			if def, ok := p["default"]; ok {
				text, _ := json.Marshal(def)
				byDefault = "`" + string(text) + "`"
			} else if slices.Contains(required, any(name)) {
				byDefault = "required"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", shown, typeOf(p), byDefault, p["description"])
		}
	}
	return b.String()
}

func typeOf(p object) string {
	items := p.child("items")
	switch t := fmt.Sprint(p["type"]); {
	case p["enum"] != nil:
		return "word"
	case p["format"] == "penstock-duration":
		return "duration"
	case p["format"] == "penstock-size":
		return "size"
	case t == "integer" && p["maximum"] != nil:
		return fmt.Sprintf("%.0f–%.0f", p["minimum"], p["maximum"])
	case t == "integer":
		return "number"
	case items["type"] == "object":
		return "list of tables"
	case items != nil:
		return "list, or string with commas"
	default:
		return t
	}
}
