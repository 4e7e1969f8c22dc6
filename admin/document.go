package admin

import "time"

// document is the envelope of every successful reply with a body.
type document struct {
	Data  any           `json:"data"` // a resource, []resource, [listing], []identifier, or what a route likes
	Links links         `json:"links"`
	Meta  *documentMeta `json:"meta,omitempty"`

	file *file // sent in the place of all the above

	// What follows is found out by [API.present].
	stream    func(*streamWriter) error // writes the resources of a collection that is never whole in memory
	tag       tag
	modified  time.Time // of the definition; zero if it is not known
	unchanged bool      // the client has it already: 304
}

// file is a body that is no JSON:API document.
type file struct {
	mediaType string
	text      []byte
}

// links are absolute URLs that end in a slash, as MaxScale prints them. Each
// of them can be fetched.
type links struct {
	First   string `json:"first,omitempty"`
	Last    string `json:"last,omitempty"`
	Next    string `json:"next,omitempty"`
	Prev    string `json:"prev,omitempty"`
	Self    string `json:"self,omitempty"`
	Related string `json:"related,omitempty"`
}

// resource is a JSON:API resource object.
type resource struct {
	ID            string                  `json:"id"`
	Type          string                  `json:"type"`
	Attributes    any                     `json:"attributes"`
	Relationships map[string]relationship `json:"relationships,omitempty"`
	Links         links                   `json:"links"`

	// section is what the configuration says of it; nil if that is nothing.
	section any
}

// relationship is a JSON:API relationship object. Data is never null.
type relationship struct {
	Data  []identifier `json:"data"`
	Links links        `json:"links"`
}

// identifier names a resource.
type identifier struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// The types of resources; they are also the names of the collections.
const (
	typeSessions  = "sessions"
	typeServices  = "services"
	typeServers   = "servers"
	typeFilters   = "filters"
	typeListeners = "listeners"
	typeMonitors  = "monitors"
	typeThreads   = "threads"
	typeModules   = "modules"
)

// newResource makes a resource object with its own link; base is the URL of
// the API without the final slash.
func newResource(base, kind, id string, attributes any) resource {
	return resource{
		ID:            id,
		Type:          kind,
		Attributes:    attributes,
		Relationships: map[string]relationship{},
		Links:         links{Self: memberURL(base, kind, id)},
	}
}

// relate adds a relationship to the named resources of one type.
func (r *resource) relate(base, kind string, names []string) {
	rel := relationTo(kind, names...)
	rel.Links = links{Self: r.Links.Self + "relationships/" + kind + "/", Related: collectionURL(base, kind)}
	r.Relationships[kind] = rel
}

// relationTo is a relationship without links.
func relationTo(kind string, names ...string) relationship {
	rel := relationship{Data: make([]identifier, len(names))}
	for i, name := range names {
		rel.Data[i] = identifier{ID: name, Type: kind}
	}
	return rel
}
