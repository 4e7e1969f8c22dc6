package admin

import "github.com/penstock-db/penstock/admin/openapi"

var sessionWords = openapi.Words{
	openapi.TypeOf[sessionAttributes](): {
		"client":        says("The client's connection."),
		"connected":     {Description: "When the connection was accepted: an HTTP date.", Pattern: httpDate},
		"connections":   says("The open connections to servers in the order opened."),
		"database":      says("The current schema; empty if none."),
		"diagnostics":   openapi.Of[sessionDiagnostics]().Says("What the session's plugins tell of themselves; only if diagnostics=true."),
		"idle":          {Description: "Seconds since the end of the last reply; 0 while a command is being worked on.", Minimum: new(int64)},
		"io_activity":   says("Reads and writes on the session's sockets in the last 30 seconds."),
		"log":           says("The session's last log lines, the oldest first."),
		"memory":        says("The session's memory in bytes."),
		"parameters":    says("Which of the session's log lines go to Penstock's log."),
		"pending":       says("A change that waits for the session to be idle; null if none does."),
		"port":          {Description: "The client's port; 0 on a Unix socket.", Maximum: new(int64(65535))},
		"queries":       says("The last statements, the newest first, the running one included."),
		"remote":        says("The client's address, or its name if rdns=true; localhost on a Unix socket."),
		"restart_error": says("Why the last restart failed; null if it did not."),
		"seconds_alive": {Description: "Seconds since the connection was accepted.", Minimum: new(int64)},
		"state":         oneOf("What the session is doing.", "Session created", "Session started", "Stopping session", "Session creation failed", "Freed session"),
		"statistics":    says("What the client did."),
		"thread":        says("Always 0: a session has no thread of its own."),
		"user":          says("The user as the client gave it; empty before it did."),
	},
	openapi.TypeOf[clientAttributes](): {
		"cipher":                          says("The connection's TLS cipher suite; empty without TLS."),
		"connection_attributes":           says("What the client told of itself."),
		"sescmd_history_len":              count("Session commands that a new connection to a server would have to replay."),
		"sescmd_history_stored_metadata":  count("Prepared statements whose metadata is kept."),
		"sescmd_history_stored_responses": count("Outcomes that are kept to compare a replay with."),
	},
	openapi.TypeOf[connectionAttributes](): {
		"cipher":        says("The connection's TLS cipher suite; empty without TLS."),
		"connection_id": says("The server's own id of the connection."),
		"server":        says("The server's name."),
	},
	openapi.TypeOf[parameters](): {
		"log_debug":   says("Lines of level debug."),
		"log_error":   says("Lines of level error."),
		"log_info":    says("Lines of level info."),
		"log_notice":  says("Lines of level notice."),
		"log_warning": says("Lines of level warning."),
	},
	openapi.TypeOf[pendingAttributes](): {
		"filters":     says("The chain that is to come."),
		"restart":     says("Whether the whole session is made anew."),
		"waiting_for": oneOf("What keeps the session from being idle.", "outstanding reply", "open transaction", "open cursor", "long data", "login"),
	},
	openapi.TypeOf[queryAttributes](): {
		"command":   says("The protocol's name of the command."),
		"completed": {Description: "When the last byte of its reply was sent, UTC; null while it runs.", Format: "date-time"},
		"received":  {Description: "When the command had come, UTC.", Format: "date-time"},
		"responses": says("Each server that answered; empty if a filter did."),
		"statement": says("Its text, at most 4096 bytes of it."),
	},
	openapi.TypeOf[responseAttributes](): {
		"duration": {Description: "The time that the server took, in milliseconds.", Minimum: new(int64)},
		"server":   says("The server's name."),
	},
	openapi.TypeOf[sessionDiagnostics](): {
		"error":   says("Why no plugin was asked; null if they were."),
		"plugins": says("The filters in the order of the chain, then the router."),
	},
	openapi.TypeOf[diagnosisAttributes](): {
		"diagnostics": says("What the plugin tells, as it likes; null if nothing."),
		"error":       says("Why it could not tell; null if it could."),
		"kind":        pluginKind,
		"name":        says("The definition's name."),
	},
	openapi.TypeOf[statistics](): {
		"bytes_from_client": says("Bytes of the protocol that clients sent."),
		"bytes_to_client":   says("Bytes of the protocol that clients got."),
		"commands":          says("Commands that clients sent."),
		"errors":            says("Error packets that clients got."),
		"plugin_failures":   says("Calls of plugins that trapped, took too long, or answered nonsense."),
		"queries":           says("Of the commands, those that execute a statement."),
	},
}

var pluginKind = oneOf("What the plugin is.", "filter", "router")

var memoryWords = openapi.Words{
	openapi.TypeOf[memoryAttributes](): {
		"connection_buffers": says("The connections' buffers."),
		"exec_metadata":      count("Prepared statements, in bytes."),
		"last_queries":       count("What queries holds, in bytes."),
		"log":                count("What log holds, in bytes."),
		"plugins":            says("The private memory of each plugin instance at work."),
		"sescmd_history":     count("The session command history, in bytes."),
		"total":              count("The sum of all, in bytes."),
		"variables":          count("Always 0: variables are in the history."),
	},
	openapi.TypeOf[bufferAttributes](): {
		"backends": says("By server: its connections added up."),
		"client":   says("The client's connection."),
		"total":    count("The sum, in bytes."),
	},
	openapi.TypeOf[connectionMemory](): {
		"misc":   count("The connection's own structure, in bytes."),
		"readq":  count("The buffer for reading, in bytes."),
		"total":  count("The sum, in bytes."),
		"writeq": count("The buffer for writing, in bytes."),
	},
	openapi.TypeOf[pluginMemoryAttributes](): {
		"bytes": count("The instance's private memory, in bytes."),
		"kind":  pluginKind,
		"name":  says("The definition's name."),
	},
}
