package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// tool runs a program and returns what it printed on both outputs. Without
// the program the test fails: `make deps` installs it.
func tool(t testing.TB, stdin, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatalf("%s is not installed: make deps", name)
	}
	return string(out), err
}

// cliArgs are the arguments with which MariaDB's programs reach address.
func cliArgs(t testing.TB, address string, more ...string) []string {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	must(t, err)
	return append([]string{"--no-defaults", "-h" + host, "-P" + port, "-u" + mariadbtest.AppUser, "-p" + mariadbtest.AppPassword}, more...)
}

func cli(t testing.TB, address, input string, more ...string) string {
	t.Helper()
	out, err := tool(t, input, "mariadb", cliArgs(t, address, more...)...)
	if err != nil {
		t.Fatalf("mariadb: %v\n%s", err, out)
	}
	return out
}

const cliSession = `
DROP TABLE IF EXISTS cli_t;
CREATE TABLE cli_t (a INT PRIMARY KEY AUTO_INCREMENT, b VARCHAR(20));
INSERT INTO cli_t (b) VALUES ('x'), ('y'), (NULL);
BEGIN;
SELECT * FROM cli_t ORDER BY a;
COMMIT;
DELIMITER //
CREATE OR REPLACE PROCEDURE cli_p(IN n INT)
BEGIN
  SELECT n AS first;
  SELECT n + 1 AS second, 'text' AS third;
  INSERT INTO cli_t (b) VALUES (CONCAT('row ', n));
END//
DELIMITER ;
CALL cli_p(7);
SHOW WARNINGS;
USE mysql
SELECT DATABASE();
USE test
SELECT DATABASE();
SELECT 1/0;
SHOW WARNINGS;
DROP PROCEDURE cli_p;
DROP TABLE cli_t;
`

// The CLI prints the same, warnings, counts and all, whoever answers.
func TestCLI(t *testing.T) {
	for _, mode := range [][]string{{"-A"}, {"-A", "-t", "-vvv", "--show-warnings"}, {"-B", "--column-type-info"}} {
		args := append(mode, mariadbtest.Schema)
		want := withoutTimes(cli(t, primary.Addr, cliSession, args...))
		for _, service := range []string{one, split} {
			if got := withoutTimes(cli(t, proxy.Addr(service), cliSession, args...)); got != want {
				t.Errorf("%s %v: direct:\n%s\nproxied:\n%s", service, mode, want, got)
			}
		}
	}
}

// withoutTimes drops the "(0.001 sec)" of the CLI.
func withoutTimes(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if i := strings.LastIndex(line, " ("); i >= 0 && strings.HasSuffix(line, " sec)\n") {
			line = line[:i] + "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}

func TestCLIStatus(t *testing.T) {
	out := cli(t, proxy.Addr(split), "\\s\nSELECT CONNECTION_ID();", "-A", "-N", mariadbtest.Schema)
	for _, want := range []string{"Current user:", mariadbtest.AppUser + "@", "Protocol version:", "Threads:", "Uptime:", "Db     characterset:", "utf8mb4"} {
		if !strings.Contains(out, want) {
			t.Errorf("\\s does not print %q:\n%s", want, out)
		}
	}
}

// Ctrl-C in the CLI sends KILL QUERY over a new connection, with the id that
// the proxy gave.
func TestCLIInterrupt(t *testing.T) {
	cmd := exec.Command("mariadb", cliArgs(t, proxy.Addr(split), "-A", "-e", "SELECT SLEEP(300), 'interrupt me'", mariadbtest.Schema)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	must(t, cmd.Start())
	must(t, rig.Await("the query to run", func() error { return running(t, "interrupt me", 1) }))
	must(t, cmd.Process.Signal(os.Interrupt))
	must(t, rig.Await("the query to end on the server", func() error { return running(t, "interrupt me", 0) }))
	if err := cmd.Wait(); err == nil || !strings.Contains(out.String(), "interrupted") {
		t.Errorf("the CLI ended with %v:\n%s", err, &out)
	}
}

// running returns nil if want statements that contain text run on the two servers.
func running(t testing.TB, text string, want int) error {
	n := 0
	for _, s := range []*mariadbtest.Server{primary, replica} {
		for _, info := range s.Processes(t) {
			if strings.Contains(info, text) {
				n++
			}
		}
	}
	if n != want {
		return fmt.Errorf("%d statements with %q run, want %d", n, text, want)
	}
	return nil
}

// A client that is killed leaves nothing behind on the servers.
func TestKilledClientLeavesNothing(t *testing.T) {
	cmd := exec.Command("mariadb", cliArgs(t, proxy.Addr(split), "-A", mariadbtest.Schema,
		"-e", "CREATE TEMPORARY TABLE killed_client (a INT); SELECT SLEEP(300), 'killed client'")...)
	must(t, cmd.Start())
	must(t, rig.Await("the query to run", func() error { return running(t, "killed client", 1) }))
	must(t, cmd.Process.Signal(syscall.SIGKILL))
	_ = cmd.Wait()
	must(t, rig.Await("the query to end on the server", func() error { return running(t, "killed client", 0) }))
	must(t, rig.Await("the session to end", noSessions))
	must(t, rig.Await("its connections to end", func() error {
		for _, s := range []*mariadbtest.Server{primary, replica} {
			if n := s.Connections(t, mariadbtest.AppUser); n != 0 {
				return fmt.Errorf("%d connections of the application on %s", n, s.Addr)
			}
		}
		return nil
	}))
}

// noSessions returns nil if the shared proxy has no session.
func noSessions() error {
	sessions, err := proxy.API.Sessions()
	if err == nil && len(sessions) != 0 {
		err = fmt.Errorf("%d sessions, the first is of %s, %s", len(sessions), sessions[0].Attributes.User, sessions[0].Attributes.State)
	}
	return err
}

func TestDumpsAreEqual(t *testing.T) {
	schema(t, "dumped")
	c := connect(t, primary.Addr, rig.Login{Schema: "dumped"})
	for _, s := range append(typeSteps(), procedureSteps()[0]) {
		_, err := s.run(c)
		must(t, err)
	}
	must(t, c.Exec("CREATE VIEW v AS SELECT id FROM t1"))
	must(t, c.Exec("CREATE TABLE big AS SELECT seq, REPEAT('d', 1000) AS d FROM seq_1_to_20000"))
	replica.WaitForSync(t, primary)
	dump := func(address string) string {
		args := cliArgs(t, address, "--single-transaction", "--routines", "--triggers", "--skip-comments", "--hex-blob", "dumped")
		out, err := tool(t, "", "mariadb-dump", args...)
		if err != nil {
			t.Fatalf("mariadb-dump: %v\n%.2000s", err, out)
		}
		return out
	}
	want := dump(primary.Addr)
	if len(want) < 20_000_000 {
		t.Fatalf("the dump has only %d bytes", len(want))
	}
	for _, service := range []string{one, split} {
		if got := dump(proxy.Addr(service)); got != want {
			t.Errorf("%s: the dumps differ: %d bytes direct, %d proxied", service, len(want), len(got))
		}
	}
}

func TestNodeMySQL2(t *testing.T) {
	script, modules := nodeModules(t)
	host, port, _ := net.SplitHostPort(proxy.Addr(split))
	cmd := exec.Command("node", script, host, port, mariadbtest.AppUser, mariadbtest.AppPassword, mariadbtest.Schema)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// nodeModules installs what the lock file pins into a cache directory, and
// returns the script and the path of the modules.
func nodeModules(t *testing.T) (script, modules string) {
	t.Helper()
	source, err := filepath.Abs("testdata/node")
	must(t, err)
	lock, err := os.ReadFile(filepath.Join(source, "package-lock.json"))
	must(t, err)
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "penstock-test", fmt.Sprintf("node-%08x", crc32.ChecksumIEEE(lock)))
	modules = filepath.Join(dir, "node_modules")
	script = filepath.Join(source, "check.js")
	if _, err := os.Stat(filepath.Join(dir, "done")); err == nil {
		return script, modules
	}
	must(t, os.MkdirAll(dir, 0o755))
	for _, name := range []string{"package.json", "package-lock.json"} {
		b, err := os.ReadFile(filepath.Join(source, name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, name), b, 0o644))
	}
	out, err := tool(t, "", "npm", "ci", "--prefix", dir, "--ignore-scripts", "--no-audit", "--no-fund")
	if err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	must(t, os.WriteFile(filepath.Join(dir, "done"), nil, 0o644))
	return script, modules
}

func TestPyMySQL(t *testing.T) {
	host, port, _ := net.SplitHostPort(proxy.Addr(split))
	out, err := tool(t, "", "/usr/bin/python3", "testdata/pymysql_check.py", host, port, mariadbtest.AppUser, mariadbtest.AppPassword, mariadbtest.Schema)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
