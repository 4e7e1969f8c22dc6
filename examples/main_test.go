package examples

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	_ "github.com/go-sql-driver/mysql"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

var (
	primary, replica *mariadbtest.Server
	proxy            *rig.Proxy
)

func TestMain(m *testing.M) { os.Exit(runMain(m)) }

func runMain(m *testing.M) (code int) {
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, "tests of the examples:", err)
		return 1
	}
	out, err := outputs()
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(out)
	defer rig.Cleanup()
	if primary, replica, err = mariadbtest.StartPairMain(); err != nil {
		return fail(err)
	}
	defer primary.Close()
	defer replica.Close()
	code = m.Run()
	if proxy != nil {
		if err := proxy.Stop(); err != nil {
			code = fail(err)
		}
		if code != 0 {
			fmt.Fprintf(os.Stderr, "Penstock's log:\n%s\n", proxy.Log())
		}
		os.RemoveAll(proxy.Dir)
	}
	return code
}

// serve starts the proxy that all languages share: for each of them four services, with
// the filters, with the rate limit, with the router, and with everything.
func serve(t *testing.T) {
	t.Helper()
	if proxy != nil {
		return
	}
	out, err := outputs()
	must(t, err)
	setup := rig.Setup{Primary: primary.Addr, Replica: replica.Addr, Env: []string{"XDG_CACHE_HOME=" + out}}
	for _, l := range languages {
		dir := build(t, l.name)
		// The proxy finds them compiled: so many would take it longer than tests wait for a start.
		for _, plugin := range []string{auditlog, maskrows, ratelimit, readwrite, everything} {
			load(t, l, plugin)
		}
		file := func(plugin string) string { return strconv.Quote(filepath.Join(dir, plugin+".wasm")) }
		setup.Filters += fmt.Sprintf(`
[filters.%[1]s_audit]
module = %[2]s
timeout = "500ms"
sinks = [%[6]q]
[filters.%[1]s_mask]
module = %[3]s
timeout = "500ms"
[filters.%[1]s_mask.options]
columns = ["*secret*", "salary"]
[filters.%[1]s_limit]
module = %[4]s
timeout = "500ms"
[filters.%[1]s_limit.options]
tokens_per_second = 1
burst = 5
[filters.%[1]s_everything]
module = %[5]s
timeout = "500ms"
sinks = [%[7]q]
[filters.%[1]s_everything.options]
name = "Zoë \"x\""
size = "64KiB"
wait = "1m1.5s"
flag = true
word = "Green"
list = "a, b"
[[filters.%[1]s_everything.options.tables]]
n = 40
[[filters.%[1]s_everything.options.tables]]
`, l.name, file(auditlog), file(maskrows), file(ratelimit), file(everything), sink(l), sink(l)+"2")
		one := []string{"primary"}
		setup.Services = append(setup.Services,
			rig.Service{Name: l.name + "_filters", Router: "readconnroute", Servers: one, Filters: []string{l.name + "_audit", l.name + "_mask"}},
			rig.Service{Name: l.name + "_limit", Router: "readconnroute", Servers: one, Filters: []string{l.name + "_limit"}},
			rig.Service{Name: l.name + "_router", Router: filepath.Join(dir, readwrite+".wasm")},
			rig.Service{Name: l.name + "_everything", Router: "readwritesplit", Filters: []string{l.name + "_everything"}},
		)
	}
	if proxy, err = rig.StartMain(setup); err != nil {
		t.Fatal(err)
	}
}

// sink is the file of a language's audit log.
func sink(l language) string {
	out, _ := outputs() // TestMain has looked
	return filepath.Join(out, l.name+".audit")
}

// connection is one session of a service.
func connection(t testing.TB, service, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", proxy.DSN(service)+dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
