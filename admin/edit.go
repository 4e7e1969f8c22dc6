package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/penstock-db/penstock/engine"
	"github.com/penstock-db/penstock/engine/config"
)

// edit is a change of the configuration while it is made: what a request asks
// for on its way into the overlay. Every problem is collected, and any of them
// leaves everything as it was.
type edit struct {
	bodyReader
	current *config.Config
	overlay *config.Overlay
	// from says which member of the body each path of the configuration has its
	// value from, so that what the configuration's reader says of a key points
	// to where its value came from.
	from map[string]string
	// rest is the member that everything else is blamed on; empty if the
	// request has no body.
	rest string
}

// edit has the editor make a change. rest is the member of the body that is at
// fault if no other is; empty if there is no body.
func (a *API) edit(ctx context.Context, rest string, change func(*edit)) error {
	if a.opts.Editor == nil {
		return errNoEditor()
	}
	e := &edit{from: map[string]string{}, rest: rest}
	err := a.opts.Editor.Edit(ctx, func(current *config.Config, overlay *config.Overlay) error {
		e.current, e.overlay = current, overlay
		change(e)
		if len(e.problems) > 0 {
			return e.problems
		}
		return nil
	})
	return e.explain(err)
}

func errNoEditor() error {
	return problemf(http.StatusForbidden, "this API shows the configuration and cannot change it")
}

// refuse notes a problem that is no member's: the request is well-formed, but
// other things are in its way.
func (e *edit) refuse(detail string) {
	e.problems = append(e.problems, problemf(http.StatusConflict, detail))
}

// put gives the key at path a value that the member at pointer asks for.
func (e *edit) put(pointer string, value any, path ...string) {
	e.from[strings.Join(path, ".")] = pointer
	if err := e.overlay.Set(value, path...); err != nil {
		e.bad(pointer, err.Error())
	}
}

// drop takes the key at path away, so that it has its default.
func (e *edit) drop(pointer string, path ...string) {
	e.from[strings.Join(path, ".")] = pointer
	if e.overlay.Get(path...) != nil {
		e.overlay.Remove(path...)
	}
}

// explain turns the editor's error into problems of the request.
func (e *edit) explain(err error) error {
	var mistakes *config.Errors
	var kept *NotKeptError
	var partly *NotInForceError
	var away *engine.UnavailableError
	var known problems
	var one *problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.As(err, &one), errors.As(err, &kept), errors.As(err, &partly), errors.As(err, &away), errors.Is(err, engine.ErrShutdown),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return err // the API's explain knows it
	case errors.As(err, &mistakes):
		for i := range *mistakes {
			known = append(known, e.mistake(&(*mistakes)[i]))
		}
		return known
	case e.rest == "":
		return problemf(http.StatusServiceUnavailable, err.Error())
	}
	return badBody(e.rest, err.Error())
}

// mistake turns what the configuration's reader complains of into a problem of
// the member that it comes from.
func (e *edit) mistake(m *config.Error) *problem {
	detail := m.Problem
	if m.Suggestion != "" {
		detail += "; " + m.Suggestion
	}
	path, pointer := "", ""
	for p, at := range e.from {
		if (m.Key == p || strings.HasPrefix(m.Key, p+".")) && len(p) > len(path) {
			path, pointer = p, at
		}
	}
	if path == "" || path != m.Key {
		detail = m.Key + ": " + detail
	}
	if pointer == "" {
		pointer = e.rest
	}
	if pointer == "" {
		return problemf(http.StatusConflict, detail)
	}
	return badBody(pointer, detail)
}

// resourceBody reads the envelope of a body that creates or changes a resource
// of one kind. name is the path's; empty if the body has to name it.
func (e *edit) resourceBody(body object, kind, name string, attributes ...string) (id string, attrs, relationships object) {
	e.onlyMembers(body, "", "data", "links", "meta", "jsonapi", "included")
	data, ok := e.object(body, "", "data")
	if !ok {
		return "", nil, nil
	}
	e.onlyMembers(data, "/data", "id", "type", "attributes", "relationships", "links", "meta")
	e.same(data, "type", kind)
	if name != "" {
		e.same(data, "id", name)
	} else if name, ok = data["id"].(string); !ok {
		e.bad("/data/id", "this has to be a string, the name of what is to be created")
	}
	attrs, relationships = e.optional(data, "/data", "attributes"), e.optional(data, "/data", "relationships")
	for _, member := range attrs.members() {
		if !slices.Contains(attributes, member) {
			e.bad("/data/attributes/"+escapePointer(member), "there is no member \""+member+"\" here")
		}
	}
	return name, attrs, relationships
}

// optional takes a member that has to be an object if it is there.
func (e *edit) optional(parent object, pointer, name string) object {
	if value, there := parent[name]; !there || value == nil {
		return nil
	}
	o, _ := e.object(parent, pointer, name)
	return o
}
