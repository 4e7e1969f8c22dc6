package engine

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-db/penstock/engine/auth"
	"github.com/penstock-db/penstock/engine/backend"
	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/sql"
	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm/abi"
)

// statementCacheSize bounds what a service remembers of statements' texts, in bytes.
const statementCacheSize = 16 << 20

// Service is what clients of its listeners reach. It outlives reloads of the
// configuration: its plan changes, its counters go on.
type Service struct {
	name       string
	started    time.Time
	statements *sql.Cache

	sessions atomic.Int64
	total    atomic.Uint64
	peak     atomic.Int64
	refused  atomic.Uint64      // logins
	counts   ledger[Statistics] // of all sessions, those that did not log in included

	mu       sync.Mutex
	current  *plan // nil: no longer configured
	accounts *auth.Loader
}

func newService(name string) *Service {
	return &Service{name: name, started: time.Now(), statements: sql.NewCache(statementCacheSize)}
}

// plan returns the service's current plan, held for the caller; nil if the
// service is no longer configured.
func (s *Service) plan() *plan {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil {
		s.current.refs.Add(1)
	}
	return s.current
}

// config returns the service's current configuration, nil if it has none.
func (s *Service) config() *config.Service {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return nil
	}
	return s.current.cfg
}

// replan takes over a new generation's plan. It reports whether the service's
// accounts have to be loaded, because they may be others.
func (s *Service) replan(next *plan, p *Proxy) (reload bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.current
	s.current = next
	if next == nil || old != nil && old.cfg == next.cfg && slices.Equal(old.targets.servers, next.targets.servers) {
		return false
	}
	s.accounts = auth.NewLoader(auth.LoaderConfig{Service: next.cfg, Logger: p.log.Named("auth"),
		Candidates: func() []auth.Candidate { return candidates(next) }})
	return true
}

// users returns the accounts that may log in now.
func (s *Service) users() *auth.Loader {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accounts
}

// loadUsers reads the servers' user table, if the service wants it.
func (s *Service) loadUsers(ctx context.Context, p *Proxy) {
	c := s.config()
	if c == nil || !c.LoadUsers {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.users().Load(ctx); err != nil {
		p.log.Warn("cannot read the user table now: it is tried again at each login", "service", s.name, "error", err)
	}
}

// learn logs in to the plan's servers once with the service account, so that
// the first client's greeting already offers what they have. A server that
// cannot be asked is offered conservatively until a session has reached it.
func (p *Proxy) learn(ctx context.Context, pl *plan) {
	if pl.cfg.User == "" {
		return
	}
	var asked sync.WaitGroup
	for _, srv := range pl.targets.servers {
		if srv.capabilities.Load() != 0 || !srv.usable() {
			continue
		}
		asked.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
			defer cancel()
			conn, err := backend.Dial(ctx, backend.Options{Server: srv.cfg, TLS: srv.tls,
				Credentials: auth.WithPassword(pl.cfg.User, string(pl.cfg.Password)), Collation: utf8mb4GeneralCI})
			if err != nil {
				p.log.Warn("cannot ask a server for its capabilities", "server", srv.cfg.Name, "error", err)
				return
			}
			srv.learn(conn)
			conn.Quit()
		})
	}
	asked.Wait()
}

// utf8mb4GeneralCI is the collation of Penstock's own connections.
const utf8mb4GeneralCI = 45

// candidates lists the servers whose user table may be read, the primary first.
func candidates(p *plan) []auth.Candidate {
	var list []auth.Candidate
	for _, role := range []abi.Role{abi.RolePrimary, abi.RoleReplica} {
		for _, srv := range p.targets.servers {
			if srv.fits(role) && (role == abi.RolePrimary || !srv.fits(abi.RolePrimary)) {
				list = append(list, auth.Candidate{Server: srv.cfg, TLS: srv.tls})
			}
		}
	}
	return list
}

// enter counts a session in, unless the service is full.
func (s *Service) enter(most int) bool {
	n := s.sessions.Add(1)
	if most > 0 && n > int64(most) {
		s.sessions.Add(-1)
		return false
	}
	s.total.Add(1)
	for {
		peak := s.peak.Load()
		if n <= peak || s.peak.CompareAndSwap(peak, n) {
			return true
		}
	}
}

// offered are the capabilities that the service's listeners offer: what our
// framing understands, without what would promise more than every server keeps.
func (s *Service) offered(p *plan) wire.Capability {
	offer := wire.Understood &^ (wire.MariaDBCacheMetadata | wire.MariaDBProgress | wire.ClientProgressObsolete | wire.ClientSSL | wire.ClientNoSchema)
	if !p.cfg.LocalInfile {
		offer &^= wire.ClientLocalFiles
	}
	for _, srv := range p.targets.servers {
		caps := wire.Capability(srv.capabilities.Load())
		switch {
		case caps == 0: // never reached yet
			offer &^= extensions
		case caps.Has(wire.ClientMySQL): // on servers, the bit says that there are no extensions
			offer &= caps&^extensions | offerAlways
		default:
			offer &= caps | offerAlways
		}
	}
	return offer
}

// extensions are MariaDB's extended capabilities.
const extensions = ^wire.Capability(1<<32 - 1)

// offerAlways are capabilities that concern the client and Penstock only.
const offerAlways = wire.ClientProtocol41 | wire.ClientSecureConnection | wire.ClientPluginAuth | wire.ClientPluginAuthLenencData |
	wire.ClientConnectAttrs | wire.ClientConnectWithDB | wire.ClientInteractive | wire.ClientIgnoreSigpipe | wire.ClientSessionTrack

// version is what the greeting says.
func (s *Service) version(p *plan) string {
	if p.cfg.VersionString != "" {
		return p.cfg.VersionString
	}
	for _, srv := range p.targets.servers {
		if v := srv.state.Load().Version; v != "" {
			return "5.5.5-" + v
		}
	}
	return "5.5.5-10.11.0-MariaDB-penstock"
}
