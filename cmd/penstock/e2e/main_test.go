// Package e2e tests the real penstock binary from outside, against a real
// MariaDB primary and replica: what clients see, what the REST API says, what
// is left behind.
package e2e

import (
	"database/sql"
	"fmt"
	"os"
	"testing"

	_ "github.com/go-sql-driver/mysql"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// One pair of servers and one proxy serve all tests that harm neither.
var (
	primary, replica *mariadbtest.Server
	proxy            *rig.Proxy
)

// The services of the shared proxy.
const (
	split   = "split"   // readwritesplit
	one     = "one"     // readconnroute, the primary only
	infile  = "infile"  // like one, LOAD DATA LOCAL allowed
	limited = "limited" // like one, at most 3 sessions, short handshake
)

const filterDefinitions = `
[filters.hide]
module = "regexfilter"
[filters.hide.options]
match = 'marker_before'
replace = 'marker_after'

[filters.other]
module = "regexfilter"
[filters.other.options]
match = 'marker_before'
replace = 'marker_other'
`

func setup(primary, replica *mariadbtest.Server) rig.Setup {
	return rig.Setup{
		Primary: primary.Addr, Replica: replica.Addr, Filters: filterDefinitions,
		Services: []rig.Service{
			{Name: split, Router: "readwritesplit"},
			{Name: one, Router: "readconnroute", Servers: []string{"primary"}},
			{Name: infile, Router: "readconnroute", Servers: []string{"primary"}, Keys: "local_infile = true"},
			{Name: limited, Router: "readconnroute", Servers: []string{"primary"}, Keys: "max_connections = 3", Listener: `handshake_timeout = "1s"`},
		},
	}
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, "end-to-end tests:", err)
		return 1
	}
	defer rig.Cleanup()
	var err error
	if primary, replica, err = mariadbtest.StartPairMain(); err != nil {
		return fail(err)
	}
	defer primary.Close()
	defer replica.Close()
	if proxy, err = rig.StartMain(setup(primary, replica)); err != nil {
		return fail(err)
	}
	defer os.RemoveAll(proxy.Dir)
	code = m.Run()
	if err := proxy.API.Broken(); err != nil {
		code = fail(err)
	}
	if err := proxy.Stop(); err != nil {
		code = fail(err)
	}
	if code != 0 {
		fmt.Fprintf(os.Stderr, "Penstock's log:\n%s\n", proxy.Log())
	}
	return code
}

// open returns a pool of the application's account, closed with the test.
func open(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// connect returns a bare client, closed with the test.
func connect(t testing.TB, address string, l rig.Login) *rig.Client {
	t.Helper()
	c, err := rig.Connect(address, l)
	if err != nil {
		t.Fatalf("connect to %s: %v", address, err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// schema makes an empty schema that goes with the test.
func schema(t testing.TB, name string) {
	t.Helper()
	primary.Exec(t, "DROP DATABASE IF EXISTS "+name, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4")
	t.Cleanup(func() { primary.Exec(t, "DROP DATABASE IF EXISTS "+name) })
	replica.WaitForSync(t, primary)
}
