package metadata

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A schema is written by whoever made the module, so it must be cheap to check
// options against it. References are what could make it dear: a chain of
// definitions that each use the next one twice doubles the work with every link.
// So a schema is unfolded in thought, and refused if that makes too much of it.
const maxUnfolded = 10000 // schemas within a schema, each as often as it is referred to

// Formats of strings that JSON Schema does not have.
const (
	formatDuration = "penstock-duration" // 250ms, 5s, 1m30s
	formatSize     = "penstock-size"     // 65536, 64KiB, 1MB
)

const (
	dialect     = "https://json-schema.org/draft/2020-12/schema"
	schemaURL   = "penstock:options" // the name that the compiler knows the schema by
	definitions = "#/$defs/"
)

// Where in a schema there are others.
var (
	within = []string{"additionalProperties", "propertyNames", "items", "contains", "not", "if", "then", "else",
		"unevaluatedItems", "unevaluatedProperties", "contentSchema"}
	withinList  = []string{"allOf", "anyOf", "oneOf", "prefixItems"}
	withinTable = []string{"properties", "patternProperties", "dependentSchemas"}
	// These would let a schema have parts with names of their own, or mean what
	// is only known while options are checked, or are older drafts'.
	refused = []string{"$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary",
		"dependencies", "additionalItems"}
)

// compile takes the schema over.
func (p *Plugin) compile(text []byte) error {
	doc, err := parse(text)
	if err != nil {
		return err
	}
	root, isObject := doc.(map[string]any)
	if _, isBool := doc.(bool); !isObject && !isBool {
		return errors.New("it is no JSON Schema, which is an object")
	}
	if d, there := root["$schema"]; there && d != dialect {
		return fmt.Errorf("$schema is %v; only %q is known", d, dialect)
	}
	u := unfolder{root: root, sizes: map[string]int{}}
	u.size(doc)
	if defs, ok := root["$defs"].(map[string]any); ok {
		for name := range defs {
			u.definition(definitions + name)
		}
	}
	if u.err != nil {
		return u.err
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(nothingElse{})
	c.AssertFormat()
	c.RegisterFormat(&jsonschema.Format{Name: formatDuration, Validate: durationFormat})
	c.RegisterFormat(&jsonschema.Format{Name: formatSize, Validate: sizeFormat})
	if err := c.AddResource(schemaURL, doc); err != nil {
		return err
	}
	if p.compiled, err = c.Compile(schemaURL); err != nil {
		return fmt.Errorf("it is no JSON Schema: %s", strings.ReplaceAll(strings.ReplaceAll(err.Error(), schemaURL, ""), "\n", " "))
	}
	p.schema = doc
	return nil
}

// nothingElse loads no other schemas.
type nothingElse struct{}

func (nothingElse) Load(url string) (any, error) {
	return nil, errors.New("a schema cannot refer to another document")
}

// unfolder works out how large a schema is with its references followed.
type unfolder struct {
	root  map[string]any
	sizes map[string]int // of definitions; 0: it is just being looked at
	err   error
}

func (u *unfolder) size(schema any) int {
	s, ok := schema.(map[string]any)
	if !ok || u.err != nil {
		return 1
	}
	for _, keyword := range refused {
		if _, there := s[keyword]; there {
			u.err = fmt.Errorf("the keyword %s is not allowed", keyword)
			return 1
		}
	}
	n := 1
	add := func(schema any) {
		if n += u.size(schema); n > maxUnfolded && u.err == nil {
			u.err = fmt.Errorf("with its references followed it has more than %d schemas in it", maxUnfolded)
		}
	}
	for _, keyword := range within {
		if sub, there := s[keyword]; there {
			add(sub)
		}
	}
	for _, keyword := range withinList {
		list, _ := s[keyword].([]any)
		for _, sub := range list {
			add(sub)
		}
	}
	for _, keyword := range withinTable {
		table, _ := s[keyword].(map[string]any)
		for _, sub := range table {
			add(sub)
		}
	}
	if ref, there := s["$ref"]; there {
		n += u.definition(ref)
		add(true)
	}
	return n
}

// definition returns the size of what a reference refers to.
func (u *unfolder) definition(ref any) int {
	name, ok := ref.(string)
	if key, is := strings.CutPrefix(name, definitions); !ok || !is || !validName(key) {
		u.fail("$ref is %v; a schema can refer to its own %sNAME only", ref, definitions)
		return 1
	}
	if size, known := u.sizes[name]; known {
		if size == 0 {
			u.fail("%s refers to itself", name)
		}
		return max(1, size)
	}
	schema, there := lookup(u.root, name)
	if !there {
		u.fail("$ref is %s, which does not exist", name)
		return 1
	}
	u.sizes[name] = 0
	u.sizes[name] = u.size(schema)
	return u.sizes[name]
}

func (u *unfolder) fail(format string, args ...any) {
	if u.err == nil {
		u.err = fmt.Errorf(format, args...)
	}
}

// durationFormat takes what Go's time.ParseDuration takes, without a sign.
func durationFormat(v any) error {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	if d, err := time.ParseDuration(s); err != nil || d < 0 {
		return errors.New("not a duration")
	}
	return nil
}

// sizeFormat takes a number of bytes with or without a unit.
func sizeFormat(v any) error {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	digits := strings.TrimRight(s, "kKMGiB")
	switch strings.TrimSuffix(s[len(digits):], "B") {
	case "", "k", "K", "M", "G", "Ki", "Mi", "Gi":
	default:
		return errors.New("not a size")
	}
	if digits == "" || len(digits) > 18 || strings.Trim(digits, "0123456789") != "" {
		return errors.New("not a size")
	}
	return nil
}
