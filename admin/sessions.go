package admin

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/penstock-db/penstock/engine"
)

// listSessions answers GET /v1/sessions.
func (a *API) listSessions(ctx context.Context, r *request) (*document, error) {
	sessions := a.proxy.Snapshots()
	if err := a.resolve(ctx, r, sessions); err != nil {
		return nil, err
	}
	data := make([]resource, len(sessions))
	for i := range sessions {
		data[i] = sessionResource(r.base, &sessions[i], nil)
	}
	return &document{Data: data, Links: links{Self: collectionURL(r.base, typeSessions)}}, nil
}

// getSession answers GET /v1/sessions/:id.
func (a *API) getSession(ctx context.Context, r *request) (*document, error) {
	id, err := r.sessionID()
	if err != nil {
		return nil, err
	}
	session, err := a.proxy.Snapshot(id)
	if err != nil {
		return nil, err
	}
	one := []engine.Snapshot{session}
	if err := a.resolve(ctx, r, one); err != nil {
		return nil, err
	}
	diagnostics, err := a.diagnose(ctx, r, id)
	if err != nil {
		return nil, err
	}
	data := sessionResource(r.base, &one[0], diagnostics)
	return &document{Data: data, Links: data.Links}, nil
}

// sessionRelationship answers GET /v1/sessions/:id/relationships/:name.
func (a *API) sessionRelationship(_ context.Context, r *request) (*document, error) {
	return a.relationshipOf(r, r.params.ByName("name"))
}

// sessionFilters shows a session's chain.
func (a *API) sessionFilters(_ context.Context, r *request) (*document, error) {
	return a.relationshipOf(r, typeFilters)
}

func (a *API) relationshipOf(r *request, name string) (*document, error) {
	id, err := r.sessionID()
	if err != nil {
		return nil, err
	}
	session, err := a.proxy.Snapshot(id)
	if err != nil {
		return nil, err
	}
	return relationshipDocument(sessionResource(r.base, &session, nil), name)
}

// relationshipDocument is a relationship as a document of its own.
func relationshipDocument(res resource, name string) (*document, error) {
	rel, ok := res.Relationships[name]
	if !ok {
		return nil, problemf(http.StatusNotFound, "resources of type "+res.Type+" have no relationship "+strconv.Quote(name))
	}
	return &document{Data: rel.Data, Links: rel.Links}, nil
}

// resolve replaces addresses by names if the request says rdns=true.
func (a *API) resolve(ctx context.Context, r *request, sessions []engine.Snapshot) error {
	rdns, err := boolParameter(r.Request, "rdns")
	if err == nil && rdns {
		a.rdns.name(ctx, sessions)
	}
	return err
}

// sessionID reads the id of the path. What is no id in its one spelling is the
// id of no session: 404, not 400.
func (r *request) sessionID() (uint64, error) {
	text := r.params.ByName("id")
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil || strings.HasPrefix(text, "0") && text != "0" {
		return 0, problemf(http.StatusNotFound, "there is no session "+strconv.Quote(text)+": the id of a session is a number")
	}
	return id, nil
}
