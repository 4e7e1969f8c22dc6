package admin

import "github.com/penstock-db/penstock/admin/openapi"

var (
	threadShape  = shape{typeThreads, openapi.Of[threadAttributes](), nil}
	logShape     = shape{"logs", openapi.Of[logAttributes](), nil}
	logDataShape = shape{"log_data", openapi.Of[logData](), nil}
)

// logEntriesReply is a page of the log: its entries have no links.
var logEntriesReply = reply{status: 200, says: "A page of the log, the oldest line first.", media: documentTypes,
	schema: openapi.Named("logEntriesList", func(w openapi.Words) *openapi.Schema {
		return envelope(openapi.List(openapi.Of[entryResource]()), w)
	})}

var logPageParameters = []*openapi.Parameter{
	{Name: "page[size]", In: "query", Description: "How many lines; 50 if it is left out.",
		Schema: &openapi.Schema{Type: openapi.Types{"string"}, Pattern: "^[0-9]*[1-9][0-9]*$"}},
	{Name: "page[cursor]", In: "query", Description: "The number of the first line; the last lines if it is left out.",
		Schema: &openapi.Schema{Type: openapi.Types{"string"}, Pattern: "^[0-9]+$"}},
	{Name: "priority", In: "query", Description: "Which levels, with commas in between; all if it is left out.",
		Schema: &openapi.Schema{Type: openapi.Types{"string"}, Pattern: "^(alert|error|warning|notice|info|debug)(,(alert|error|warning|notice|info|debug))*$"}},
}

const nothingLike = "Always null: Penstock has nothing like it, or cannot see it."

func never() *openapi.Schema {
	return &openapi.Schema{Type: openapi.Types{"null"}, Description: nothingLike}
}

var threadWords = openapi.Words{
	openapi.TypeOf[threadAttributes](): {
		"stats": says("What is known of the process; null is what is not."),
	},
	openapi.TypeOf[threadStats](): {
		"reads":                  says("System calls that read."),
		"writes":                 says("System calls that wrote."),
		"errors":                 never(),
		"hangups":                never(),
		"accepts":                says("Connections of clients that were let in."),
		"avg_event_queue_length": never(),
		"max_event_queue_length": never(),
		"max_exec_time":          never(),
		"max_queue_time":         says("The longest that a goroutine waited for a thread, in milliseconds."),
		"current_descriptors":    says("Files and sockets that are open."),
		"total_descriptors":      never(),
		"load":                   says("Percent of the processor time that there was."),
		"query_classifier_cache": says("The caches of classified statements, of all services together."),
		"sessions":               says("Sessions now."),
		"zombies":                never(),
		"state":                  oneOf("Whether it works.", "Active"),
		"listening":              says("Whether any listener listens."),
		"memory":                 says("Memory in bytes."),
	},
	openapi.TypeOf[loadAttributes](): {
		"last_second": says("Of the last second."),
		"last_minute": says("Of the last minute."),
		"last_hour":   says("Of the last hour."),
	},
	openapi.TypeOf[cacheStats](): {
		"size":      count("Bytes."),
		"inserts":   says("Statements that were remembered."),
		"hits":      says("Statements that were known."),
		"misses":    says("Statements that were not."),
		"evictions": says("Statements that were forgotten."),
	},
	openapi.TypeOf[threadMemory](): {
		"query_classifier": count("The caches of classified statements."),
		"heap":             says("Objects of the Go heap."),
		"sessions":         never(),
		"zombies":          never(),
		"total":            says("What the process has in RAM."),
	},
}

var logWords = openapi.Words{
	openapi.TypeOf[logAttributes](): {
		"log_file":       says("The log's file; null for standard error."),
		"log_source":     oneOf("Where lines that are shown come from.", logSource),
		"log_priorities": says("The levels that are written."),
		"parameters":     says("The log's settings."),
	},
	openapi.TypeOf[logParameters](): {
		"log_error":   says("Whether this level is written."),
		"log_warning": says("Whether this level is written."),
		"log_notice":  says("Whether this level is written."),
		"log_info":    says("Whether this level is written."),
		"log_debug":   says("Whether this level is written."),
	},
	openapi.TypeOf[logData](): {
		"log":        says("Lines, the oldest first."),
		"log_source": oneOf("Where they come from.", logSource),
	},
	openapi.TypeOf[logEntry](): {
		"id":        says("The line's number since the start."),
		"message":   says("What it says; in JSON if the log is."),
		"priority":  says("Its level; empty if it has none."),
		"timestamp": {Description: "When, UTC.", Format: "date-time"},
	},
	openapi.TypeOf[entryResource](): {
		"id":         says("The line's number since the start."),
		"type":       oneOf("The type.", "log_entry"),
		"attributes": says("The line."),
	},
	openapi.TypeOf[entryAttributes](): {
		"message":    says("What it says; in JSON if the log is."),
		"priority":   says("Its level; empty if it has none."),
		"log_source": oneOf("Where it comes from.", logSource),
		"timestamp":  {Description: "When, UTC.", Format: "date-time"},
	},
}
