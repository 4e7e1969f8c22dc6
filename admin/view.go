package admin

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// view is how a request wants its reply to look: which resources of a
// collection, which of their members.
type view struct {
	query   url.Values           // as it came
	fields  map[string]fieldTree // by type; a type that is not there has all
	filters []condition
	page    page

	// sight is the resource that a filter looks at now: one place for all of them.
	sight resource
}

// page is a part of a collection; of size 0 it is all of it.
type page struct{ number, size int }

// readView reads and checks the parameters that every path knows. Others are
// no concern of it.
func readView(r *http.Request) (*view, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		// url.Values would lack what could not be read, and a filter that is
		// lost shows everything.
		return nil, problemf(http.StatusBadRequest, "the query cannot be read: percent signs and semicolons have to be written %25 and %3B ("+err.Error()+")")
	}
	v := &view{query: query, fields: map[string]fieldTree{}}
	var wrong problems
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if err := v.read(name, query[name]); err != nil {
			wrong = append(wrong, problemf(http.StatusBadRequest, err.Error()).parameter(name))
		}
	}
	if v.page.number > 0 && v.page.size == 0 && wrong == nil {
		wrong = append(wrong, problemf(http.StatusBadRequest, "page[number] means nothing without page[size]").parameter("page[number]"))
	}
	if wrong != nil {
		return nil, wrong
	}
	return v, nil
}

// read reads one parameter.
func (v *view) read(name string, values []string) error {
	family, inner, bracket := strings.Cut(name, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	switch {
	case name == "pretty":
		_, err := parseBool(values[len(values)-1])
		return err
	case family == "fields":
		if !bracket || !closed || inner == "" {
			return errors.New("this needs the type of the resources: fields[sessions]=user,statistics/queries")
		}
		tree := fieldTree{}
		v.fields[inner] = tree
		for _, value := range values {
			if err := tree.parseFields(value); err != nil {
				return err
			}
		}
	case family == "filter":
		if bracket && !closed {
			return errors.New(`the bracket is not closed: filter[/attributes/user]=eq("maxuser")`)
		}
		for _, value := range values {
			parse := func() (condition, error) { return parseFilter(value) }
			if bracket {
				parse = func() (condition, error) { return parseFilterAt(inner, value) }
			}
			c, err := parse()
			if err != nil {
				return err
			}
			v.filters = append(v.filters, c)
		}
	case name == "page[size]":
		return readNumber(&v.page.size, values, 1, "this has to be how many resources a page has, 1 or more")
	case name == "page[number]":
		return readNumber(&v.page.number, values, 0, "this has to be the number of a page; the first one is 0")
	}
	return nil
}

func readNumber(into *int, values []string, least int, wrong string) error {
	n, err := strconv.ParseUint(values[0], 10, 31)
	if err != nil || int(n) < least || len(values) > 1 {
		return errors.New(wrong)
	}
	*into = int(n)
	return nil
}

// matches reports whether a resource is to be shown.
func (v *view) matches(res *resource) bool {
	return !slices.ContainsFunc(v.filters, func(c condition) bool { return !c.fulfilled(res) })
}
