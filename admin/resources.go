package admin

import (
	"context"
	"net/http"
	"slices"
	"strconv"
)

// collection is all resources of one type.
type collection struct {
	shape
	// all formats them, in the order of their names.
	all func(base string) []resource
}

// collections are the resources that sessions are related to. sessions are
// none of them: there can be too many to format them all for one.
func (a *API) collections() []collection {
	return []collection{
		{serviceShape, a.services},
		{serverShape, a.servers},
		{filterShape, a.filters},
		{listenerShape, a.listeners},
		{monitorShape, a.monitors},
	}
}

func (a *API) collection(kind string) collection {
	all := a.collections()
	return all[slices.IndexFunc(all, func(c collection) bool { return c.kind == kind })]
}

// list answers GET /v1/KIND.
func (c collection) list(_ context.Context, r *request) (*document, error) {
	data := c.all(r.base)
	if data == nil {
		data = []resource{}
	}
	return &document{Data: data, Links: links{Self: collectionURL(r.base, c.kind)}}, nil
}

// get answers GET /v1/KIND/:id.
func (c collection) get(_ context.Context, r *request) (*document, error) {
	res, err := c.find(r)
	if err != nil {
		return nil, err
	}
	return &document{Data: res, Links: res.Links}, nil
}

// relationship answers GET /v1/KIND/:id/relationships/:name.
func (c collection) relationship(_ context.Context, r *request) (*document, error) {
	res, err := c.find(r)
	if err != nil {
		return nil, err
	}
	return relationshipDocument(res, r.params.ByName("name"))
}

func (c collection) find(r *request) (resource, error) {
	id := r.params.ByName("id")
	for _, res := range c.all(r.base) {
		if res.ID == id {
			return res, nil
		}
	}
	return resource{}, problemf(http.StatusNotFound, "there is no "+strconv.Quote(id)+" among the "+c.kind)
}
