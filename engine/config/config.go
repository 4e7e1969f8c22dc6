// Package config reads Penstock's TOML configuration into a validated,
// immutable [Config].
//
// Nothing else in Penstock looks at TOML, environment variables or secret
// files. [Load] reports every problem of a file at once, each with file, line
// and what to do about it; a Config that it returns is complete: references
// resolve, addresses parse, defaults are filled in. A Config is never changed
// after Load: a reload makes a new one.
package config

import (
	"net/netip"
	"time"
)

// Config is one validated configuration. It and everything it points to must
// be treated as read-only.
type Config struct {
	File      string // the file it was read from
	Proxy     Proxy
	Admin     Admin
	Log       Log
	Plugins   Plugins
	Servers   map[string]*Server
	Monitors  map[string]*Monitor
	Filters   map[string]*Filter
	Services  map[string]*Service
	Listeners map[string]*Listener

	places *position // of everything in the file and what the REST API has changed
}

// Proxy configures the process as a whole.
type Proxy struct {
	// DrainTimeout is how long SIGTERM waits for sessions to finish what they
	// are doing before they are closed.
	DrainTimeout time.Duration
}

// Log configures the process's log.
type Log struct {
	Level  string // error, warning, notice, info, debug
	Format string // text or json
	File   string // empty: standard error
}

// Plugins configures the sandbox as a whole.
type Plugins struct {
	CacheDir string // compiled modules; empty: the user's cache directory; "off": none
	// ParkAfter is how long a session is idle before its plugin instances are
	// put to sleep; 0: never.
	ParkAfter time.Duration
	// Watch has changed module files taken over by live sessions.
	Watch bool
}

// Server is one database server.
type Server struct {
	Name           string
	Address        string // host:port; empty if Socket is set
	Socket         string // path of a Unix socket
	TLS            *TLS   // nil: plain
	ProxyProtocol  bool   // send a PROXY v2 header with the client's address
	Weight         int    // for routers that balance by weight; at least 1
	Rank           int    // 0 preferred; higher ranks serve only when no lower one can
	MaxConnections int    // Penstock's own limit towards this server; 0 unlimited
	ConnectTimeout time.Duration
	// Maintenance keeps every session away from it. Draining does so as soon as
	// no session has a connection to it any more, and makes no new ones.
	Maintenance, Draining bool
}

// TLS configures one side of TLS.
type TLS struct {
	Cert       string // PEM file; required for listeners
	Key        string
	CA         string // PEM file that peers are checked against; empty: the system's for servers
	ServerName string // name to check; empty: the server's host name
	VerifyPeer bool   // servers: check the certificate (default true); listeners: demand client certificates
	Required   bool   // listeners: refuse clients that do not ask for TLS
	MinVersion uint16 // tls.VersionTLS12 by default
}

// Monitor watches servers and sets their status.
type Monitor struct {
	Name     string
	Module   string // "mariadb" or "galera"
	Servers  []string
	User     string
	Password Secret
	Interval time.Duration
	Timeout  time.Duration // for one probe of one server
	// FailCount is how many probes in a row have to fail before a server is down.
	FailCount int
	// Stopped monitors look at each server once and then take it as it was.
	Stopped bool
}

// The modules of monitors.
const (
	MonitorMariaDB = "mariadb"
	MonitorGalera  = "galera"
)

// Filter is a filter definition.
type Filter struct {
	Name string
	Plugin
}

// Plugin is what filter and router definitions have in common.
type Plugin struct {
	Module    string // name of a built-in module, path of a .wasm file (contains a slash or ends in .wasm), or an OCI artifact (see [Artifact])
	Plugin    string // which plugin of the module; empty: the module's only one
	SHA256    string // hex; pins the module's content
	OnFailure string // close, restart, bypass; empty: what the plugin declares
	// Timeout is the time budget of one call; Memory is the cap of one
	// instance in bytes.
	Timeout time.Duration
	Memory  int64
	// Sinks are files that the plugin may append to, in the order of its sink ids.
	Sinks []string
	// Files are the files whose texts are options, ordered by the option's name.
	Files []OptionFile
	// Options is the definition's options as JSON, the texts of Files among them: what
	// the plugin's config_read returns.
	Options []byte
}

// OptionFile is a file whose text is an option.
type OptionFile struct{ Option, Path string }

// Service is a router, an ordered list of filters, and servers.
type Service struct {
	Name    string
	Router  Plugin
	Filters []string
	Servers []string

	// User and Password are the service account: it reads the servers' user
	// tables and kills queries that clients left behind.
	User     string
	Password Secret
	// Users are the accounts that the configuration itself declares. If
	// LoadUsers is false they are the only ones.
	Users     []User
	LoadUsers bool

	MaxConnections    int           // 0 unlimited
	ConnectionTimeout time.Duration // idle clients are closed after it; 0 never
	NetTimeout        time.Duration // longest that a client may neither go on with a command nor take any of its reply
	// MaxHistory is how many session commands are kept for replay.
	MaxHistory int
	// RetainLastStatements and SessionTrace size the session's queries[] and log[].
	RetainLastStatements int
	SessionTrace         int
	LogFlags             LogFlags
	LocalInfile          bool   // allow LOAD DATA LOCAL
	AllowReplication     bool   // allow COM_BINLOG_DUMP and its kin
	VersionString        string // server version in the greeting; empty: the servers' own
	Stopped              bool   // its listeners do not listen
}

// User is an account declared in the configuration.
type User struct {
	Name     string
	Password Secret
	Host     string   // pattern with % and _, as in MariaDB; "%" by default
	Schemas  []string // schemas that the user may connect to; empty: any
	// BackendUser and BackendPassword log in to the servers; empty: the user's own.
	BackendUser     string
	BackendPassword Secret
}

// LogFlags are a session's five log levels, each on or off.
type LogFlags struct {
	Error, Warning, Notice, Info, Debug bool
}

// Listener is an address where clients reach a service.
type Listener struct {
	Name    string
	Service string
	Address string // host:port; empty if Socket is set
	Socket  string
	TLS     *TLS
	// ProxyNetworks are the networks whose connections must begin with a PROXY
	// header; others must not send one.
	ProxyNetworks []netip.Prefix
	// HandshakeTimeout bounds the time from accept to authenticated.
	HandshakeTimeout time.Duration
	Stopped          bool // it does not listen
}

// Listens reports whether a listener is to listen: neither it nor its service
// is stopped.
func (c *Config) Listens(l *Listener) bool { return !l.Stopped && !c.Services[l.Service].Stopped }

// Secret is a password. Its value never shows in logs or JSON.
type Secret string

// String hides the secret.
func (Secret) String() string { return "*****" }

// GoString hides the secret.
func (Secret) GoString() string { return "*****" }

// MarshalText hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte("*****"), nil }
