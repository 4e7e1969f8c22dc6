package engine

import (
	"time"

	"github.com/penstock-db/penstock/engine/auth"
	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/monitor"
	"github.com/penstock-db/penstock/engine/sql"
)

// ServiceInfo is a service at one moment. Like all the Info types it is plain
// data owned by whoever asked for it, except Config, which is shared and must
// not be changed.
type ServiceInfo struct {
	Config      *config.Service
	Started     time.Time // when the service began to serve; zero if it does not
	Running     bool
	Connections uint64 // sessions now
	Active      uint64 // of them those that work on a command now
	Total       uint64 // sessions since the start
	Peak        uint64 // most sessions at one time
	Refused     uint64 // logins since the start
	Statistics  Statistics
	Router      PluginStatus
	Statements  StatementCache // of what is remembered of statements' texts
	// Users are the accounts that may log in: the configuration's and those
	// that were read from a server. The list is shared and must not be changed.
	Users []User
}

// ServerInfo is a server and what its monitor last saw of it.
type ServerInfo struct {
	Config      *config.Server
	Monitor     string // the monitor's name; empty if none watches it
	State       string // "Primary, Running" and so on; "Down"; "Maintenance, Running"
	Detail      string // why it is so, if there is a reason to tell; usually the last probe's error
	Connections uint64 // Penstock's connections to it now
	Total       uint64 // connections since the start
	Outstanding uint64 // commands that wait for its reply now
	Traffic     Traffic

	// What the monitor read from the server; zero values are not known.
	GTID        string
	Version     string
	Uptime      time.Duration
	NodeID      int64
	PrimaryID   int64
	Lag         int64 // replication lag in seconds; -1 unknown
	LastEvent   string
	TriggeredAt time.Time // when LastEvent happened
}

// ListenerInfo is a listener.
type ListenerInfo struct {
	Config *config.Listener
	// Address is where it really listens (the kernel's choice for port 0);
	// empty if it does not.
	Address string
	Running bool
}

// MonitorInfo is a monitor.
type MonitorInfo struct {
	Config  *config.Monitor
	Running bool
	Members []monitor.Member // its servers as it last saw them, in the order of Config
}

// FilterInfo is a filter definition.
type FilterInfo struct {
	Config *config.Filter
	Status PluginStatus
}

// User is an account that may log in, without what it logs in with.
type User = auth.Listed

// StatementCache are the counters of a service's cache of classified statements.
type StatementCache = sql.CacheStats
