package admin

import (
	"strings"

	"github.com/penstock-db/penstock/admin/openapi"
)

// The bodies of requests, as the readers of body.go and edit_change.go take
// them. Tests hold both against each other.

// ignored is what a body may have because answers have it.
var ignored = &openapi.Schema{Description: "Ignored."}

// bodyOf is a body that is about one resource. Both may be nil.
func bodyOf(id, attributes, relationships *openapi.Schema, kinds ...string) *openapi.Schema {
	data := map[string]*openapi.Schema{
		"id":            id,
		"type":          openapi.OneOf("The resource's type.", kinds...),
		"attributes":    attributes,
		"relationships": relationships,
		"links":         ignored,
		"meta":          ignored,
	}
	return openapi.Closed(map[string]*openapi.Schema{
		"data":    openapi.Closed(data, "id", "type", "attributes", "relationships", "links", "meta").Says("What is to change."),
		"links":   ignored,
		"meta":    ignored,
		"jsonapi": ignored,
	}, "links", "meta", "jsonapi")
}

var sameID = openapi.Text("The id that the path has, if it is given.")

// sessionBody is the body of PATCH /v1/sessions/:id.
func sessionBody() *openapi.Schema {
	attributes := map[string]*openapi.Schema{
		"parameters":    logLevels(),
		"relationships": openapi.Closed(map[string]*openapi.Schema{typeFilters: filterList()}, typeFilters).Says("Another place for the filters."),
	}
	optional := append([]string{"parameters", "relationships"}, readOnlyAttributes...)
	for _, name := range readOnlyAttributes {
		attributes[name] = ignored
	}
	relationships := openapi.Closed(map[string]*openapi.Schema{
		typeFilters:  filterList(),
		typeServices: {Description: "The session's service: it cannot be changed."},
	}, typeFilters, typeServices).Says("The filters; they may be in one place only.")
	body := bodyOf(sameID, openapi.Closed(attributes, optional...).Says("Log levels; what else an answer has is ignored."), relationships,
		typeSessions, typeServices)
	body.Properties["included"] = ignored
	return body
}

func logLevels() *openapi.Schema {
	levels := map[string]*openapi.Schema{}
	var names []string
	for _, level := range []string{"debug", "error", "info", "notice", "warning"} {
		names = append(names, "log_"+level)
		levels["log_"+level] = openapi.Flag("Whether the session's lines of level " + level + " go to Penstock's log.")
	}
	return openapi.Closed(levels, names...).Says("Log levels; what is left out stays as it is.")
}

// filterList is the body of PATCH …/relationships/filters.
func filterList() *openapi.Schema {
	entry := openapi.Closed(map[string]*openapi.Schema{
		"id":   {Type: openapi.Types{"string"}, MinLength: 1, Description: "The filter's name."},
		"type": openapi.OneOf("The type; maxctrl says services.", typeFilters, typeServices),
		"meta": ignored,
	}, "type", "meta")
	return openapi.Closed(map[string]*openapi.Schema{
		"data":  openapi.List(entry).OrNull().Says("The whole chain in its order; null is an empty one."),
		"links": ignored,
		"meta":  ignored,
	}, "links", "meta").Says("The chain of filters.")
}

// editBody is the body that creates or changes a resource of one kind. Which
// parameters there are is the configuration's business.
func editBody(k editable, id *openapi.Schema) *openapi.Schema {
	attributes := map[string]*openapi.Schema{}
	for _, name := range k.attributes {
		attributes[name] = ignored
	}
	attributes["parameters"] = openapi.MapOf(&openapi.Schema{}).OrNull().Says("Keys of the configuration; null gives one its default.")
	switch k.kind {
	case typeFilters, typeMonitors:
		attributes["module"] = openapi.Text("The module.")
	case typeServices:
		attributes["router"] = openapi.Text("The router's module.")
	}
	relationships := map[string]*openapi.Schema{}
	for _, kind := range k.related {
		relationships[kind] = linkList(kind).OrNull()
	}
	body := bodyOf(id, openapi.Closed(attributes, k.attributes...).OrNull().Says("Parameters; what else an answer has is ignored."),
		openapi.Closed(relationships, k.related...).OrNull().Says("What it is related to; each list as a whole."), k.kind)
	if id != sameID {
		body.Properties["data"].Required = []string{"id"}
	}
	body.Properties["included"] = ignored
	return body
}

// linkList is the body of PATCH …/relationships/:name.
func linkList(kinds ...string) *openapi.Schema {
	entry := openapi.Closed(map[string]*openapi.Schema{
		"id":   {Type: openapi.Types{"string"}, MinLength: 1, Description: "The name."},
		"type": openapi.Text("The type."),
		"meta": ignored,
	}, "type", "meta")
	return openapi.Closed(map[string]*openapi.Schema{
		"data":  openapi.List(entry).OrNull().Says("All of them; null is none."),
		"links": ignored,
		"meta":  ignored,
	}, "links", "meta").Says("The related " + strings.Join(kinds, ", ") + ".")
}
