package admin

import (
	"net/http"
	"strings"

	"github.com/penstock-db/penstock/admin/openapi"
)

// The parameters of queries, for the OpenAPI document.
var (
	prettyParameter      = flagParameter("pretty", "Indents the answer.")
	rdnsParameter        = flagParameter("rdns", "Replaces addresses of clients by names.")
	diagnosticsParameter = flagParameter("diagnostics", "Asks the session's plugins about themselves; waits for the running command, a second at most.")
	ttlParameter         = &openapi.Parameter{Name: "ttl", In: "query",
		Description: "The time until the session is killed: a number of seconds, or a number with the unit ms, s, m or h; at most a year.",
		Schema:      &openapi.Schema{Type: openapi.Types{"string"}, Pattern: "^[0-9]+(ms|s|m|h)?$"}}
)

// flagParameter is one that [boolParameter] reads.
func flagParameter(name, says string) *openapi.Parameter {
	return &openapi.Parameter{Name: name, In: "query", Description: says, AllowEmpty: true,
		Schema: openapi.OneOf("", "", "true", "1", "yes", "on", "false", "0", "no", "off")}
}

// pathParameters say what a parameter of a path is. :name is none: each value
// that it can have is a path of its own in the document.
var pathParameters = map[string]string{
	"id": "The resource's id: of a session the connection id that its client got, else the name.",
}

// hasParameter reports whether a path names a thing that may not be there.
func (rt *route) hasParameter() bool { return strings.Contains(rt.path, ":") }

// parameters are those of a route, in the order of the document.
func (rt *route) parameters() []*openapi.Parameter {
	var list []*openapi.Parameter
	for part := range strings.SplitSeq(rt.path, "/") {
		if name, ok := strings.CutPrefix(part, ":"); ok && name != "name" {
			list = append(list, &openapi.Parameter{Name: name, In: "path", Required: true, Description: pathParameters[name],
				Schema: &openapi.Schema{Type: openapi.Types{"string"}}})
		}
	}
	list = append(list, rt.params...)
	if rt.method == http.MethodGet {
		list = append(list, prettyParameter)
	}
	if rt.gives.kind != "" {
		list = append(list, textParameter("fields["+rt.gives.kind+"]", "Shows these attributes and relationships only: names with commas between, a slash leads into an object.", ""))
	}
	if rt.gives.list {
		list = append(list, collectionParameters...)
	}
	return list
}

// collectionParameters are those of every collection.
var collectionParameters = []*openapi.Parameter{
	textParameter("filter", "Shows those resources that have a value somewhere: a JSON pointer, an equals sign, and a JSON value or an expression such as "+
		`and(ge(1),le(5)). Also as filter[PATH]=EXPRESSION, whose path may be JSONPath.`, "="),
	textParameter("page[size]", "How many resources a page has.", "^[0-9]+$"),
	textParameter("page[number]", "Which page, with page[size]; the first one is 0.", "^[0-9]+$"),
}

func textParameter(name, says, pattern string) *openapi.Parameter {
	return &openapi.Parameter{Name: name, In: "query", Description: says, Schema: &openapi.Schema{Type: openapi.Types{"string"}, Pattern: pattern}}
}
