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
	ids := a.proxy.SessionIDs()
	names, err := a.namesOf(ctx, r, ids)
	if err != nil {
		return nil, err
	}
	// There is one place for the session that is looked at: 10,000 that a filter
	// lets fall would else be as much work for the garbage collector as for it.
	var session engine.Snapshot
	var sight glance
	one := func(named only) resource { return sight.at(r.base, &session, named) }
	all := listing{kind: typeSessions, total: len(ids), at: func(i int, named only) (item, bool) {
		if named.has("queries") || named.has("log") || named.has("memory") {
			session, err = a.proxy.Snapshot(ids[i])
		} else {
			err = a.proxy.Outline(ids[i], &session)
		}
		if err != nil {
			return nil, false // it has ended meanwhile
		}
		names.replace(&session)
		return one, true
	}}
	return &document{Data: all, Links: links{Self: collectionURL(r.base, typeSessions)}}, nil
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
	names, err := a.namesOf(ctx, r, []uint64{id})
	if err != nil {
		return nil, err
	}
	names.replace(&session)
	diagnostics, err := a.diagnose(ctx, r, id)
	if err != nil {
		return nil, err
	}
	data := sessionResource(r.base, &session, nil)
	attributes := data.Attributes.(sessionAttributes)
	attributes.Diagnostics = diagnostics
	data.Attributes = attributes
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
	return relationshipDocument(sessionResource(r.base, &session, only{"links", "relationships"}), name)
}

// relationshipDocument is a relationship as a document of its own.
func relationshipDocument(res resource, name string) (*document, error) {
	rel, ok := res.Relationships[name]
	if !ok {
		return nil, problemf(http.StatusNotFound, "resources of type "+res.Type+" have no relationship "+strconv.Quote(name))
	}
	return &document{Data: rel.Data, Links: rel.Links}, nil
}

// namesOf looks the clients' addresses up if the request says rdns=true: those
// on the page that is asked for, or of all sessions if there are filters, which
// see what is printed.
func (a *API) namesOf(ctx context.Context, r *request, ids []uint64) (hostNames, error) {
	rdns, err := boolParameter(r.Request, "rdns")
	if err != nil || !rdns {
		return nil, err
	}
	if len(r.view.filters) == 0 {
		from, to := r.view.page.bounds(len(ids))
		ids = ids[from:to]
	}
	addresses := map[string]bool{}
	var session engine.Snapshot
	for _, id := range ids {
		if err := a.proxy.Outline(id, &session); err == nil {
			addresses[session.Remote] = true
		}
	}
	return a.rdns.names(ctx, addresses), nil
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
