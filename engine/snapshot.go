package engine

import (
	"time"

	"github.com/penstock-db/penstock/engine/config"
)

// State is where a session is in its life. Its values are the words that the
// REST API prints.
type State string

// The states of a session, in the order in which it passes through them.
const (
	StateCreated  State = "Session created"         // accepted, not yet authenticated or opened
	StateStarted  State = "Session started"         // working
	StateStopping State = "Stopping session"        // its client is gone or it was killed; it is being taken apart
	StateFailed   State = "Session creation failed" // it never worked
	StateFreed    State = "Freed session"           // everything it held is given back
)

// Snapshot is a session at one moment: plain data, copied out under the
// session's short lock, owned by whoever asked for it. Taking one never waits
// for the session's goroutine.
//
// Slices may be nil; consumers treat nil and empty alike.
type Snapshot struct {
	// ID is the connection id that the client got in its greeting.
	ID      uint64
	Service string
	State   State

	User   string // as the client gave it; empty before authentication
	Remote string // the client's address without port (the PROXY header's, if there was one); "localhost" for a Unix socket
	Port   uint16 // the client's port; 0 for a Unix socket
	// Database is the current schema, empty if none.
	Database string

	Connected time.Time     // when the connection was accepted
	Alive     time.Duration // since Connected, from the monotonic clock
	// Idle is the time since the last reply ended; 0 while a reply is
	// outstanding or a command is being taken in.
	Idle time.Duration
	// IOActivity counts reads and writes that moved bytes, on the client's
	// and all backends' sockets, in the last 30 seconds.
	IOActivity uint64
	Statistics Statistics // since Connected
	// Thread is kept for clients that print it. A Penstock session is a
	// goroutine, which has no thread of its own: it is always 0.
	Thread int

	Connections []Connection // open backends, in the order opened
	Client      Client
	Memory      Memory
	LogFlags    config.LogFlags // the session's own flags, as they act now

	// Queries are the last statements (config: retain_last_statements), the
	// newest first, the running one included.
	Queries []Query
	// Log holds the session's last log lines of all levels (config:
	// session_trace), the oldest first.
	Log []string

	// Filters are the definitions' names of the session's chain, in order, as
	// it was defined last: Pending says whether that chain still waits.
	Filters []string
	// Pending is a swap or restart that waits for the session to be idle, nil
	// if none does.
	Pending *Pending
	// RestartError says why the last restart failed, empty if it did not.
	RestartError string
}

// Connection is one of a session's backends.
type Connection struct {
	Server       string
	ConnectionID uint64 // the server's thread id
	Cipher       string // TLS cipher suite; empty if plain
}

// Client is what a session knows of its client.
type Client struct {
	Cipher     string            // TLS cipher suite; empty if plain
	Attributes map[string]string // connection attributes as sent; never modified after the handshake

	HistoryLen       int // session commands that a new backend would have to replay
	HistoryResponses int // outcomes stored to compare a replay with
	HistoryMetadata  int // prepared statements whose metadata is kept
}

// Memory is what a session holds, in bytes. Every figure is measured when the
// snapshot is taken (buffers, plugin instances) or counted as it changes
// (history, queries).
type Memory struct {
	Client   BufferMemory            // the client's connection
	Backends map[string]BufferMemory // by server name; connections to one server add up

	ExecMetadata int64 // prepared statements: texts, parameter types, ids
	LastQueries  int64 // the statements in Queries
	History      int64 // the session command history
	Variables    int64 // what is remembered of session variables
	Log          int64 // the lines in Log
	// Plugins are the private bytes of each plugin instance at work: the
	// filters' in chain order, then the router's.
	Plugins []PluginMemory
}

// BufferMemory is what one connection holds, in bytes.
type BufferMemory struct {
	Read  int64 // read buffer; 0 while it is back in the pool
	Write int64 // write buffer; 0 while it is back in the pool
	Misc  int64 // everything else: the connection's own structures
}

// Total is the connection's sum.
func (b BufferMemory) Total() int64 { return b.Read + b.Write + b.Misc }

// PluginMemory is what one plugin instance holds privately, in bytes: pages
// shared with other clones of its template do not count.
type PluginMemory struct {
	Name  string // the definition's name; for a router the service's name
	Kind  string // "router" or "filter"
	Bytes int64
}

// Buffers is the sum over all connections.
func (m *Memory) Buffers() int64 {
	sum := m.Client.Total()
	for _, b := range m.Backends {
		sum += b.Total()
	}
	return sum
}

// Total is the sum of everything, plugins included.
func (m *Memory) Total() int64 {
	sum := m.Buffers() + m.ExecMetadata + m.LastQueries + m.History + m.Variables + m.Log
	for _, p := range m.Plugins {
		sum += p.Bytes
	}
	return sum
}

// Query is one statement of a session.
type Query struct {
	Command   string // the command's name, for example COM_QUERY
	Statement string // its text, capped; for commands without text, empty
	Received  time.Time
	// Completed is when the last byte of the last reply was sent; zero while
	// it runs.
	Completed time.Time
	Responses []Response // one for each server that answered, in order of arrival
}

// Response is one server's answer to a [Query].
type Response struct {
	Server   string
	Duration time.Duration // from the command's last byte sent to the reply's last byte received
}
