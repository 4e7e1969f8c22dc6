package admin

import (
	"context"
	"net/http"
)

// stop answers PUT /v1/KIND/:id/stop and start: stopped is kept. force=yes ends
// the sessions of what is stopped.
func (a *API) stop(kind string, stopped bool) handler {
	return func(ctx context.Context, r *request) (*document, error) {
		name := r.params.ByName("id")
		force, err := boolParameter(r.Request, "force")
		if err != nil {
			return nil, err
		}
		err = a.edit(ctx, "", func(e *edit) {
			if !exists(e.current, kind, name) {
				e.problems = append(e.problems, missing(kind, name))
				return
			}
			if stopped {
				e.put("", true, kind, name, "stopped")
			} else {
				e.drop("", kind, name, "stopped")
			}
		})
		if err == nil && stopped && force && kind != typeMonitors {
			a.proxy.CloseSessions(func(service, listener string) bool {
				return kind == typeServices && service == name || kind == typeListeners && listener == name
			})
		}
		return nil, err
	}
}

// The states that an administrator sets, and the keys that keep them.
var serverStates = map[string]string{"maintenance": "maintenance", "drain": "draining", "draining": "draining"}

// setState answers PUT /v1/servers/:id/set and clear. force=yes closes the
// connections to a server that is set to maintenance at once.
func (a *API) setState(on bool) handler {
	return func(ctx context.Context, r *request) (*document, error) {
		name := r.params.ByName("id")
		force, err := boolParameter(r.Request, "force")
		if err != nil {
			return nil, err
		}
		key := serverStates[r.URL.Query().Get("state")]
		if key == "" {
			return nil, problemf(http.StatusBadRequest, "the states that can be set and cleared are maintenance and drain; all others are what the monitor finds").parameter("state")
		}
		err = a.edit(ctx, "", func(e *edit) {
			switch {
			case !exists(e.current, typeServers, name):
				e.problems = append(e.problems, missing(typeServers, name))
			case on:
				e.put("", true, typeServers, name, key)
			default:
				e.drop("", typeServers, name, key)
			}
		})
		if err == nil && on && force && key == "maintenance" {
			a.proxy.AbandonServer(name)
		}
		return nil, err
	}
}
