package admin

import (
	"context"
	"net/http"
	"strconv"
)

// lister formats all resources of one type, in the order of their names.
type lister func(base string) []resource

// collections are the resources that sessions are related to, read side only.
// Their full set of attributes and their write side come with the resources'
// own routes; what is here is what every printed link leads to.
func (a *API) collections() map[string]lister {
	return map[string]lister{
		typeServices:  a.services,
		typeServers:   a.servers,
		typeFilters:   a.filters,
		typeListeners: a.listeners,
		typeMonitors:  a.monitors,
	}
}

// listResources answers GET /v1/KIND.
func listResources(kind string, list lister) handler {
	return func(_ context.Context, r *request) (*document, error) {
		data := list(r.base)
		if data == nil {
			data = []resource{}
		}
		return &document{Data: data, Links: links{Self: collectionURL(r.base, kind)}}, nil
	}
}

// getResource answers GET /v1/KIND/:id.
func getResource(kind string, list lister) handler {
	return func(_ context.Context, r *request) (*document, error) {
		res, err := findResource(kind, list, r)
		if err != nil {
			return nil, err
		}
		return &document{Data: res, Links: res.Links}, nil
	}
}

// resourceRelationship answers GET /v1/KIND/:id/relationships/:name.
func resourceRelationship(kind string, list lister) handler {
	return func(_ context.Context, r *request) (*document, error) {
		res, err := findResource(kind, list, r)
		if err != nil {
			return nil, err
		}
		return relationshipDocument(res, r.params.ByName("name"))
	}
}

func findResource(kind string, list lister, r *request) (resource, error) {
	id := r.params.ByName("id")
	for _, res := range list(r.base) {
		if res.ID == id {
			return res, nil
		}
	}
	return resource{}, problemf(http.StatusNotFound, "there is no "+strconv.Quote(id)+" among the "+kind)
}
