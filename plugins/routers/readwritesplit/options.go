package readwritesplit

import (
	"math"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
)

// failureMode is what happens when there is no primary.
type failureMode byte

const (
	errorOnWrite  failureMode = iota // writes get an error, the session goes on
	failOnWrite                      // a write closes the session
	failInstantly                    // the session is closed as soon as the primary is gone
)

// criteria is how one of several replicas is chosen.
type criteria byte

const (
	byOperations criteria = iota
	byConnections
	byLatency
)

type options struct {
	criteria       criteria
	maxLag         time.Duration // negative: any
	failure        failureMode
	primaryReads   bool
	varsOnPrimary  bool
	retryReads     bool
	strictMulti    bool
	strictCalls    bool
	maxConnections int // replicas that the session connects to at most
}

func decode(o *sdk.Options) options {
	out := options{
		maxLag:         -1,
		primaryReads:   o.Bool("master_accept_reads", false),
		retryReads:     o.Bool("retry_failed_reads", true),
		strictMulti:    o.Bool("strict_multi_stmt", false),
		strictCalls:    o.Bool("strict_sp_calls", false),
		maxConnections: int(o.Int("max_slave_connections", 255, 0, 255)),
	}
	switch o.Enum("slave_selection_criteria", "least_current_operations", "least_current_operations",
		"least_global_connections", "least_router_connections", "adaptive_routing") {
	case "least_global_connections", "least_router_connections":
		out.criteria = byConnections
	case "adaptive_routing":
		out.criteria = byLatency
	}
	for _, name := range []string{"max_replication_lag", "max_slave_replication_lag"} {
		if d := o.Duration(name, math.MinInt64); d != math.MinInt64 {
			out.maxLag = d
		}
	}
	switch o.Enum("master_failure_mode", "error_on_write", "fail_instantly", "fail_on_write", "error_on_write") {
	case "fail_instantly":
		out.failure = failInstantly
	case "fail_on_write":
		out.failure = failOnWrite
	}
	out.varsOnPrimary = o.Enum("use_sql_variables_in", "all", "all", "master") == "master"
	if !o.Bool("lazy_connect", true) {
		o.Fail("lazy_connect", "can only be true: Penstock opens a connection to a server when the first command goes there")
	}
	return out
}
