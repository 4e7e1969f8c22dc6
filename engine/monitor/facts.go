package monitor

import (
	"errors"
	"time"
)

var errNotProbed = errors.New("not probed yet")

// facts is what one probe read from a server.
type facts struct {
	up       bool
	err      error // of the last probe; a server stays up for a few failed probes
	readOnly bool
	version  string
	gtid     string
	serverID int64
	uptime   time.Duration

	// replication is one entry for each configured connection; nil if there is
	// none. replicationErr says that the server refused to tell.
	replication    []replication
	replicationErr error

	// wsrepState and wsrepIndex are Galera's; -1 if the server has none.
	wsrepState int
	wsrepIndex int
	wsrepText  string // wsrep_local_state_comment
	wsrepReady bool
}

// replication is one connection of a replica to its primary.
type replication struct {
	name       string
	ioRunning  string // Yes, No, Connecting, Preparing
	sqlRunning bool
	lag        int64 // -1 unknown
	primaryID  int64
	lastError  string
}
