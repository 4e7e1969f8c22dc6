package admin

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/penstock-db/penstock/engine"
)

// change is what a PATCH's body asks for.
type change struct {
	update engine.Update
	// filtersAt is the pointer of the member that lists the filters.
	filtersAt string
}

// bodyReader collects every problem of a body, so that its sender learns of
// all at once.
type bodyReader struct {
	change   change
	problems problems
}

func (b *bodyReader) bad(pointer, detail string) {
	b.problems = append(b.problems, badBody(pointer, detail))
}

// The attributes that GET prints and PATCH leaves alone: a client may send
// back what it got.
var readOnlyAttributes = []string{"client", "connected", "connections", "database", "diagnostics", "idle", "io_activity",
	"log", "memory", "pending", "port", "queries", "remote", "restart_error", "seconds_alive", "state", "statistics", "thread", "user"}

// readChange reads the body of PATCH /v1/sessions/:id. id and service are the
// session's, which a body may repeat but not change.
func readChange(text []byte, id, service string) (change, error) {
	body, err := parseBody(text)
	if err != nil {
		return change{}, err
	}
	var b bodyReader
	b.onlyMembers(body, "", "data", "links", "meta", "jsonapi", "included")
	data, ok := b.object(body, "", "data")
	if ok {
		b.identity(data, id)
		b.onlyMembers(data, "/data", "id", "type", "attributes", "relationships", "links", "meta")
		b.attributes(data)
		b.relationships(data, "/data", service)
	}
	return b.finish()
}

// readFilters reads the body of PATCH …/relationships/filters.
func readFilters(text []byte) (change, error) {
	body, err := parseBody(text)
	if err != nil {
		return change{}, err
	}
	var b bodyReader
	b.filters(body, "")
	return b.finish()
}

func (b *bodyReader) finish() (change, error) {
	if len(b.problems) > 0 {
		return change{}, b.problems
	}
	return b.change, nil
}

// object takes a member that has to be there and be an object.
func (b *bodyReader) object(parent object, pointer, name string) (object, bool) {
	value, there := parent[name]
	if !there {
		b.bad(pointer, `the member "`+name+`" is missing`)
		return nil, false
	}
	obj, ok := value.(object)
	if !ok {
		b.bad(pointer+"/"+name, "this has to be an object, not "+kindOf(value))
	}
	return obj, ok
}

// onlyMembers complains of members that mean nothing here: most of them are
// misspelt.
func (b *bodyReader) onlyMembers(o object, pointer string, known ...string) {
	for _, name := range o.members() {
		if !slices.Contains(known, name) {
			b.bad(pointer+"/"+escapePointer(name), "there is no member "+strconv.Quote(name)+" here")
		}
	}
}

// identity checks id and type, which JSON:API answers with 409. maxctrl sends
// the type "services" when it sets a session's filters.
func (b *bodyReader) identity(data object, id string) {
	for _, m := range []struct {
		name string
		is   []string
	}{{"id", []string{id}}, {"type", []string{typeSessions, typeServices}}} {
		value, there := data[m.name]
		text, isString := value.(string)
		switch at := "/data/" + m.name; {
		case !there || slices.Contains(m.is, text):
		case !isString:
			b.bad(at, "this has to be a string, not "+kindOf(value))
		default:
			b.problems = append(b.problems, problemf(http.StatusConflict,
				"by the path the "+m.name+" is "+strconv.Quote(m.is[0])+", and it cannot be changed").at(at))
		}
	}
}

func (b *bodyReader) attributes(data object) {
	if _, there := data["attributes"]; !there {
		return
	}
	attributes, ok := b.object(data, "/data", "attributes")
	if !ok {
		return
	}
	b.onlyMembers(attributes, "/data/attributes", append([]string{"parameters", "relationships"}, readOnlyAttributes...)...)
	b.parameters(attributes)
	b.relationships(attributes, "/data/attributes", "")
}

func (b *bodyReader) parameters(attributes object) {
	const pointer = "/data/attributes/parameters"
	if _, there := attributes["parameters"]; !there {
		return
	}
	params, ok := b.object(attributes, "/data/attributes", "parameters")
	if !ok {
		return
	}
	flags := &b.change.update.LogFlags
	known := map[string]**bool{"log_debug": &flags.Debug, "log_info": &flags.Info, "log_notice": &flags.Notice,
		"log_warning": &flags.Warning, "log_error": &flags.Error}
	for _, name := range params.members() {
		at := pointer + "/" + escapePointer(name)
		flag, ok := known[name]
		if !ok {
			b.bad(at, "there is no parameter "+strconv.Quote(name)+": a session has log_debug, log_info, log_notice, log_warning and log_error")
			continue
		}
		on, ok := params[name].(bool)
		if !ok {
			b.bad(at, "this has to be true or false, not "+kindOf(params[name]))
			continue
		}
		*flag = &on
	}
}

// relationships reads a relationships object: the document's place for it is
// within attributes, JSON:API's and maxctrl's is beside them. service is the
// one that a services relationship may repeat; empty: none may be there.
func (b *bodyReader) relationships(parent object, pointer, service string) {
	if _, there := parent["relationships"]; !there {
		return
	}
	relationships, ok := b.object(parent, pointer, "relationships")
	if !ok {
		return
	}
	pointer += "/relationships"
	known := []string{typeFilters}
	if service != "" {
		known = append(known, typeServices)
		b.sameService(relationships, pointer, service)
	}
	b.onlyMembers(relationships, pointer, known...)
	if _, there := relationships[typeFilters]; !there {
		return
	}
	if filters, ok := b.object(relationships, pointer, typeFilters); ok {
		b.filters(filters, pointer+"/"+typeFilters)
	}
}

// sameService lets a client send back the service that it got, and no other.
func (b *bodyReader) sameService(relationships object, pointer, service string) {
	value, there := relationships[typeServices]
	if !there {
		return
	}
	rel, _ := value.(object)
	list, _ := rel["data"].([]any)
	if len(list) == 1 {
		if entry, _ := list[0].(object); entry["id"] == service {
			return
		}
	}
	b.bad(pointer+"/"+typeServices, "the service of a session cannot be changed")
}

// filters reads {"data": [{"id": name}, …]}; null stands for an empty list.
func (b *bodyReader) filters(rel object, pointer string) {
	b.onlyMembers(rel, pointer, "data", "links", "meta")
	value, there := rel["data"]
	list, isList := value.([]any)
	switch at := pointer + "/data"; {
	case !there:
		b.bad(pointer, `the member "data" is missing: give a list of filters, or an empty list`)
	case !isList && value != nil:
		b.bad(at, "this has to be an array of filters, or null, not "+kindOf(value))
	case b.change.update.Filters != nil:
		b.bad(at, "the filters are already given in "+b.change.filtersAt+": give them in one place")
	default:
		names := make([]string, 0, len(list))
		for i, entry := range list {
			names = append(names, b.filter(entry, at+"/"+strconv.Itoa(i)))
		}
		b.change.update.Filters, b.change.filtersAt = &names, at
	}
}

func (b *bodyReader) filter(value any, pointer string) string {
	entry, ok := value.(object)
	if !ok {
		b.bad(pointer, `this has to be an object {"id": "name of a filter"}, not `+kindOf(value))
		return ""
	}
	b.onlyMembers(entry, pointer, "id", "type", "meta")
	// maxctrl says "services" of filters.
	if kind, there := entry["type"]; there && kind != typeFilters && kind != typeServices {
		b.bad(pointer+"/type", `the type has to be "filters"`)
	}
	value, there := entry["id"]
	name, ok := value.(string)
	switch {
	case !there:
		b.bad(pointer, `the member "id" is missing: it names the filter`)
	case !ok:
		b.bad(pointer+"/id", "this has to be a string, the name of a filter, not "+kindOf(value))
	case name == "":
		b.bad(pointer+"/id", "the name of the filter is empty")
	}
	return name
}
