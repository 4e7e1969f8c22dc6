package admin

import "github.com/penstock-db/penstock/admin/openapi"

var resourceWords = openapi.Words{
	openapi.TypeOf[serviceAttributes](): {
		"router":             says("The router's module."),
		"state":              oneOf("Whether the service takes clients.", "Started", "Stopped"),
		"started":            {Description: "Since when: an HTTP date.", Pattern: httpDate},
		"statistics":         says("What its clients did, those that are gone included."),
		"parameters":         serviceParametersSchema(),
		"router_diagnostics": says("What the router's instances of all sessions share."),
		"connections":        says("Sessions now, as in statistics."),
		"total_connections":  says("Connections that were let in, as in statistics."),
		"users":              says("The accounts that may log in: the configuration's, and those that were read from a server."),
		"listeners":          openapi.List(listenerShape.resource()).Says("Its listeners."),
	},
	openapi.TypeOf[serviceUser](): {
		"user":       says("The user."),
		"host":       says("The host, as in an account of MariaDB."),
		"plugin":     says("What the servers check it with."),
		"configured": says("Whether it is the configuration's."),
		"locked":     says("Whether it is locked."),
		"ssl":        says("Whether it has to use TLS."),
	},
	openapi.TypeOf[serviceStatistics](): {
		"connections":       says("Sessions now, those that are logging in included."),
		"total_connections": says("Connections that were let in."),
		"active_operations": says("Sessions that work on a command now."),
		"max_connections":   says("The most at one time."),
		"failed_auths":      says("Logins that were refused."),
	},
	openapi.TypeOf[serverAttributes](): {
		"parameters":       says("What is configured."),
		"state":            says("What the monitor says of it, comma separated."),
		"state_details":    says("Why; null if there is nothing to say."),
		"statistics":       says("What connections of sessions to it did."),
		"gtid_current_pos": says("Its GTID position; null if it is not known."),
		"version_string":   says("Its version; null if it is not known."),
		"uptime":           count("Seconds since it started; 0 if it is not known."),
		"master_id":        says("The node id of the server that it replicates from; -1 none."),
		"node_id":          says("Its node id; -1 if it is not known."),
		"slaves":           says("Node ids of those that replicate from it."),
		"replication_lag":  says("Seconds that it is behind; null if it is not known."),
		"last_event":       says("The last change of its state."),
		"triggered_at":     {Description: "When that was: an HTTP date; null if nothing has changed.", Pattern: httpDate},
	},
	openapi.TypeOf[serverParameters](): {
		"address":         says("Its host; null with a Unix socket."),
		"port":            portSchema,
		"socket":          says("The path of its Unix socket; null with an address."),
		"ssl":             says("Whether connections to it use TLS."),
		"proxy_protocol":  says("Whether connections to it begin with a PROXY header."),
		"weight":          says("Its share of the sessions or reads among servers of one rank."),
		"rank":            says("Servers of a higher rank are used when there are none of a lower one."),
		"max_connections": count("The most connections to it; 0 for no limit."),
		"connect_timeout": durationOf("The longest that connecting to it takes."),
	},
	openapi.TypeOf[serverStatistics](): {
		"connections":       says("Connections of sessions now."),
		"total_connections": says("Connections that were opened."),
		"active_operations": says("Commands now that its reply has not ended for."),
		"bytes_from_server": says("Bytes of the protocol that it sent."),
		"bytes_to_server":   says("Bytes of the protocol that it got."),
		"commands":          says("Commands sent to it."),
		"errors":            says("Commands of clients that it answered with an error."),
	},
	openapi.TypeOf[filterAttributes](): {
		"module":             says("The filter's module."),
		"parameters":         pluginParametersSchema(),
		"filter_diagnostics": says("What the filter's instances of all sessions share."),
	},
	openapi.TypeOf[listenerAttributes](): {
		"state":      oneOf("Whether it takes connections.", "Running", "Stopped"),
		"parameters": says("What is configured."),
	},
	openapi.TypeOf[listenerParameters](): {
		"address":  says("The address that it listens on; null with a Unix socket."),
		"port":     portSchema,
		"service":  says("The service that it is for."),
		"socket":   says("The path of its Unix socket; null with an address."),
		"ssl":      says("Whether it offers TLS."),
		"protocol": oneOf("The protocol that it speaks.", "MariaDBProtocol"),
	},
	openapi.TypeOf[monitorAttributes](): {
		"module":              says("The monitor's module."),
		"state":               oneOf("Whether it watches.", "Running", "Stopped"),
		"parameters":          says("What is configured."),
		"ticks":               says("Looks at its servers that have ended."),
		"monitor_diagnostics": says("What it last saw."),
	},
	openapi.TypeOf[monitorParameters](): {
		"user":       says("The account that it uses."),
		"password":   stars,
		"interval":   durationOf("The time between two looks."),
		"timeout":    durationOf("The longest that a look takes."),
		"fail_count": count("Looks that have to fail before a server is down."),
	},
}

var (
	portSchema = &openapi.Schema{Type: openapi.Types{"integer", "null"}, Minimum: new(int64), Maximum: new(int64(65535)),
		Description: "The TCP port; null with a Unix socket."}
	stars = &openapi.Schema{Description: "Never shown: stars, or nothing if there is none.", Pattern: `^\**$`}
)

// durationOf is a time as the configuration has it.
func durationOf(text string) *openapi.Schema {
	return &openapi.Schema{Type: openapi.Types{"string"}, Pattern: `^([0-9.]+(h|m|s|ms|µs|ns))+$`, Description: text + " Such as 10ms, 1m30s."}
}

// serviceParametersSchema describes serviceParameters.
func serviceParametersSchema() *openapi.Schema {
	text, flag, number := openapi.Text, openapi.Flag, openapi.Count
	return openapi.Closed(map[string]*openapi.Schema{
		"user":                   text("The account that accounts of users are read with."),
		"password":               {Type: openapi.Types{"string"}, Pattern: stars.Pattern, Description: stars.Description},
		"load_users":             flag("Whether accounts of users are read from the servers."),
		"max_connections":        number("The most sessions; 0 for no limit."),
		"connection_timeout":     durationOf("How long a session may be idle; 0s for ever."),
		"net_timeout":            durationOf("The longest that a read or write on the way of a command takes."),
		"max_history":            number("The most session commands that are kept."),
		"retain_last_statements": number("How many statements a session shows."),
		"session_trace":          number("How many log lines a session shows."),
		"local_infile":           flag("Whether LOAD DATA LOCAL is allowed."),
		"allow_replication":      flag("Whether replicas may read the binary log through it."),
		"version_string":         text("The version that clients are told; empty for the servers'."),
		"log_debug":              flag("Whether a session begins with this level on."),
		"log_error":              flag("Whether a session begins with this level on."),
		"log_info":               flag("Whether a session begins with this level on."),
		"log_notice":             flag("Whether a session begins with this level on."),
		"log_warning":            flag("Whether a session begins with this level on."),
		"router":                 pluginParametersSchema(),
	}).Says("What is configured.")
}

// pluginParametersSchema describes pluginParameters.
func pluginParametersSchema() *openapi.Schema {
	text := openapi.Text
	return openapi.Closed(map[string]*openapi.Schema{
		"module":     text("A built-in module's name, or a file's path."),
		"plugin":     text("Which of the module's plugins it is; null if it has one.").OrNull(),
		"sha256":     text("What the module's digest has to be; null for anything.").OrNull(),
		"on_failure": openapi.OneOf("What a failure does; null: as the plugin says.", "close", "restart", "bypass").OrNull(),
		"timeout":    durationOf("The longest that a call takes."),
		"memory":     openapi.Count("The most memory of an instance, in bytes."),
		"files":      openapi.MapOf(text("A file's path.")).Says("Options that are the texts of files, which are not shown."),
		"options":    openapi.MapOf(&openapi.Schema{}).Says("The plugin's own options; what looks like a secret is stars."),
	}).Says("The definition's limits and options.")
}
