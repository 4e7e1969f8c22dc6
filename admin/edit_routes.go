package admin

import (
	"context"
	"net/http"

	"github.com/penstock-db/penstock/engine/config"
)

// editRoutes change the configuration.
func (a *API) editRoutes() (list []route) {
	add := func(method, path, summary string, do, state handler) {
		list = append(list, route{method: method, path: path, do: do, state: state, summary: summary})
	}
	for _, k := range editables {
		c := a.collection(k.kind)
		path := "/v1/" + k.kind
		one, word := path+"/:id", k.kind[:len(k.kind)-1]
		change := a.change(k)
		if k.kind == typeFilters {
			change = a.changeFilter(change)
		}
		add(http.MethodPost, path, "create a "+word, a.create(k), c.list)
		add(http.MethodPatch, one, "change a "+word, change, c.get)
		add(http.MethodDelete, one, "remove a "+word, a.remove(k.kind), c.get)
		if k.links != nil {
			add(http.MethodPatch, one+"/relationships/:name", "change a relationship of a "+word, a.changeLinks(k), c.relationship)
		}
	}
	for _, kind := range []string{typeServices, typeListeners, typeMonitors} {
		get, one, word := a.collection(kind).get, "/v1/"+kind+"/:id", kind[:len(kind)-1]
		add(http.MethodPut, one+"/stop", "stop a "+word, a.stop(kind, true), get)
		add(http.MethodPut, one+"/start", "start a "+word, a.stop(kind, false), get)
	}
	get := a.collection(typeServers).get
	add(http.MethodPut, "/v1/servers/:id/set", "set a server's state", a.setState(true), get)
	add(http.MethodPut, "/v1/servers/:id/clear", "clear a server's state", a.setState(false), get)
	return list
}

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
		if err := a.proxy.UpgradeFilter(after.Name); err != nil {
			return nil, badBody(parametersAt, err.Error())
		}
		return nil, nil
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
