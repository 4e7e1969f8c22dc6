package ctl

import (
	"github.com/penstock-db/penstock/cmd/penstock/client"
	"github.com/penstock-db/penstock/cmd/penstock/table"
)

// kind is one kind of resource as the command line knows it.
type kind struct {
	plural   string // the command that lists them
	singular string // the command about one of them; empty: none
	path     []string
	short    string
	oneShort string
	show     bool // one of them can be shown
	columns  []column
	// later are attributes that `show` prints in a way of their own.
	later map[string]bool
}

// column is one column of a list: what it says of a resource.
type column struct {
	table.Column
	of func(*client.Resource) string
}

func text(title string, of func(*client.Resource) string) column {
	return column{table.Column{Title: title}, of}
}

func number(title string, of func(*client.Resource) string) column {
	return column{table.Column{Title: title, Right: true}, of}
}

const sessionKind = "sessions"

var kinds = []kind{
	{
		plural: sessionKind, singular: "session", path: []string{"sessions"}, show: true,
		short: "List the sessions", oneShort: "Look at a session, change it, kill it",
		later: map[string]bool{"queries": true, "log": true},
		columns: []column{
			number("ID", id), text("USER", attr("user")), text("CLIENT", clientAddress), text("SERVICE", related("services")),
			text("DATABASE", attr("database")), text("STATE", sessionState), number("IDLE", seconds("idle")), number("ALIVE", seconds("seconds_alive")),
			number("QUERIES", attr("statistics.queries")), text("SERVERS", sessionServers), text("FILTERS", sessionFilters),
		},
	},
	{
		plural: "services", singular: "service", path: []string{"services"}, show: true,
		short: "List the services", oneShort: "Look at a service, stop and start it, change its filters",
		columns: []column{
			text("NAME", id), text("ROUTER", attr("router")), text("STATE", attr("state")), number("SESSIONS", attr("statistics.connections")),
			number("QUERIES", attr("statistics.queries")), number("ERRORS", attr("statistics.errors")),
			text("SERVERS", related("servers")), text("FILTERS", related("filters")),
		},
	},
	{
		plural: "servers", singular: "server", path: []string{"servers"}, show: true,
		short: "List the servers", oneShort: "Look at a server, take it out of use, create and delete it",
		columns: []column{
			text("NAME", id), text("ADDRESS", address), text("STATE", attr("state")), number("CONNECTIONS", attr("statistics.connections")),
			number("COMMANDS", attr("statistics.commands")), number("ERRORS", attr("statistics.errors")), number("LAG", seconds("replication_lag")),
			text("VERSION", attr("version_string")),
		},
	},
	{
		plural: "filters", singular: "filter", path: []string{"filters"}, show: true,
		short: "List the filters", oneShort: "Look at a filter, change its options, create and delete it",
		columns: []column{
			text("NAME", id), text("MODULE", attr("module")), number("INSTANCES", inDiagnostics("instances")),
			number("FAILURES", inDiagnostics("failures")), text("SERVICES", related("services")),
		},
	},
	{
		plural: "listeners", singular: "listener", path: []string{"listeners"}, show: true,
		short: "List the listeners", oneShort: "Look at a listener, stop and start it",
		columns: []column{
			text("NAME", id), text("ADDRESS", address), text("SERVICE", related("services")), text("STATE", attr("state")), text("TLS", attr("parameters.ssl")),
		},
	},
	{
		plural: "monitors", singular: "monitor", path: []string{"monitors"}, show: true,
		short: "List the monitors", oneShort: "Look at a monitor, stop and start it",
		columns: []column{
			text("NAME", id), text("MODULE", attr("module")), text("STATE", attr("state")),
			text("INTERVAL", attr("parameters.interval")), text("SERVERS", related("servers")),
		},
	},
	{
		plural: "modules", singular: "module", path: []string{"maxscale", "modules"}, show: true,
		short: "List the modules: routers, filters and monitors", oneShort: "Look at a module: its options and their defaults",
		columns: []column{
			text("NAME", id), text("TYPE", attr("module_type")), text("VERSION", attr("version")), text("DESCRIPTION", attr("description")),
		},
	},
	{
		plural: "threads", path: []string{"maxscale", "threads"},
		short: "List the threads that share the work",
		columns: []column{
			number("ID", id), text("STATE", attr("stats.state")), number("SESSIONS", attr("stats.sessions")),
			number("DESCRIPTORS", attr("stats.current_descriptors")), number("LOAD %, SECOND", attr("stats.load.last_second")),
			number("MINUTE", attr("stats.load.last_minute")), number("HOUR", attr("stats.load.last_hour")),
		},
	},
	{
		plural: "users", singular: "user", path: []string{"users", "inet"},
		short: "List the accounts of the REST API", oneShort: "Create and delete accounts of the REST API, change passwords",
		columns: []column{
			text("NAME", id), text("ACCOUNT", attr("account")), text("CREATED", attr("created")), text("LAST LOGIN", attr("last_login")),
		},
	},
}

// kindOf returns the kind with that name.
func kindOf(plural string) *kind {
	for i := range kinds {
		if kinds[i].plural == plural {
			return &kinds[i]
		}
	}
	panic("ctl: there is no kind " + plural)
}

// of is the path of one resource, or of what belongs to it.
func (k *kind) of(parts ...string) string {
	return client.Path(append(k.path[:len(k.path):len(k.path)], parts...)...)
}
