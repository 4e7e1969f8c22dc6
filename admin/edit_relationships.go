package admin

import (
	"maps"
	"slices"
	"strconv"
)

// linked reads {"data": [{"id": name}, …]}; null stands for an empty list.
func (e *edit) linked(rel object, pointer, kind string) (names []string, ok bool) {
	before := len(e.problems)
	e.onlyMembers(rel, pointer, "data", "links", "meta")
	value, there := rel["data"]
	list, isList := value.([]any)
	switch at := pointer + "/data"; {
	case !there:
		e.bad(pointer, `the member "data" is missing: give a list of `+kind)
	case !isList && value != nil:
		e.bad(at, "this has to be an array of "+kind+", or null, not "+kindOf(value))
	}
	names = []string{}
	for i, entry := range list {
		names = append(names, e.reference(entry, pointer+"/data/"+strconv.Itoa(i), kind))
	}
	return names, len(e.problems) == before
}

// reference reads {"id": name, "type": kind}.
func (e *edit) reference(value any, pointer, kind string) string {
	entry, ok := value.(object)
	if !ok {
		e.bad(pointer, `this has to be an object {"id": "name"}, not `+kindOf(value))
		return ""
	}
	e.onlyMembers(entry, pointer, "id", "type", "meta")
	// maxctrl says "services" of filters.
	if t, there := entry["type"]; there && t != kind && (kind != typeFilters || t != typeServices) {
		e.bad(pointer+"/type", "the type has to be "+strconv.Quote(kind))
	}
	name, ok := entry["id"].(string)
	if !ok || name == "" {
		e.bad(pointer+"/id", "this has to be the name of one of the "+kind)
	}
	return name
}

// lists takes a resource's relationships that are lists in its own section:
// kind by kind, the key of the same name.
func (e *edit) lists(relationships object, at string, path []string, kinds ...string) {
	for _, kind := range kinds {
		rel := e.optional(relationships, at, kind)
		if rel == nil {
			continue
		}
		if names, ok := e.linked(rel, at+"/"+kind, kind); ok {
			e.put(at+"/"+kind+"/data", names, append(slices.Clone(path), kind)...)
		}
	}
}

// fixed refuses a relationship that the other side defines, unless the body
// repeats what there is: a document that GET returned may be sent back.
func (e *edit) fixed(relationships object, at, kind string, now []string) {
	rel := e.optional(relationships, at, kind)
	if rel == nil {
		return
	}
	names, ok := e.linked(rel, at+"/"+kind, kind)
	slices.Sort(names)
	if ok && !slices.Equal(names, slices.Sorted(slices.Values(now))) {
		e.bad(at+"/"+kind, "this is defined by the "+kind+" themselves: change it there")
	}
}

// memberships has the server be in the lists of those that are named, and in no
// others'.
func (e *edit) memberships(relationships object, at, kind, server string, lists map[string][]string) {
	rel := e.optional(relationships, at, kind)
	if rel == nil {
		return
	}
	names, ok := e.linked(rel, at+"/"+kind, kind)
	if !ok {
		return
	}
	pointer := at + "/" + kind + "/data"
	for i, name := range names {
		if _, there := lists[name]; !there {
			e.bad(pointer+"/"+strconv.Itoa(i)+"/id", "there is no "+strconv.Quote(name)+" among the "+kind)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		list := lists[name]
		is, wanted := slices.Contains(list, server), slices.Contains(names, name)
		switch {
		case wanted && !is:
			e.put(pointer, append(slices.Clone(list), server), kind, name, typeServers)
		case is && !wanted:
			e.put(pointer, without(list, server), kind, name, typeServers)
		}
	}
}

func without(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == name })
}

// serverLists are the servers of each service, or of each monitor.
func (e *edit) serverLists(kind string) map[string][]string {
	lists := map[string][]string{}
	if kind == typeServices {
		for name, s := range e.current.Services {
			lists[name] = s.Servers
		}
		return lists
	}
	for name, m := range e.current.Monitors {
		lists[name] = m.Servers
	}
	return lists
}

// listenersOfService are the listeners of a service.
func (e *edit) listenersOfService(service string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(e.current.Listeners)) {
		if e.current.Listeners[name].Service == service {
			names = append(names, name)
		}
	}
	return names
}

// monitorsOfService are the monitors that watch a service's servers.
func (e *edit) monitorsOfService(service string) (names []string) {
	s := e.current.Services[service]
	if s == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(e.current.Monitors)) {
		if slices.ContainsFunc(e.current.Monitors[name].Servers, func(server string) bool { return slices.Contains(s.Servers, server) }) {
			names = append(names, name)
		}
	}
	return names
}
