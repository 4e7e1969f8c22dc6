package admin

import (
	"net/http"
	"strconv"

	"github.com/penstock-db/penstock/engine/config"
)

// Each of these takes the attributes and relationships of a body into the
// section of a resource, which is new if shown, what GET prints of it, is nil.

const (
	parametersAt    = "/data/attributes/parameters"
	relationshipsAt = "/data/relationships"
)

func (e *edit) server(name string, attributes, relationships object, shown object) {
	members := e.optional(attributes, "/data/attributes", "parameters")
	p := e.newParameters(parametersAt, "servers.NAME", parametersOf(shown), typeServers, name)
	p.endpoint(members, "", "3306")
	p.tls("servers.NAME")
	p.ignore("protocol", "MariaDBBackend", "mariadbbackend", "mariadb")
	p.read(members)
	e.onlyMembers(relationships, relationshipsAt, typeServices, typeMonitors)
	for _, kind := range []string{typeServices, typeMonitors} {
		e.memberships(relationships, relationshipsAt, kind, name, e.serverLists(kind))
	}
}

func (e *edit) filter(name string, attributes, relationships object, shown object) {
	members := e.optional(attributes, "/data/attributes", "parameters")
	var now *config.Plugin
	if f := e.current.Filters[name]; f != nil {
		now = &f.Plugin
	}
	p := e.pluginParameters(parametersAt, parametersOf(shown), now, typeFilters, name)
	if module, there := attributes["module"]; there && (shown == nil || !alike(module, shown["module"])) {
		p.set("/data/attributes/module", "module", module)
	}
	p.read(members)
	var using []string
	for _, s := range e.current.Services {
		for _, f := range s.Filters {
			if f == name {
				using = append(using, s.Name)
				break
			}
		}
	}
	e.onlyMembers(relationships, relationshipsAt, typeServices)
	e.fixed(relationships, relationshipsAt, typeServices, using)
}

func (e *edit) service(name string, attributes, relationships object, shown object) {
	members := e.optional(attributes, "/data/attributes", "parameters")
	p := e.newParameters(parametersAt, "services.NAME", parametersOf(shown), typeServices, name)
	for _, kind := range []string{typeServers, typeFilters} {
		p.special[kind] = func(pointer string, _ any) {
			e.bad(pointer, "give the "+kind+" as a relationship: /data/relationships/"+kind)
		}
	}
	path := p.key("router")
	var now *config.Plugin
	if s := e.current.Services[name]; s != nil {
		now = &s.Router
	}
	shownRouter, _ := p.shown["router"].(object)
	router := e.pluginParameters(parametersAt, shownRouter, now, path...)
	if module, there := attributes["router"]; there && (shown == nil || !alike(module, shown["router"])) {
		e.table(path)
		router.set("/data/attributes/router", "module", module)
	}
	p.special["router"] = func(pointer string, value any) {
		e.table(path)
		keys, isObject := value.(object)
		if !isObject {
			router.set(pointer, "module", value)
			return
		}
		router.at = pointer
		router.read(keys)
	}
	p.other = func(pointer, option string, value any) {
		e.table(path)
		router.other(pointer, option, value)
	}
	p.read(members)
	e.onlyMembers(relationships, relationshipsAt, typeServers, typeFilters, typeListeners, typeMonitors)
	e.lists(relationships, relationshipsAt, []string{typeServices, name}, typeServers, typeFilters)
	e.fixed(relationships, relationshipsAt, typeListeners, e.listenersOfService(name))
	e.fixed(relationships, relationshipsAt, typeMonitors, e.monitorsOfService(name))
}

// table has router = "MODULE" be a table with this module.
func (e *edit) table(path []string) {
	if module, ok := e.overlay.Get(path...).(string); ok {
		e.put(e.rest, map[string]any{"module": module}, path...)
	}
}

func (e *edit) listener(name string, attributes, relationships object, shown object) {
	members := e.optional(attributes, "/data/attributes", "parameters")
	p := e.newParameters(parametersAt, "listeners.NAME", parametersOf(shown), typeListeners, name)
	p.endpoint(members, "", "")
	p.tls("listeners.NAME")
	p.ignore("protocol", "MariaDBProtocol", "mariadbprotocol", "mariadb", "mariadbclient", "MariaDBClient")
	p.read(members)
	e.onlyMembers(relationships, relationshipsAt, typeServices)
	rel := e.optional(relationships, relationshipsAt, typeServices)
	if rel == nil {
		return
	}
	at := relationshipsAt + "/" + typeServices
	if services, ok := e.linked(rel, at, typeServices); ok {
		if len(services) != 1 {
			e.bad(at+"/data", "a listener has one service")
			return
		}
		e.put(at+"/data/0/id", services[0], typeListeners, name, "service")
	}
}

func (e *edit) monitor(name string, attributes, relationships object, shown object) {
	members := e.optional(attributes, "/data/attributes", "parameters")
	p := e.newParameters(parametersAt, "monitors.NAME", parametersOf(shown), typeMonitors, name)
	if module, there := attributes["module"]; there && (shown == nil || !alike(module, shown["module"])) {
		p.set("/data/attributes/module", "module", monitorModule(module))
	}
	p.special["module"] = func(pointer string, value any) { p.set(pointer, "module", monitorModule(value)) }
	p.special[typeServers] = func(pointer string, _ any) {
		e.bad(pointer, "give the servers as a relationship: /data/relationships/servers")
	}
	for theirs, ours := range map[string]string{"monitor_interval": "interval", "failcount": "fail_count"} {
		p.special[theirs] = func(pointer string, value any) { p.set(pointer, ours, value) }
	}
	p.read(members)
	e.onlyMembers(relationships, relationshipsAt, typeServers, typeServices)
	e.lists(relationships, relationshipsAt, []string{typeMonitors, name}, typeServers)
}

// monitorModule knows MaxScale's names of the modules of monitors.
func monitorModule(value any) any {
	switch value {
	case "mariadbmon":
		return config.MonitorMariaDB
	case "galeramon":
		return config.MonitorGalera
	}
	return value
}

// parametersOf are the parameters among what GET prints.
func parametersOf(shown object) object {
	params, _ := shown["parameters"].(object)
	return params
}

// exists reports whether the configuration defines a resource.
func exists(c *config.Config, kind, name string) bool {
	switch kind {
	case typeServers:
		return c.Servers[name] != nil
	case typeFilters:
		return c.Filters[name] != nil
	case typeServices:
		return c.Services[name] != nil
	case typeListeners:
		return c.Listeners[name] != nil
	}
	return c.Monitors[name] != nil
}

func missing(kind, name string) *problem {
	return problemf(http.StatusNotFound, "there is no "+strconv.Quote(name)+" among the "+kind)
}
