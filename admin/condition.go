package admin

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// condition is what a filter asks of a resource. A resource that has nothing
// where the path leads does not fulfil it, whatever it is.
type condition struct {
	at    path
	holds test
}

// test is an expression of a filter, ready to be asked.
type test func(stored any) bool

// parseFilter reads filter=PATH=EXPRESSION, whose path is a JSON pointer.
func parseFilter(text string) (condition, error) {
	pointer, expression, ok := strings.Cut(text, "=")
	if !ok {
		return condition{}, errors.New(`a filter is a JSON pointer, an equals sign, and a JSON value or an expression: /attributes/user="maxuser"`)
	}
	at, err := parsePointer(pointer)
	if err != nil {
		return condition{}, err
	}
	return newCondition(at, expression)
}

// parseFilterAt reads filter[PATH]=EXPRESSION. A path with a slash in front is
// a JSON pointer, all others are JSONPath.
func parseFilterAt(where, expression string) (condition, error) {
	parse := parseJSONPath
	if strings.HasPrefix(where, "/") {
		parse = parsePointer
	}
	at, err := parse(where)
	if err != nil {
		return condition{}, err
	}
	return newCondition(at, expression)
}

func newCondition(at path, expression string) (condition, error) {
	r := expressionReader{rest: expression}
	holds, err := r.read(0)
	if err == nil && r.rest != "" {
		err = fmt.Errorf("there is something behind the expression: %q", r.rest)
	}
	return condition{at, holds}, err
}

func (c condition) fulfilled(res *resource) bool {
	return find(reflect.ValueOf(res), c.at, c.holds)
}

// expressionReader reads eq(1), and(ge(1),le(5)), or a plain JSON value, which
// means eq.
type expressionReader struct{ rest string }

var comparisons = map[string]func(stored, given any) bool{
	"eq": equal,
	"ne": func(s, g any) bool { return !equal(s, g) },
	"lt": func(s, g any) bool { order, ok := compare(s, g); return ok && order < 0 },
	"le": func(s, g any) bool { order, ok := compare(s, g); return ok && order <= 0 },
	"ge": func(s, g any) bool { order, ok := compare(s, g); return ok && order >= 0 },
	"gt": func(s, g any) bool { order, ok := compare(s, g); return ok && order > 0 },
}

// not holds where none of its expressions does, as MaxScale has it.
var connectives = map[string]func(stored any, of []test) bool{
	"and": func(s any, of []test) bool { return !slices.ContainsFunc(of, func(t test) bool { return !t(s) }) },
	"or":  func(s any, of []test) bool { return slices.ContainsFunc(of, func(t test) bool { return t(s) }) },
	"not": func(s any, of []test) bool { return !slices.ContainsFunc(of, func(t test) bool { return t(s) }) },
}

func (r *expressionReader) read(depth int) (test, error) {
	name, rest, call := strings.Cut(r.rest, "(")
	comparison, connective := comparisons[name], connectives[name]
	if depth == maxDepth {
		return nil, fmt.Errorf("the expression nests deeper than %d levels", maxDepth)
	}
	if !call || comparison == nil && connective == nil {
		if depth > 0 {
			return nil, errors.New("and, or and not take expressions: eq, ne, lt, le, ge, gt, and, or, not, each with what it takes in brackets")
		}
		given, err := r.value()
		return func(stored any) bool { return equal(stored, given) }, err
	}
	r.rest = rest
	if comparison != nil {
		given, err := r.value()
		if err == nil {
			err = r.take(")")
		}
		return func(stored any) bool { return comparison(stored, given) }, err
	}
	var of []test
	for {
		one, err := r.read(depth + 1)
		if err != nil {
			return nil, err
		}
		of = append(of, one)
		if r.take(",") != nil {
			return func(stored any) bool { return connective(stored, of) }, r.take(")")
		}
	}
}

func (r *expressionReader) take(mark string) error {
	rest, ok := strings.CutPrefix(r.rest, mark)
	if !ok {
		return fmt.Errorf("%q is missing before %q", mark, r.rest)
	}
	r.rest = rest
	return nil
}

// value reads a JSON value.
func (r *expressionReader) value() (v any, err error) {
	dec := json.NewDecoder(strings.NewReader(r.rest))
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf(`%q is neither a JSON value nor an expression: texts stand in quotes ("maxuser"), expressions are like eq(1)`, r.rest)
	}
	r.rest = r.rest[dec.InputOffset():]
	return v, nil
}

func equal(stored, given any) bool {
	if order, ok := compare(stored, given); ok {
		return order == 0
	}
	return reflect.DeepEqual(stored, given)
}

// compare orders numbers and texts; other values have no order. A text is
// compared with a number as the number that it is: ids are texts in JSON:API.
func compare(stored, given any) (order int, ok bool) {
	switch given := given.(type) {
	case float64:
		number, ok := stored.(float64)
		if text, is := stored.(string); is {
			var err error
			number, err = strconv.ParseFloat(text, 64)
			ok = err == nil
		}
		return cmp.Compare(number, given), ok
	case string:
		text, ok := stored.(string)
		return strings.Compare(text, given), ok
	}
	return 0, false
}
