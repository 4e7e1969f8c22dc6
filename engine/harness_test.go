package engine

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/hashicorp/go-hclog"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

var baseConfig = template.Must(template.New("config").Parse(`
[plugins]
cache_dir = "{{.Cache}}"
[servers.primary]
address = "{{.Primary}}"
[servers.replica]
address = "{{.Replica}}"
[monitors.main]
module = "mariadb"
servers = ["primary", "replica"]
user = "{{.User}}"
password = "{{.Password}}"
interval = "{{.Interval}}"
[services.app]
router = "readwritesplit"
servers = ["primary", "replica"]
user = "{{.User}}"
password = "{{.Password}}"
retain_last_statements = 5
session_trace = 20
local_infile = true
{{.Service}}
[listeners.app]
service = "app"
address = "127.0.0.1:0"
{{.More}}
`))

// startProxy starts a proxy over the shared pair. service are further keys of
// the service's section, more further sections.
func startProxy(t *testing.T, service, more string) *Proxy {
	t.Helper()
	return startWith(t, loadConfig(t, service, more))
}

func startWith(t *testing.T, cfg *config.Config) *Proxy {
	t.Helper()
	p, err := New(Options{Config: cfg, Logger: testLogger(t), Modules: os.DirFS(moduleDir), Runtime: runtime})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := p.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	return p
}

func loadConfig(t *testing.T, service, more string) *config.Config {
	t.Helper()
	var text bytes.Buffer
	err := baseConfig.Execute(&text, map[string]string{
		"Primary": primary.Addr, "Replica": replica.Addr, "User": mariadbtest.ServiceUser, "Password": mariadbtest.ServicePassword,
		"Service": service, "More": more, "Interval": "200ms", "Cache": filepath.Join(moduleDir, "cache")})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// testLogger shows the proxy's log if the test fails.
func testLogger(t *testing.T) hclog.Logger {
	var buf lockedBuffer
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("the proxy's log:\n" + buf.String())
		}
	})
	return hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: &buf})
}

// client opens a pool to the proxy, as the application user.
func client(t *testing.T, p *Proxy, params string) *sql.DB {
	t.Helper()
	db := openPool(t, p, mariadbtest.AppUser, mariadbtest.AppPassword, params)
	if err := db.Ping(); err != nil {
		t.Fatal(err)
	}
	return db
}

func openPool(t *testing.T, p *Proxy, user, password, params string) *sql.DB {
	t.Helper()
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName = user, password, "tcp", p.Listeners()[0].Address, mariadbtest.Schema
	c.Logger = &mysql.NopLogger{}
	dsn := c.FormatDSN()
	if params != "" {
		sep := "?"
		if strings.Contains(dsn, "?") {
			sep = "&"
		}
		dsn += sep + params
	}
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// one opens a single connection, which is one session.
func one(t *testing.T, db *sql.DB) *sql.Conn {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

type queryer interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}

func get(t *testing.T, q queryer, query string, args ...any) string {
	t.Helper()
	var v sql.NullString
	if err := q.QueryRowContext(t.Context(), query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if !v.Valid {
		return "NULL"
	}
	return v.String
}

func do(t *testing.T, q queryer, query string, args ...any) sql.Result {
	t.Helper()
	r, err := q.ExecContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return r
}

// eventually polls until ok, for things that happen on other goroutines.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}
