package admin

import (
	"net/http"
	"slices"

	"github.com/penstock-db/penstock/admin/openapi"
)

// shape is what the resources of one type look like, for the OpenAPI document.
type shape struct {
	kind          string
	attributes    *openapi.Schema
	relationships []string // each resource has all of them
}

var (
	sessionShape  = shape{typeSessions, openapi.Of[sessionAttributes](), []string{typeServices, typeFilters}}
	serviceShape  = shape{typeServices, openapi.Of[serviceAttributes](), []string{typeServers, typeFilters, typeListeners, typeMonitors}}
	serverShape   = shape{typeServers, openapi.Of[serverAttributes](), []string{typeServices, typeMonitors}}
	filterShape   = shape{typeFilters, openapi.Of[filterAttributes](), []string{typeServices}}
	listenerShape = shape{typeListeners, openapi.Of[listenerAttributes](), []string{typeServices}}
	monitorShape  = shape{typeMonitors, openapi.Of[monitorAttributes](), []string{typeServers, typeServices}}
)

// reply is what a route answers when it has done what it is for.
type reply struct {
	status  int
	says    string
	schema  *openapi.Schema // nil: no body
	media   []string
	headers []string // besides those that every answer has
	// others are answers with other statuses that are well, too.
	others []reply
	// relationships are the names that :name of the path stands for.
	relationships []string
	// kind is the type of resources, which sparse fields go with; list: it is a
	// collection, which has filters and pages.
	kind string
	list bool
}

var documentTypes = []string{typeJSON, typeJSONAPI}

// done answers nothing but that it is done.
var done = reply{status: http.StatusNoContent, says: "Done."}

// single answers one resource.
func single(s shape) reply {
	return reply{status: http.StatusOK, says: "One of the " + s.kind + ".", media: documentTypes, kind: s.kind,
		schema: openapi.Named(s.kind+"Document", func(w openapi.Words) *openapi.Schema { return envelope(s.resource(), w) })}
}

// many answers a list of resources.
func many(s shape) reply {
	return reply{status: http.StatusOK, says: "The " + s.kind + ".", media: documentTypes, kind: s.kind, list: true,
		schema: openapi.Named(s.kind+"List", func(w openapi.Words) *openapi.Schema { return envelope(openapi.List(s.resource()), w) })}
}

// related answers a relationship, one for each name that :name may be.
func related(s shape) reply {
	return reply{status: http.StatusOK, says: "What it is related to.", media: documentTypes, relationships: s.relationships,
		schema: openapi.Named("relationshipDocument", func(w openapi.Words) *openapi.Schema {
			return envelope(openapi.List(openapi.Of[identifier]()), w)
		})}
}

// content answers a body that is no JSON:API document.
func content(says, mediaType string, schema *openapi.Schema) reply {
	return reply{status: http.StatusOK, says: says, media: []string{mediaType}, schema: schema}
}

// envelope is a document whose data is of one kind.
func envelope(data *openapi.Schema, words openapi.Words) *openapi.Schema {
	return with(openapi.Define[document](words), "data", data)
}

// resource describes one resource.
func (s shape) resource() *openapi.Schema {
	return openapi.Named(s.kind, func(words openapi.Words) *openapi.Schema {
		o := openapi.Define[resource](words)
		with(o, "type", openapi.OneOf(o.Properties["type"].Description, s.kind))
		with(o, "attributes", s.attributes)
		if len(s.relationships) == 0 {
			return o
		}
		relationships := map[string]*openapi.Schema{}
		for _, name := range s.relationships {
			relationships[name] = openapi.Of[relationship]().Says("The " + name + " that it is related to.")
		}
		with(o, "relationships", openapi.Closed(relationships))
		o.Required = append(o.Required, "relationships")
		return o
	})
}

// with replaces a member's schema, but not its description.
func with(o *openapi.Schema, name string, schema *openapi.Schema) *openapi.Schema {
	if old := o.Properties[name]; schema.Description == "" {
		schema = schema.Says(old.Description)
	}
	o.Properties[name] = schema
	return o
}

// statuses are those of errors that a route can answer, by what it is and by
// what it says of itself.
func (rt *route) statuses() []int {
	list := append([]int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotAcceptable,
		http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusGatewayTimeout}, rt.also...)
	if rt.method == http.MethodGet || rt.state != nil {
		list = append(list, http.StatusPreconditionFailed)
	}
	if rt.hasParameter() {
		list = append(list, http.StatusNotFound)
	}
	if rt.takes != nil {
		list = append(list, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
