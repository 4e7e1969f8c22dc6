package mariadbtest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// Accounts and schema of every server that was not started with [Bare].
const (
	Schema = "test"

	AppUser     = "app" // all privileges but GRANT OPTION, from anywhere, mysql_native_password
	AppPassword = "app"

	ServiceUser     = "penstock" // reads the user tables, watches replication, kills
	ServicePassword = "penstock"

	ReplicationUser     = "repl"
	ReplicationPassword = "repl"
)

// Server is one running mariadbd. Its methods may be called from one
// goroutine at a time; the fields never change.
type Server struct {
	Addr   string // 127.0.0.1:port; stays the same over Restart
	Port   int
	Socket string // path of its Unix socket
	Dir    string // holds data directory, socket and error log; goes with the server

	// Certificates is set if the server was started with [TLS].
	*Certificates

	process *process // nil while it does not run
	argv    []string // how to start it again
	lock    *os.File // held while this Server may use Dir
}

// Start starts a server that ends with the test.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s, err := StartMain(opts...)
	if err != nil {
		t.Fatalf("start a MariaDB server: %v", err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("error log of the server at %s:\n%s", s.Addr, s.ErrorLog())
		}
		s.Close()
	})
	return s
}

// StartMain starts a server for a TestMain, which has to Close it.
func StartMain(opts ...Option) (*Server, error) {
	o := gather(opts)
	s, err := start(o, nil)
	if err != nil {
		return nil, err
	}
	if !o.bare {
		if err := s.prepareAccounts(); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

// start makes the directory and starts mariadbd in it. extra are arguments
// that depend on the chosen port.
func start(o options, extra func(port int) []string) (*Server, error) {
	mariadbd, err := find("mariadbd", "mysqld")
	if err != nil {
		return nil, err
	}
	prepared, err := template(mariadbd)
	if err != nil {
		return nil, err
	}
	s := new(Server)
	if s.Dir, s.lock, err = makeDir(); err != nil {
		return nil, err
	}
	data := filepath.Join(s.Dir, "data")
	if err = os.Mkdir(data, 0o700); err == nil {
		err = copyTree(data, prepared)
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("copy the prepared data directory: %w", err)
	}
	s.Socket = filepath.Join(s.Dir, "s")
	args := baseArgs(s.Dir, s.Socket, o.serverID)
	if o.tls {
		tls, err := s.makeTLS()
		if err != nil {
			s.Close()
			return nil, err
		}
		args = append(args, tls...)
	}
	if err := s.startOnFreePort(mariadbd, args, o.args, extra); err != nil {
		err = fmt.Errorf("%w\n%s", err, s.ErrorLog())
		s.Close()
		return nil, err
	}
	return s, nil
}

// DSN returns a go-sql-driver data source name for the server's TCP address.
func (s *Server) DSN(user, password, schema string) string {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.DBName = user, password, schema
	c.Net, c.Addr = "tcp", s.Addr
	return c.FormatDSN()
}

// rootDSN logs in as root over the socket.
func (s *Server) rootDSN() string {
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr = "root", "unix", s.Socket
	return c.FormatDSN()
}

// DB returns a pool that is root, over the Unix socket. It is closed with the test.
func (s *Server) DB(t testing.TB) *sql.DB {
	t.Helper()
	return open(t, s.rootDSN())
}

// Open returns a pool of the given account over TCP. It is closed with the test.
func (s *Server) Open(t testing.TB, user, password, schema string) *sql.DB {
	t.Helper()
	return open(t, s.DSN(user, password, schema))
}

func open(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatalf("open %s: %v", dsn, err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Exec runs statements as root, in order, on one connection.
func (s *Server) Exec(t testing.TB, statements ...string) {
	t.Helper()
	if err := s.exec(statements...); err != nil {
		t.Fatal(err)
	}
}

func (s *Server) exec(statements ...string) error {
	return s.asRoot(func(ctx context.Context, c *sql.Conn) error {
		for _, st := range statements {
			if _, err := c.ExecContext(ctx, st); err != nil {
				return fmt.Errorf("server %s: %.200s: %w", s.Addr, st, err)
			}
		}
		return nil
	})
}

// asRoot runs f with a connection of its own, so that nothing of it is left
// open afterwards.
func (s *Server) asRoot(f func(context.Context, *sql.Conn) error) error {
	db, err := sql.Open("mysql", s.rootDSN())
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("server %s: log in as root: %w", s.Addr, err)
	}
	defer c.Close()
	return f(ctx, c)
}

// prepareAccounts makes schema and accounts, past the binary log: primary and
// replica each have them from the start.
func (s *Server) prepareAccounts() error {
	account := func(user, password string) string {
		return fmt.Sprintf("CREATE USER `%s`@`%%` IDENTIFIED BY '%s'", user, password)
	}
	return s.exec(
		"SET sql_log_bin = 0",
		"CREATE DATABASE "+Schema,
		"DELETE FROM mysql.global_priv WHERE User = ''", // anonymous accounts would win over ours
		"FLUSH PRIVILEGES",
		account(AppUser, AppPassword),
		"GRANT ALL PRIVILEGES ON *.* TO "+AppUser,
		// SUPER and READ_ONLY ADMIN would let the application write on a replica.
		"REVOKE SUPER, READ_ONLY ADMIN ON *.* FROM "+AppUser,
		account(ServiceUser, ServicePassword),
		"GRANT SELECT ON mysql.* TO "+ServiceUser,
		"GRANT PROCESS, SHOW DATABASES, CONNECTION ADMIN, REPLICATION CLIENT, REPLICA MONITOR ON *.* TO "+ServiceUser,
		account(ReplicationUser, ReplicationPassword),
		"GRANT REPLICATION SLAVE ON *.* TO "+ReplicationUser,
	)
}
