package admin

import (
	"context"
	"slices"
	"strings"
)

// remove answers DELETE /v1/KIND/:id. What others still need is only removed by
// force=yes, and taken out of their lists then.
func (a *API) remove(kind string) handler {
	return func(ctx context.Context, r *request) (*document, error) {
		return nil, a.removeNamed(ctx, r, kind, r.params.ByName("id"))
	}
}

func (a *API) removeNamed(ctx context.Context, r *request, kind, name string) error {
	force, err := boolParameter(r.Request, "force")
	if err != nil {
		return err
	}
	sessions := a.sessionsOf(kind, name)
	err = a.edit(ctx, "", func(e *edit) {
		if !exists(e.current, kind, name) {
			e.problems = append(e.problems, missing(kind, name))
			return
		}
		if in := e.inTheWay(kind, name); len(in) > 0 && !force {
			e.refuse("this cannot be removed because of " + strings.Join(in, ", ") + ": remove that first, or add force=yes")
			return
		}
		if sessions > 0 && !force {
			e.refuse("this cannot be removed because sessions use it: end them first, or add force=yes")
			return
		}
		e.unlink(kind, name)
		e.overlay.Remove(kind, name)
	})
	if err == nil && kind == typeServices {
		a.proxy.CloseSessions(func(service, _ string) bool { return service == name })
	}
	return err
}

// sessionsOf counts the sessions of a service.
func (a *API) sessionsOf(kind, name string) (n int) {
	if kind != typeServices {
		return 0
	}
	for _, s := range a.proxy.Services() {
		if s.Config.Name == name {
			n += int(s.Connections)
		}
	}
	return n
}

// inTheWay lists what needs a resource.
func (e *edit) inTheWay(kind, name string) (list []string) {
	switch kind {
	case typeServers:
		for _, of := range []string{typeServices, typeMonitors} {
			for other, servers := range e.serverLists(of) {
				if slices.Contains(servers, name) {
					list = append(list, of+" "+other)
				}
			}
		}
	case typeFilters:
		for _, s := range e.current.Services {
			if slices.Contains(s.Filters, name) {
				list = append(list, typeServices+" "+s.Name)
			}
		}
	case typeServices:
		for _, l := range e.listenersOfService(name) {
			list = append(list, typeListeners+" "+l)
		}
	case typeMonitors:
		// Servers that nobody watches are taken to be primaries.
		for _, server := range e.current.Monitors[name].Servers {
			list = append(list, typeServers+" "+server)
		}
	}
	slices.Sort(list)
	return list
}

// unlink takes a resource out of the lists of others.
func (e *edit) unlink(kind, name string) {
	switch kind {
	case typeServers:
		for _, of := range []string{typeServices, typeMonitors} {
			for other, servers := range e.serverLists(of) {
				if slices.Contains(servers, name) {
					e.put("", without(servers, name), of, other, typeServers)
				}
			}
		}
	case typeFilters:
		for _, s := range e.current.Services {
			if slices.Contains(s.Filters, name) {
				e.put("", without(s.Filters, name), typeServices, s.Name, typeFilters)
			}
		}
	case typeServices:
		for _, l := range e.listenersOfService(name) {
			e.overlay.Remove(typeListeners, l)
		}
	}
}
