package admin

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-db/penstock/engine/config"
)

// hidden is what is printed in the place of a secret.
var hidden = config.Secret("").String()

// settings are the members of data.attributes.parameters, on their way to the
// keys of one section.
type settings struct {
	*edit
	at    string   // pointer of the object
	path  []string // of the section
	kinds map[string]string
	shown object // what GET prints of it: what is sent back like that is left alone
	// special members are no keys, or more than one.
	special map[string]func(pointer string, value any)
	// other takes the members that are none of these; nil: they are mistakes.
	other func(pointer, name string, value any)
	after []func() // what several members say together
}

// newParameters reads the parameters of a section that docs/configuration.md
// calls section.
func (e *edit) newParameters(at, section string, shown object, path ...string) *settings {
	p := &settings{edit: e, at: at, path: path, shown: shown, kinds: map[string]string{}, special: map[string]func(string, any){}}
	for _, key := range config.Keys(section) {
		p.kinds[key.Name] = key.Kind
	}
	return p
}

func (p *settings) key(name string) []string { return append(slices.Clone(p.path), name) }

// read takes every member.
func (p *settings) read(members object) {
	for _, name := range members.members() {
		value, pointer := members[name], p.at+"/"+escapePointer(name)
		if was, there := p.shown[name]; there && alike(was, value) {
			continue
		}
		_, known := p.kinds[name]
		switch {
		case p.special[name] != nil:
			p.special[name](pointer, value)
		case known:
			p.set(pointer, name, value)
		case p.other != nil:
			p.other(pointer, name, value)
		case value != nil:
			p.bad(pointer, "there is no parameter "+strconv.Quote(name)+" here: there are "+p.names())
		}
	}
	for _, f := range p.after {
		f()
	}
}

func (p *settings) names() string {
	names := make([]string, 0, len(p.kinds))
	for name := range p.kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// set gives one key its value; null gives it its default.
func (p *settings) set(pointer, name string, value any) {
	path := p.key(name)
	if value == nil {
		p.drop(pointer, path...)
		return
	}
	converted, problem := convert(p.kinds[name], value)
	if problem == "" && converted == hidden && secretName(name) {
		problem = "this is what is printed in the place of a secret: give the secret itself, or leave it out"
	}
	if problem != "" {
		p.bad(pointer, problem)
		return
	}
	// Of password, password_file and password_env there can be one.
	if plain := strings.TrimSuffix(strings.TrimSuffix(name, "_file"), "_env"); p.kinds[plain+"_env"] != "" {
		for _, other := range []string{plain, plain + "_file", plain + "_env"} {
			if other != name {
				p.drop(pointer, p.key(other)...)
			}
		}
	}
	p.put(pointer, converted, path...)
}

// convert gives a value the type that a key has. maxctrl makes numbers and
// booleans of everything that looks like one.
func convert(kind string, value any) (converted any, problem string) {
	text, isText := value.(string)
	number, isNumber := value.(json.Number)
	switch kind {
	case "string":
		if !isText {
			return scalarText(value)
		}
	case "boolean":
		if isText {
			if on, known := switches[strings.ToLower(text)]; known {
				return on, ""
			}
		}
		if _, ok := value.(bool); !ok {
			return nil, "this has to be true or false, not " + kindOf(value)
		}
	case "integer":
		if isText {
			number = json.Number(text)
		}
		n, err := strconv.ParseInt(number.String(), 10, 64)
		if err != nil {
			return nil, "this has to be a whole number"
		}
		return n, ""
	case "duration":
		if isNumber {
			return number.String() + "s", ""
		}
		if !isText {
			return nil, `this has to be a duration like "500ms" or "5s", or a number of seconds, not ` + kindOf(value)
		}
	case "size":
		if isNumber {
			return number.String() + "B", ""
		}
		if !isText {
			return nil, `this has to be a size like "32MiB", or a number of bytes, not ` + kindOf(value)
		}
	case "list of strings":
		return stringList(value)
	}
	return value, ""
}

var switches = map[string]bool{"true": true, "yes": true, "on": true, "false": false, "no": false, "off": false}

func scalarText(value any) (any, string) {
	switch v := value.(type) {
	case json.Number:
		return v.String(), ""
	case bool:
		return strconv.FormatBool(v), ""
	}
	return nil, "this has to be a string, not " + kindOf(value)
}

// stringList takes an array of strings, or one string with commas.
func stringList(value any) (any, string) {
	if text, ok := value.(string); ok {
		list := strings.Split(text, ",")
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		return list, ""
	}
	items, ok := value.([]any)
	if !ok {
		return nil, "this has to be an array of strings, not " + kindOf(value)
	}
	list := make([]string, len(items))
	for i, item := range items {
		if list[i], ok = item.(string); !ok {
			return nil, "item " + strconv.Itoa(i) + " has to be a string, not " + kindOf(item)
		}
	}
	return list, ""
}

// alike compares two values of JSON.
func alike(a, b any) bool { return reflect.DeepEqual(a, b) }

// printed returns a resource's attributes as a client gets them.
func printed(attributes any) object {
	text, err := json.Marshal(attributes)
	if err != nil {
		return nil
	}
	o, problem := parseBody(text)
	if problem != nil {
		return nil
	}
	return o
}
