package engine

import (
	"crypto/tls"
	"sync/atomic"
	"time"

	"github.com/penstock-db/penstock/engine/backend"
	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/monitor"
	"github.com/penstock-db/penstock/wasm/abi"
)

// server is what all sessions share about one database server: its
// configuration, what its monitor last saw, and how busy Penstock keeps it.
type server struct {
	cfg *config.Server
	tls *tls.Config // nil: plain

	state *atomic.Pointer[monitor.State] // shared with other versions of its configuration

	*usage
	latency atomic.Uint32 // moving mean of reply times, in microseconds
	// capabilities are those of the greeting, as the last connection saw them; 0 unknown.
	capabilities atomic.Uint64
	version      atomic.Uint32 // as executable comments spell it; 0 unknown or not MariaDB's
}

// learn takes over what a connection's greeting said of the server.
func (s *server) learn(conn *backend.Conn) {
	s.capabilities.Store(uint64(conn.ServerCapabilities()))
	s.version.Store(mariadbVersion(conn.Version()))
}

func (s *server) status() monitor.Status { return s.state.Load().Status }

// usable reports whether new connections may be made to the server.
func (s *server) usable() bool {
	st := s.status()
	return st&abi.TargetRunning != 0 && st&(abi.TargetMaintenance|abi.TargetDraining) == 0
}

// fits reports whether the server can play a role now.
func (s *server) fits(role abi.Role) bool {
	st := s.status()
	switch {
	case !s.usable():
		return false
	case role == abi.RolePrimary:
		return st&abi.TargetPrimary != 0
	case role == abi.RoleReplica:
		return st&abi.TargetReplica != 0
	}
	return st&(abi.TargetPrimary|abi.TargetReplica) != 0
}

// observe folds one reply time into the moving mean.
func (s *server) observe(took time.Duration) {
	us := uint32(min(took.Microseconds(), 1<<31))
	old := s.latency.Load()
	if old == 0 {
		s.latency.Store(max(us, 1))
		return
	}
	s.latency.Store(max(uint32((uint64(old)*15+uint64(us))/16), 1))
}
