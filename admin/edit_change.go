package admin

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
)

// editable is a kind of resource that can be created and changed.
type editable struct {
	kind string
	// take brings a body into the configuration.
	take func(e *edit, name string, attributes, relationships, shown object)
	// links are the relationships that can be changed by themselves.
	links []string
	// related are all relationships that a body may have.
	related []string
	// attributes are those that a body may have; those that GET prints and that
	// cannot be changed are ignored.
	attributes []string
}

var editables = []editable{
	{typeServices, (*edit).service, []string{typeServers, typeFilters}, []string{typeServers, typeFilters, typeListeners, typeMonitors},
		[]string{"parameters", "router", "state", "started", "statistics", "router_diagnostics", "users", "listeners", "connections", "total_connections", "source"}},
	{typeServers, (*edit).server, []string{typeServices, typeMonitors}, []string{typeServices, typeMonitors},
		[]string{"parameters", "state", "state_details", "statistics", "gtid_current_pos", "version_string", "uptime", "master_id", "node_id", "slaves", "replication_lag", "last_event", "triggered_at", "source"}},
	{typeFilters, (*edit).filter, nil, []string{typeServices}, []string{"parameters", "module", "filter_diagnostics", "source"}},
	{typeListeners, (*edit).listener, nil, []string{typeServices}, []string{"parameters", "state", "source"}},
	{typeMonitors, (*edit).monitor, []string{typeServers}, []string{typeServers, typeServices}, []string{"parameters", "module", "state", "monitor_diagnostics", "ticks", "source"}},
}

// readBody reads a request's body as a JSON object.
func readBody(r *request) (object, error) {
	if err := readable(r.Request); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyProblem(err)
	}
	body, problem := parseBody(text)
	if problem != nil {
		return nil, problem
	}
	return body, nil
}

// create answers POST /v1/KIND.
func (a *API) create(k editable) handler {
	return func(ctx context.Context, r *request) (*document, error) {
		body, err := readBody(r)
		if err != nil {
			return nil, err
		}
		return nil, a.edit(ctx, parametersAt, func(e *edit) {
			name, attributes, relationships := e.resourceBody(body, k.kind, "", k.attributes...)
			if len(e.problems) > 0 {
				return
			}
			if exists(e.current, k.kind, name) {
				e.problems = append(e.problems, problemf(http.StatusConflict,
					"there is "+strconv.Quote(name)+" among the "+k.kind+" already: change it with PATCH").at("/data/id"))
				return
			}
			e.put("/data/id", map[string]any{}, k.kind, name)
			k.take(e, name, attributes, relationships, nil)
		})
	}
}

// change answers PATCH /v1/KIND/:id.
func (a *API) change(k editable) handler {
	return func(ctx context.Context, r *request) (*document, error) {
		body, err := readBody(r)
		if err != nil {
			return nil, err
		}
		name := r.params.ByName("id")
		return nil, a.edit(ctx, parametersAt, func(e *edit) {
			if !exists(e.current, k.kind, name) {
				e.problems = append(e.problems, missing(k.kind, name))
				return
			}
			_, attributes, relationships := e.resourceBody(body, k.kind, name, k.attributes...)
			if len(e.problems) > 0 {
				return
			}
			res, err := a.collection(k.kind).find(r)
			if err != nil {
				e.problems = append(e.problems, missing(k.kind, name))
				return
			}
			k.take(e, name, attributes, relationships, printed(res.Attributes))
		})
	}
}

// changeLinks answers PATCH /v1/KIND/:id/relationships/:name.
func (a *API) changeLinks(k editable) handler {
	return func(ctx context.Context, r *request) (*document, error) {
		body, err := readBody(r)
		if err != nil {
			return nil, err
		}
		name, link := r.params.ByName("id"), r.params.ByName("name")
		if !slices.Contains(k.links, link) {
			return nil, problemf(http.StatusNotFound, "the "+k.kind+" have no relationship "+strconv.Quote(link)+" that could be changed")
		}
		err = a.edit(ctx, "/data", func(e *edit) {
			if !exists(e.current, k.kind, name) {
				e.problems = append(e.problems, missing(k.kind, name))
				return
			}
			// In the place of /data/relationships/NAME it is the body itself.
			k.take(e, name, nil, object{link: body}, object{})
			e.relocate(relationshipsAt + "/" + link)
		})
		return nil, err
	}
}

// relocate takes a prefix off all pointers.
func (e *edit) relocate(prefix string) {
	cut := func(pointer string) string {
		if rest, ok := cutPointer(pointer, prefix); ok {
			return rest
		}
		return pointer
	}
	for _, p := range e.problems {
		if p.source != nil && p.source.Pointer != nil {
			p.at(cut(*p.source.Pointer))
		}
	}
	for path, pointer := range e.from {
		e.from[path] = cut(pointer)
	}
}

func cutPointer(pointer, prefix string) (string, bool) {
	if len(pointer) < len(prefix) || pointer[:len(prefix)] != prefix {
		return pointer, false
	}
	return pointer[len(prefix):], true
}

// same checks a member that a body may repeat but not change.
func (b *bodyReader) same(data object, name, is string) {
	value, there := data[name]
	if there && value != is {
		b.problems = append(b.problems, problemf(http.StatusConflict,
			"by the path the "+name+" is "+strconv.Quote(is)+", and it cannot be changed").at("/data/"+name))
	}
}
