package admin

import (
	"errors"
	"strconv"
	"strings"
)

// path leads from a resource to a value in it: the names of members, numbers
// for places in arrays.
type path []step

// step is one name, or with all set every member or element there is.
type step struct {
	name string
	all  bool
}

// maxSteps bounds how long a path may be; no document nests as deep.
const maxSteps = 32

var errSteps = errors.New("a path has at most " + strconv.Itoa(maxSteps) + " steps")

// parsePointer reads a JSON pointer (RFC 6901). As MaxScale's clients write
// them, the first slash may be left out; what no document has, an empty name,
// is refused.
func parsePointer(text string) (path, error) {
	names := strings.Split(strings.TrimPrefix(text, "/"), "/")
	if len(names) > maxSteps {
		return nil, errSteps
	}
	p := make(path, len(names))
	for i, name := range names {
		plain, err := unescapePointer(name)
		if err != nil {
			return nil, err
		}
		p[i] = step{name: plain}
	}
	return p, nil
}

func unescapePointer(name string) (string, error) {
	if name == "" {
		return "", errors.New("a path is names with a slash between them: /attributes/user")
	}
	for i := range len(name) {
		if name[i] == '~' && (i+1 == len(name) || name[i+1] != '0' && name[i+1] != '1') {
			return "", errors.New("in a JSON pointer ~ is written ~0, and a slash in a name ~1")
		}
	}
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(name), nil
}

// parseJSONPath reads the part of JSONPath (RFC 9535) that names members, one
// by one: $.a.b, a.b, a[0], a['b'], a[*], a.*.
func parseJSONPath(text string) (path, error) {
	var p path
	rest := strings.TrimPrefix(text, "$")
	if rest == text && !strings.HasPrefix(rest, "[") {
		rest = "." + rest // the root may be left out
	}
	for rest != "" {
		var s step
		var ok bool
		if s, rest, ok = nextStep(rest); !ok {
			return nil, errors.New("this is no path that is read here: a JSON pointer begins with a slash, a JSONPath is like $.attributes.connections[*].server")
		}
		if p = append(p, s); len(p) > maxSteps {
			return nil, errSteps
		}
	}
	if len(p) == 0 {
		return nil, errors.New("the path names nothing")
	}
	return p, nil
}

// nextStep takes .name, .*, [N], [*], ['name'] or ["name"] off a JSONPath.
func nextStep(text string) (s step, rest string, ok bool) {
	if dotted, is := strings.CutPrefix(text, "."); is {
		end := strings.IndexAny(dotted, ".[")
		if end < 0 {
			end = len(dotted)
		}
		name := dotted[:end]
		return step{name: name, all: name == "*"}, dotted[end:], name != "" && !strings.ContainsAny(name, "]'\" ")
	}
	for _, quote := range []string{"'", `"`} {
		if quoted, is := strings.CutPrefix(text, "["+quote); is {
			name, rest, ok := strings.Cut(quoted, quote+"]")
			return step{name: name}, rest, ok && name != "" && !strings.Contains(name, `\`)
		}
	}
	index, rest, ok := strings.Cut(strings.TrimPrefix(text, "["), "]")
	if !strings.HasPrefix(text, "[") || !ok {
		return step{}, "", false
	}
	if index == "*" {
		return step{name: index, all: true}, rest, true
	}
	n, err := strconv.ParseUint(index, 10, 31)
	return step{name: strconv.FormatUint(n, 10)}, rest, err == nil
}
