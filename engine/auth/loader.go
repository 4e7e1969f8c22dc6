package auth

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/penstock-db/penstock/engine/config"
)

// Candidate is a server that a user table can be read from.
type Candidate struct {
	Server *config.Server
	TLS    *tls.Config // nil: plain
}

// LoaderConfig says where accounts come from.
type LoaderConfig struct {
	// Service gives the service account, the configuration's own users, and
	// whether the servers' are loaded at all.
	Service *config.Service
	// Candidates lists the servers to ask, best first (a primary before
	// replicas); the first that answers is used. It is called for every load.
	Candidates func() []Candidate
	Logger     hclog.Logger // nil: silent
}

// Limits of refreshing.
const (
	// refreshMin is the shortest time between two loads. As long as loads find
	// nothing new it doubles, up to refreshMax: somebody guesses passwords.
	refreshMin = time.Second
	refreshMax = 30 * time.Second
	// loadTimeout bounds one load: a login may be waiting for it.
	loadTimeout = 5 * time.Second
)

// Loader keeps a service's accounts: those of the configuration, and those of
// the servers' user table, read through the service account. It implements
// [Accounts] for any number of goroutines, and runs none of its own.
//
// The service account needs, on MariaDB:
//
//	GRANT SELECT ON mysql.global_priv TO 'penstock'@'%';   -- or mysql.user (older servers, MySQL)
//	GRANT SELECT ON mysql.db TO 'penstock'@'%';
//	GRANT SELECT ON mysql.tables_priv TO 'penstock'@'%';
//	GRANT SELECT ON mysql.columns_priv TO 'penstock'@'%';
//	GRANT SELECT ON mysql.procs_priv TO 'penstock'@'%';
//	GRANT SELECT ON mysql.roles_mapping TO 'penstock'@'%'; -- MariaDB only
//	GRANT SHOW DATABASES ON *.* TO 'penstock'@'%';         -- else unknown schemas are noticed by the server only
//
// or, shorter, GRANT SELECT ON mysql.* and SHOW DATABASES. An error names what
// is missing.
type Loader struct {
	cfg   LoaderConfig
	table atomic.Pointer[Table]

	sem  chan struct{} // held while loading
	mu   sync.Mutex
	next time.Time     // not before
	wait time.Duration // between loads
	err  error         // of the last load
	seen string        // fingerprint of what the last load found
}

// NewLoader returns a loader that knows the configuration's users. Call
// [Loader.Load] to read the servers'.
func NewLoader(cfg LoaderConfig) *Loader {
	if cfg.Logger == nil {
		cfg.Logger = hclog.NewNullLogger()
	}
	l := &Loader{cfg: cfg, sem: make(chan struct{}, 1), wait: refreshMin}
	l.table.Store(NewTable(Source{Configured: l.configured()}))
	return l
}

func (l *Loader) configured() []Account {
	list := make([]Account, len(l.cfg.Service.Users))
	for i, u := range l.cfg.Service.Users {
		list[i] = FromConfig(u)
	}
	return list
}

// Table returns the accounts as last read.
func (l *Loader) Table() *Table { return l.table.Load() }

// Err is why the last load failed, nil if it did not.
func (l *Loader) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Refresh loads unless that happened just now, and reports whether it did. Of
// several goroutines one loads and the others wait for it.
func (l *Loader) Refresh(ctx context.Context) bool {
	if !l.cfg.Service.LoadUsers {
		return false
	}
	before := l.Table()
	select {
	case l.sem <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	defer func() { <-l.sem }()
	if l.Table() != before {
		return true // somebody else did while this one waited
	}
	l.mu.Lock()
	early := time.Now().Before(l.next)
	l.mu.Unlock()
	if early {
		return false
	}
	return l.load(ctx) == nil
}

// Load reads the user table now. If it fails, the accounts known before stay.
// Without LoadUsers it does nothing.
func (l *Loader) Load(ctx context.Context) error {
	if !l.cfg.Service.LoadUsers {
		return nil
	}
	select {
	case l.sem <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-l.sem }()
	return l.load(ctx)
}

func (l *Loader) load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	src, err := l.first(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		src.Configured = l.configured()
		sum := sha256.New()
		fmt.Fprintf(sum, "%+v", *src)
		fingerprint := string(sum.Sum(nil))
		if fingerprint != l.seen {
			l.seen, l.wait = fingerprint, refreshMin
			l.cfg.Logger.Info("loaded the user accounts", "service", l.cfg.Service.Name, "server", src.From, "accounts", len(src.Accounts))
		} else {
			l.wait = min(2*l.wait, refreshMax)
		}
		l.table.Store(NewTable(*src))
	} else {
		l.wait = min(2*l.wait, refreshMax)
		l.cfg.Logger.Error("cannot load the user accounts", "service", l.cfg.Service.Name, "error", err)
	}
	l.err, l.next = err, time.Now().Add(l.wait)
	return err
}

// first reads from the first server that answers.
func (l *Loader) first(ctx context.Context) (*Source, error) {
	var errs []error
	for _, c := range l.cfg.Candidates() {
		src, err := readAccounts(ctx, c, l.cfg.Service.User, string(l.cfg.Service.Password))
		if err == nil {
			return src, nil
		}
		errs = append(errs, fmt.Errorf("server %q: %w", c.Server.Name, err))
		if ctx.Err() != nil {
			break
		}
	}
	if len(errs) == 0 {
		return nil, errors.New("no server is up to load the user accounts from")
	}
	return nil, errors.Join(errs...)
}
