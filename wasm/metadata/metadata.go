package metadata

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Module is what a module says of itself. It must not be changed.
type Module struct {
	Version string // of the module, as its author counts; empty: not said
	Author  string
	License string // an SPDX expression, usually
	Plugins map[string]*Plugin
}

// Plugin is what is said of one plugin of the module.
type Plugin struct {
	Description string // in a few words

	schema   any                // as it was decoded; nil: the options are not described
	compiled *jsonschema.Schema // nil if schema is
}

// Bounds of what a section may say.
const (
	maxPlugins = 256
	maxName    = 64  // bytes of a plugin's name
	maxText    = 500 // bytes of a version, author, license or description
	maxDepth   = 40  // of JSON values in each other
)

// section is the JSON document.
type section struct {
	Version string                   `json:"version"`
	Author  string                   `json:"author"`
	License string                   `json:"license"`
	Plugins map[string]pluginSection `json:"plugins"`
}

type pluginSection struct {
	Description string          `json:"description"`
	Options     json.RawMessage `json:"options"`
}

// Decode reads a section's content. Members that are not known are left to later
// versions. The error says which member is wrong.
func Decode(content []byte) (*Module, error) {
	m, err := decode(content)
	if err != nil {
		return nil, fmt.Errorf("custom section %q: %w", SectionName, err)
	}
	return m, nil
}

func decode(content []byte) (*Module, error) {
	if len(content) > MaxSize {
		return nil, fmt.Errorf("it has %d bytes, more than %d", len(content), MaxSize)
	}
	content = bytes.TrimRight(content, "\x00") // a C string's end, or what an alignment has added
	all, err := parse(content)
	if err != nil {
		return nil, err
	}
	if err := sane(all, maxDepth); err != nil {
		return nil, err
	}
	var s section
	if err := json.Unmarshal(content, &s); err != nil {
		var mismatch *json.UnmarshalTypeError
		if errors.As(err, &mismatch) {
			return nil, fmt.Errorf("%s is a JSON %s where another type belongs", cmp.Or(mismatch.Field, "the document"), mismatch.Value)
		}
		return nil, err
	}
	m := &Module{Version: s.Version, Author: s.Author, License: s.License, Plugins: map[string]*Plugin{}}
	for _, t := range [][2]string{{"version", s.Version}, {"author", s.Author}, {"license", s.License}} {
		if err := fits(t[0], t[1]); err != nil {
			return nil, err
		}
	}
	if len(s.Plugins) == 0 || len(s.Plugins) > maxPlugins {
		return nil, fmt.Errorf("plugins has %d members; from 1 to %d are allowed", len(s.Plugins), maxPlugins)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Plugins)) {
		p := s.Plugins[name]
		if !validName(name) {
			return nil, fmt.Errorf("plugins has the member %q: a plugin's name has 1 to %d letters, digits, dots, dashes and underscores", name, maxName)
		}
		at := "plugins." + name
		if err := fits(at+".description", p.Description); err != nil {
			return nil, err
		}
		m.Plugins[name] = &Plugin{Description: p.Description}
		if p.Options == nil {
			continue
		}
		if err := m.Plugins[name].compile(p.Options); err != nil {
			return nil, fmt.Errorf("%s.options: %w", at, err)
		}
	}
	return m, nil
}

// parse decodes one JSON value and nothing behind it. Numbers stay as written.
func parse(text []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("behind its JSON value there is something more: was it written into the module twice?")
	}
	return v, nil
}

// sane looks for what would be dear to handle: deep nesting, and numbers with
// exponents that nobody needs.
func sane(v any, depth int) error {
	if depth == 0 {
		return fmt.Errorf("its values are nested more deeply than %d times", maxDepth)
	}
	switch v := v.(type) {
	case map[string]any:
		for _, member := range v {
			if err := sane(member, depth-1); err != nil {
				return err
			}
		}
	case []any:
		for _, item := range v {
			if err := sane(item, depth-1); err != nil {
				return err
			}
		}
	case json.Number:
		f, err := v.Float64()
		if err != nil || len(v) > 40 || f == 0 && strings.ContainsAny(string(v), "eE") {
			return fmt.Errorf("it has the number %.40s, which is out of range", v)
		}
	}
	return nil
}

// fits checks a text that is printed to terminals and in logs.
func fits(member, text string) error {
	if len(text) > maxText {
		return fmt.Errorf("%s has %d bytes, more than %d", member, len(text), maxText)
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return fmt.Errorf("%s has line ends or other control characters: %s", member, strconv.Quote(text))
	}
	return nil
}

func validName(name string) bool {
	return name != "" && len(name) <= maxName && !strings.ContainsFunc(name, func(c rune) bool {
		return (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("._-", c)
	})
}

// Names lists the plugins in alphabetical order.
func (m *Module) Names() []string { return slices.Sorted(maps.Keys(m.Plugins)) }

// Plugin returns what is said of a plugin. An empty name means the module's only
// one. Nil if there is no such plugin, or if m is nil: nothing was said.
func (m *Module) Plugin(name string) *Plugin {
	if m == nil {
		return nil
	}
	if name == "" && len(m.Plugins) == 1 {
		name = m.Names()[0]
	}
	return m.Plugins[name]
}

// Has says which plugins there are if the named one is not among them. A module
// that says nothing may have any.
func (m *Module) Has(name string) error {
	if m == nil || m.Plugin(name) != nil {
		return nil
	}
	if name == "" {
		return fmt.Errorf("the module has several plugins, say which one with plugin = \"NAME\": %s", strings.Join(m.Names(), ", "))
	}
	return fmt.Errorf("plugin %q is not in this module; it has: %s", name, strings.Join(m.Names(), ", "))
}
