package admin

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/penstock-db/penstock/admin/openapi"
	"github.com/penstock-db/penstock/engine"
	"github.com/penstock-db/penstock/engine/config"
)

// editRoutes change the configuration.
func (a *API) editRoutes() (list []route) {
	add := func(rt route) {
		if rt.gives.status == 0 {
			rt.gives = done
		}
		rt.also = append(rt.also, http.StatusConflict, http.StatusServiceUnavailable)
		list = append(list, rt)
	}
	for _, k := range editables {
		c := a.collection(k.kind)
		path := "/v1/" + k.kind
		one, word := path+"/:id", k.kind[:len(k.kind)-1]
		change := a.change(k)
		if k.kind == typeFilters {
			change = a.changeFilter(change)
		}
		add(route{method: http.MethodPost, path: path, summary: "create a " + word, do: a.create(k), state: c.list,
			takes: editBody(k, openapi.Text("The new name."))})
		add(route{method: http.MethodPatch, path: one, summary: "change a " + word, do: change, state: c.get, takes: editBody(k, sameID)})
		add(route{method: http.MethodDelete, path: one, summary: "remove a " + word, do: a.remove(k.kind), state: c.get, params: forced})
		if k.links != nil {
			gives := done
			gives.relationships = k.links
			add(route{method: http.MethodPatch, path: one + "/relationships/:name", summary: "change a relationship of a " + word,
				do: a.changeLinks(k), state: c.relationship, takes: linkList(k.links...), gives: gives})
		}
	}
	for _, kind := range []string{typeServices, typeListeners, typeMonitors} {
		get, one, word := a.collection(kind).get, "/v1/"+kind+"/:id", kind[:len(kind)-1]
		add(route{method: http.MethodPut, path: one + "/stop", summary: "stop a " + word, do: a.stop(kind, true), state: get, params: forced})
		add(route{method: http.MethodPut, path: one + "/start", summary: "start a " + word, do: a.stop(kind, false), state: get, params: forced})
	}
	get := a.collection(typeServers).get
	states := append([]*openapi.Parameter{{Name: "state", In: "query", Required: true, Description: "The state.",
		Schema: openapi.OneOf("", slices.Sorted(maps.Keys(serverStates))...)}}, forced...)
	add(route{method: http.MethodPut, path: "/v1/servers/:id/set", summary: "set a server's state", do: a.setState(true), state: get, params: states})
	add(route{method: http.MethodPut, path: "/v1/servers/:id/clear", summary: "clear a server's state", do: a.setState(false), state: get, params: states})
	return list
}

var forced = []*openapi.Parameter{flagParameter("force", "Does it whatever uses it; what does is ended, or loses it.")}

// changeFilter has live sessions look for the filter's module again even if its
// definition is what it was: it may have another content, and where it could not
// be opened before it may be now.
func (a *API) changeFilter(change handler) handler {
	return func(ctx context.Context, r *request) (*document, error) {
		before := a.filterConfig(r.params.ByName("id"))
		if doc, err := change(ctx, r); err != nil {
			return doc, err
		}
		after := a.filterConfig(r.params.ByName("id"))
		if before == nil || after == nil || !alike(before.Plugin, after.Plugin) {
			return nil, nil
		}
		var away *engine.UnavailableError
		err := a.proxy.UpgradeFilter(after.Name)
		if err != nil && !errors.As(err, &away) {
			err = badBody(parametersAt, err.Error())
		}
		return nil, err
	}
}

func (a *API) filterConfig(name string) *config.Filter {
	for _, f := range a.proxy.Filters() {
		if f.Config.Name == name {
			return f.Config
		}
	}
	return nil
}
