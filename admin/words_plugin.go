package admin

import "github.com/penstock-db/penstock/admin/openapi"

var pluginWords = openapi.Words{
	openapi.TypeOf[pluginDiagnostics](): {
		"failures":        says("Calls that trapped, took too long, or answered nonsense."),
		"instances":       count("Instances that sessions have open now."),
		"older_instances": count("Instances of older versions that sessions still have."),
		"kv":              says("The key-value store."),
		"limits":          says("What each instance may take."),
		"metrics":         says("The plugin's own metrics by name."),
		"on_failure":      says("What a failure does; empty if the definition was never opened."),
		"sandbox":         says("How the instances are kept."),
	},
	openapi.TypeOf[sandboxDiagnostics](): {
		"cloned":        says("Whether instances are clones of one that has started."),
		"plain_because": says("Why they are not; null if they are."),
		"running":       count("Clones at work."),
		"free":          count("Clones that wait for work."),
		"made":          says("Clones that were ever made."),
		"parked":        count("Instances that sleep."),
		"image":         count("Bytes of the frozen image that all share."),
		"private":       count("Bytes that the instances have for themselves, running and asleep."),
	},
	openapi.TypeOf[kvDiagnostics](): {
		"bytes":       count("Bytes in it."),
		"entries":     count("Entries in it."),
		"max_bytes":   count("The most bytes that it takes."),
		"max_entries": count("The most entries that it takes."),
	},
	openapi.TypeOf[limitDiagnostics](): {
		"memory":  count("The most memory, in bytes."),
		"output":  count("The most that it may make up as one answer, in bytes."),
		"start":   durationOf("The longest that opening takes."),
		"timeout": durationOf("The longest that a call takes."),
	},
	openapi.TypeOf[metricAttributes](): {
		"type":    oneOf("What it is.", "counter", "gauge", "histogram"),
		"value":   {Type: openapi.Types{"integer"}, Description: "The value of a counter or gauge."},
		"count":   count("How many values a histogram has."),
		"sum":     {Type: openapi.Types{"integer"}, Description: "The sum of a histogram's values."},
		"buckets": says("A histogram's buckets that are not empty."),
	},
	openapi.TypeOf[bucketAttributes](): {
		"count": says("How many values are in it."),
		"most":  says("The largest value that it takes."),
	},
}
