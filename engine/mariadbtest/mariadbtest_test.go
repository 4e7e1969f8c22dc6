package mariadbtest

import (
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"os"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func scan[T any](t *testing.T, db *sql.DB, query string) T {
	t.Helper()
	var v T
	if err := db.QueryRow(query).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

func TestServerKeepsDataOverKillAndRestart(t *testing.T) {
	s := Start(t, ServerID(7))
	app := s.Open(t, AppUser, AppPassword, Schema)
	if id := scan[int](t, app, "SELECT @@server_id"); id != 7 {
		t.Fatalf("server_id %d, want 7", id)
	}
	s.Exec(t, "CREATE TABLE test.kept (a INT)", "INSERT INTO test.kept VALUES (42)")
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if s.Running() {
		t.Fatal("it runs after Kill")
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if v := scan[int](t, app, "SELECT a FROM kept"); v != 42 {
		t.Fatalf("read %d, want 42", v)
	}
	dir := s.Dir
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Fatalf("the directory is still there: %v", err)
	}
}

func TestPairReplicates(t *testing.T) {
	primary, replica := StartPair(t)
	db := primary.Open(t, AppUser, AppPassword, Schema)
	for _, q := range []string{"CREATE TABLE r (a INT)", "INSERT INTO r VALUES (1), (2)"} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	replica.WaitForSync(t, primary)
	rdb := replica.Open(t, AppUser, AppPassword, Schema)
	if n := scan[int](t, rdb, "SELECT COUNT(*) FROM r"); n != 2 {
		t.Fatalf("%d rows on the replica, want 2", n)
	}
	_, err := rdb.Exec("INSERT INTO r VALUES (3)")
	if err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Fatalf("a write on the replica answered %v, want a read-only error", err)
	}
}

func TestTLSAndEd25519(t *testing.T) {
	s := Start(t, TLS())
	s.Exec(t, "CREATE USER ed@`%` IDENTIFIED VIA ed25519 USING PASSWORD('secret') REQUIRE SSL", "GRANT ALL ON test.* TO ed")
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName = "ed", "secret", "tcp", s.Addr, Schema
	c.TLS = &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	var name, cipher string
	if err := db.QueryRow("SHOW STATUS LIKE 'Ssl_cipher'").Scan(&name, &cipher); err != nil || cipher == "" {
		t.Fatalf("cipher %q, error %v", cipher, err)
	}
}

// TestFreePortsDiffer: a proxy with five listeners needs five ports before it
// binds any.
func TestFreePortsDiffer(t *testing.T) {
	given := map[int]bool{}
	for range 2000 {
		port, err := FreePort()
		if err != nil || given[port] {
			t.Fatalf("port %d, given before: %v, %v", port, given[port], err)
		}
		given[port] = true
	}
}
