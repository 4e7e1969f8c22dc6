package admin

import (
	"context"
	"net/http"
	"strings"
)

func (a *API) indexRoutes() []route {
	return []route{{method: http.MethodGet, path: "/v1", do: a.getIndex, summary: "where everything is", gives: many(endpointShape)}}
}

// endpoint is a path that can be read.
type endpoint struct {
	Summary string `json:"summary"`
}

// getIndex answers GET /v1: every path that can be read without knowing a name.
// maxctrl asks for it to see whether somebody is there.
func (a *API) getIndex(_ context.Context, r *request) (*document, error) {
	data := []resource{}
	for _, rt := range a.table() {
		name, below := strings.CutPrefix(rt.path, "/v1/")
		if rt.method != http.MethodGet || !below || strings.ContainsAny(name, ":*") {
			continue
		}
		res := resource{ID: name, Type: "endpoints", Attributes: endpoint{rt.summary}, Links: links{Self: r.base + "/" + name + "/"}}
		data = append(data, res)
	}
	return &document{Data: data, Links: links{Self: r.base + "/"}}, nil
}
