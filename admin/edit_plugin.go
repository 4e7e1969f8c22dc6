package admin

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-db/penstock/engine/config"
)

// pluginParameters reads the definition of a filter or router. What is no key
// of a definition is taken for an option of the plugin, which refuses those
// that it does not have: this is how MaxScale's clients send options. One
// whose name is a key's goes by options.NAME.
func (e *edit) pluginParameters(at string, shown object, now *config.Plugin, path ...string) *settings {
	p := e.newParameters(at, "filters.NAME", shown, path...)
	o := e.newOptions(shown, now, append(slices.Clone(path), "options"))
	p.special["options"] = o.read
	p.other = func(pointer, name string, value any) { o.set(pointer, strings.TrimPrefix(name, optionsPrefix), value) }
	f := &options{edit: e, path: append(slices.Clone(path), "files")}
	f.shown, _ = shown["files"].(object)
	p.special["files"] = f.read
	return p
}

// read takes each member of an object.
func (o *options) read(pointer string, value any) {
	members, ok := value.(object)
	if !ok && value != nil {
		o.bad(pointer, "this has to be an object, not "+kindOf(value))
	}
	for _, name := range members.members() {
		o.set(pointer+"/"+escapePointer(name), name, members[name])
	}
}

// options are a plugin's options, or the files that some of them are in, on their way into
// the configuration.
type options struct {
	*edit
	path  []string
	shown object
	now   map[string]any
}

func (e *edit) newOptions(shown object, now *config.Plugin, path []string) *options {
	o := &options{edit: e, path: path}
	o.shown, _ = shown["options"].(object)
	if now != nil {
		_ = json.Unmarshal(now.Options, &o.now) // the configuration's reader made it
	}
	return o
}

// set gives one option its value, whole; null takes it away.
func (o *options) set(pointer, name string, value any) {
	path := append(slices.Clone(o.path), name)
	was, there := o.shown[name]
	switch {
	case there && alike(was, value):
		return
	case value == nil:
		o.drop(pointer, path...)
		return
	}
	if !o.fit(pointer, name, value) {
		return
	}
	if _, isTable := value.(object); isTable {
		o.drop(pointer, path...) // a table would be put together with the one that is there
	}
	o.put(pointer, asMaps(like(o.now[name], value)), path...)
}

// fit looks for what no configuration can hold.
func (o *options) fit(pointer, name string, value any) bool {
	switch v := value.(type) {
	case nil:
		o.bad(pointer, "null cannot be kept in the configuration: leave it out")
		return false
	case string:
		if v == hidden && secretName(name) {
			o.bad(pointer, "this is what is printed in the place of a secret: give the secret itself")
			return false
		}
	case object:
		for _, member := range v.members() {
			if !o.fit(pointer+"/"+escapePointer(member), member, v[member]) {
				return false
			}
		}
	case []any:
		for i, item := range v {
			if !o.fit(pointer+"/"+strconv.Itoa(i), name, item) {
				return false
			}
		}
	}
	return true
}

// like gives a number or boolean the type that the option has now: maxctrl
// makes numbers of texts that look like one.
func like(now, value any) any {
	switch now.(type) {
	case string:
		if text, problem := scalarText(value); problem == "" {
			return text
		}
	case float64:
		if text, ok := value.(string); ok && json.Valid([]byte(text)) {
			if _, err := strconv.ParseFloat(text, 64); err == nil {
				return json.Number(text)
			}
		}
	case bool:
		if text, ok := value.(string); ok {
			if on, known := switches[text]; known {
				return on
			}
		}
	}
	return value
}

// asMaps turns our objects into maps.
func asMaps(value any) any {
	switch v := value.(type) {
	case object:
		m := map[string]any{}
		for name, member := range v {
			m[name] = asMaps(member)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = asMaps(v[i])
		}
		return list
	}
	return value
}
