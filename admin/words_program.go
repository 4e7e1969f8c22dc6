package admin

import "github.com/penstock-db/penstock/admin/openapi"

var (
	endpointShape = shape{"endpoints", openapi.Of[endpoint](), nil}
	moduleShape   = shape{typeModules, openapi.Of[moduleAttributes](), []string{typeFilters, typeServices, typeMonitors}}
)

// date is the description of a time as HTTP writes it.
func date(text string) *openapi.Schema { return &openapi.Schema{Description: text, Pattern: httpDate} }

var programWords = openapi.Words{
	openapi.TypeOf[endpoint](): {
		"summary": says("What is there."),
	},
	openapi.TypeOf[programAttributes](): {
		"version":          says("The program's version."),
		"commit":           says("The commit that it was built from."),
		"started_at":       date("When it was started."),
		"activated_at":     date("The same: there is no passive mode."),
		"uptime":           count("Seconds since then."),
		"process_datetime": date("What time it is for it."),
		"config_file":      says("The configuration's file."),
		"config_sync":      {Type: openapi.Types{"null"}, Description: "There is no synchronisation of configurations."},
		"parameters":       says("What the configuration says of the program as a whole, by its sections."),
		"system":           says("What it runs on."),
	},
	openapi.TypeOf[systemAttributes](): {
		"machine":  says("The machine."),
		"os":       says("The operating system, as uname tells it."),
		"maxscale": says("How the program uses the machine."),
	},
	openapi.TypeOf[machineAttributes](): {
		"cores_available":  count("Processors that the process may run on."),
		"cores_physical":   count("Processors that the machine has."),
		"cores_virtual":    says("What a limit of the control group leaves of the available ones."),
		"memory_available": says("Bytes that the process may take; null if it is not known."),
		"memory_physical":  says("Bytes of RAM; null if it is not known."),
	},
	openapi.TypeOf[osAttributes](): {
		"machine":  says("The kind of machine."),
		"nodename": says("The host's name."),
		"release":  says("The kernel's release."),
		"sysname":  says("The operating system."),
		"version":  says("The kernel's version."),
	},
	openapi.TypeOf[runningAttributes](): {
		"threads":                     says("Threads that can run Go code at one time; null if it is not known."),
		"goroutines":                  says("Goroutines that there are; null if it is not known."),
		"query_classifier_cache_size": count("The most bytes that the caches of classified statements take."),
	},
	openapi.TypeOf[programParameters](): {
		"admin":   says("The section [admin], without what is needed to log in."),
		"log":     says("The section [log]."),
		"plugins": says("The section [plugins]."),
		"proxy":   says("The section [proxy]."),
	},
	openapi.TypeOf[adminParameters](): {
		"address":     says("Where the API listens."),
		"dns_timeout": durationOf("What all look-ups of a request may take together."),
		"enabled":     says("Whether there is an API."),
		"ssl":         says("Whether it uses TLS."),
	},
	openapi.TypeOf[logSettings](): {
		"file":   says("The log's file; null for standard error."),
		"format": says("text or json."),
		"level":  says("The least important level that is written."),
	},
	openapi.TypeOf[pluginsParameters](): {
		"cache_dir":  says("Where compiled modules, and what was downloaded of them, are kept; null for the user's cache directory."),
		"park_after": durationOf("How long a session is idle before its plugins sleep."),
		"watch":      says("Whether changed files of modules are taken over."),
	},
	openapi.TypeOf[proxyParameters](): {
		"drain_timeout": durationOf("How long stopping waits for sessions."),
	},
	openapi.TypeOf[moduleAttributes](): {
		"module_type": oneOf("What it is.", "Router", "Filter", "Monitor"),
		"version":     says("Penstock's version, or of a file sha256: and the beginning of its digest."),
		"description": says("What it does."),
		"api":         oneOf("What it is.", "router", "filter", "monitor"),
		"abi":         says("The ABI that the plugin was built for; null if it is not in use."),
		"maturity":    says("GA for what is built in; of files nothing is known."),
		"file":        says("Its file, or the name of its OCI artifact; null if it is built in."),
		"sha256":      says("The file's digest; null if it is not in use."),
		"parameters":  says("The keys of the configuration that it has; a plugin's own options are not known."),
		"commands":    {Type: openapi.Types{"array"}, Items: &openapi.Schema{Type: openapi.Types{"object"}}, Description: "There are none."},
	},
	openapi.TypeOf[moduleParameter](): {
		"name":          says("The key."),
		"type":          says("What its value is."),
		"default_value": says("What it is if it is left out."),
		"mandatory":     says("Whether it has to be there."),
		"modifiable":    says("Whether this API can change it."),
		"description":   says("What it is for."),
	},
}

var monitorWords = openapi.Words{
	openapi.TypeOf[monitorDiagnostics](): {
		"primary":     says("The primary's name; null if there is none."),
		"server_info": says("Each server as it was seen last."),
	},
	openapi.TypeOf[monitoredInfo](): {
		"name":              says("The server's name."),
		"state":             says("Its state, comma separated."),
		"state_details":     says("Why; null if there is nothing to say."),
		"since":             date("Since when; null if it has been so from the start."),
		"read_only":         says("Its read_only."),
		"server_id":         says("Its node id; -1 if it is not known."),
		"master_id":         says("The node id of the server that it replicates from; -1 none."),
		"gtid_current_pos":  says("Its GTID position; null if it is not known."),
		"replication_lag":   says("Seconds that it is behind; null if it is not known."),
		"slave_connections": says("Its replication connections."),
		"ticks":             says("Looks at it that have ended."),
		"last_probe":        date("When the last one did; null before."),
	},
	openapi.TypeOf[replicationInfo](): {
		"connection_name":       says("The connection's name; empty for the default one."),
		"master_server_id":      says("The primary's node id; -1 if it is not known."),
		"slave_io_running":      says("Yes, No, Connecting or Preparing."),
		"slave_sql_running":     oneOf("Whether it applies what it gets.", "Yes", "No"),
		"seconds_behind_master": says("Seconds that it is behind; null if it is not known."),
		"last_error":            says("Why it has stopped; null if there is nothing to say."),
	},
}
