package e2e

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// TestMakeRun starts what `make run` starts, on other ports, and takes the tour
// that README.md describes, with its own commands.
func TestMakeRun(t *testing.T) {
	demo := startDemo(t)
	db := open(t, "app:app@tcp("+demo.clients+")/demo")
	c, err := db.Conn(t.Context())
	must(t, err)
	defer c.Close()
	// value asks for the last column of the statement's first row.
	value := func(statement string) string {
		t.Helper()
		rows, err := c.QueryContext(t.Context(), statement)
		must(t, err)
		defer rows.Close()
		columns, err := rows.Columns()
		must(t, err)
		into := make([]any, len(columns))
		var v string
		for i := range into {
			into[i] = new(sql.RawBytes)
		}
		into[len(into)-1] = &v
		if !rows.Next() {
			t.Fatalf("%s: no row: %v", statement, rows.Err())
		}
		must(t, rows.Scan(into...))
		return v
	}
	expect := func(statement, want string) {
		t.Helper()
		if got := value(statement); got != want {
			t.Errorf("%s: %q, want %q", statement, got, want)
		}
	}
	expect("SELECT @@hostname", "demo-replica")
	_, err = c.ExecContext(t.Context(), "BEGIN")
	must(t, err)
	expect("SELECT @@hostname", "demo-primary")
	_, err = c.ExecContext(t.Context(), "COMMIT")
	must(t, err)
	if v := value("SELECT name, card FROM customers"); !regexp.MustCompile(`^\d`).MatchString(v) {
		t.Errorf("a card number in the clear: %q", v)
	}

	tour := readTour(t)
	var sessions struct{ Data []rig.Session }
	if err := json.Unmarshal(demo.sh(t, tour.list), &sessions); err != nil || len(sessions.Data) != 1 {
		t.Fatalf("%d sessions, %v", len(sessions.Data), err)
	}
	demo.session = sessions.Data[0].ID
	demo.sh(t, tour.hide)
	expect("SELECT name, card FROM customers", "****")
	demo.sh(t, tour.show)
	if v := value("SELECT name, card FROM customers"); v == "****" {
		t.Error("the filter is still there")
	}
	demo.sh(t, tour.restart)
	expect("SELECT @@hostname", "demo-replica")
	demo.sh(t, tour.end)
	must(t, rig.Await("the session to end", func() error {
		if err := c.PingContext(t.Context()); err == nil {
			return fmt.Errorf("it still answers")
		}
		return nil
	}))
	demo.interrupt(t)
}

// tour holds README.md's commands.
type tour struct{ list, hide, show, restart, end string }

// readTour takes the commands from README.md, so that they are what is tested.
func readTour(t *testing.T) tour {
	t.Helper()
	root, err := rig.Root()
	must(t, err)
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	must(t, err)
	var commands []string
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		if command, ok := strings.CutPrefix(line, "    curl "); ok {
			commands = append(commands, "curl --fail-with-body "+strings.TrimSpace(command))
		}
	}
	if len(commands) != 5 {
		t.Fatalf("README.md has %d curl commands, the test knows of 5: %q", len(commands), commands)
	}
	return tour{commands[0], commands[1], commands[2], commands[3], commands[4]}
}

// demo is a running `make run`.
type demo struct {
	cmd            *exec.Cmd
	clients, admin string
	penstock       int             // process id
	session        string          // that commands are about
	databases      <-chan struct{} // closed when they are running

	mu  sync.Mutex
	log strings.Builder
}

// startDemo runs make with a copy of config.toml that has free ports.
func startDemo(t *testing.T) *demo {
	t.Helper()
	root, err := rig.Root()
	must(t, err)
	text, err := os.ReadFile(filepath.Join(root, "config.toml"))
	must(t, err)
	config, at := string(text), map[string]string{}
	for _, fixed := range []string{"127.0.0.1:4011", "127.0.0.1:4012", "127.0.0.1:4006", "127.0.0.1:8989"} {
		at[fixed] = freeAddress(t)
		if !strings.Contains(config, fixed) {
			t.Fatalf("config.toml does not have %s", fixed)
		}
		config = strings.ReplaceAll(config, fixed, at[fixed])
	}
	file := filepath.Join(t.TempDir(), "config.toml")
	must(t, os.WriteFile(file, []byte(config), 0o600))

	databases := make(chan struct{})
	d := &demo{databases: databases, clients: at["127.0.0.1:4006"], admin: at["127.0.0.1:8989"]}
	d.cmd = exec.Command("make", "--no-print-directory", "run", fmt.Sprintf("RUN_FLAGS=-config %s -primary %s -replica %s -clients %s -admin %s",
		file, at["127.0.0.1:4011"], at["127.0.0.1:4012"], d.clients, d.admin))
	d.cmd.Dir = root
	// A group of its own, like a terminal's foreground job.
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	out, err := d.cmd.StdoutPipe()
	must(t, err)
	d.cmd.Stderr = d.cmd.Stdout
	must(t, d.cmd.Start())
	t.Cleanup(func() {
		if d.cmd.ProcessState == nil {
			_ = syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL)
			_ = d.cmd.Wait()
		}
		if t.Failed() {
			t.Logf("what it said:\n%s", d.said())
		}
	})
	ready := make(chan error, 1)
	go func() { ready <- d.listen(bufio.NewScanner(out), databases) }()
	patience := 15 * time.Minute // the first build of the demo database is long
	for {
		select {
		case err := <-ready:
			must(t, err)
			return d
		case <-d.databases:
			patience = 2 * time.Minute // Penstock compiles its plugins at most
			d.databases = nil
		case <-time.After(patience):
			t.Fatal("Penstock does not get ready")
		}
	}
}

var pidInLog = regexp.MustCompile(`penstock is ready.* pid=(\d+)`)

// listen follows the output until it says what to try; a goroutine reads the rest.
func (d *demo) listen(lines *bufio.Scanner, databases chan<- struct{}) error {
	said := false
	next := func() bool {
		if !lines.Scan() {
			return false
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		fmt.Fprintln(&d.log, lines.Text())
		if m := pidInLog.FindStringSubmatch(lines.Text()); m != nil {
			d.penstock, _ = strconv.Atoi(m[1])
		}
		if strings.HasPrefix(lines.Text(), "demo database: primary on") {
			close(databases)
		}
		said = said || strings.Contains(lines.Text(), "Ctrl-C stops everything")
		return true
	}
	for !said || d.penstock == 0 {
		if !next() {
			return fmt.Errorf("it ended:\n%s", d.said())
		}
	}
	go func() {
		for next() {
		}
	}()
	return nil
}

func (d *demo) said() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.String()
}

// sh runs a command of the tour, about this demo's session.
func (d *demo) sh(t *testing.T, command string) []byte {
	t.Helper()
	command = strings.ReplaceAll(command, "127.0.0.1:8989", d.admin)
	command = strings.ReplaceAll(command, "/sessions/1", "/sessions/"+d.session)
	out, err := exec.CommandContext(t.Context(), "sh", "-c", command).Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return out
}

// interrupt is a terminal's Ctrl-C. Everything has to be gone afterwards.
func (d *demo) interrupt(t *testing.T) {
	t.Helper()
	must(t, syscall.Kill(-d.cmd.Process.Pid, syscall.SIGINT))
	ended := make(chan error, 1)
	go func() { ended <- d.cmd.Wait() }()
	select {
	case <-ended: // make's own status is that of an interrupted job
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
	for what, pid := range map[string]int{"the demo": -d.cmd.Process.Pid, "Penstock": d.penstock} {
		if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
			t.Errorf("%s is left behind: %v", what, err)
		}
	}
	for _, address := range []string{d.clients, d.admin} {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			t.Errorf("somebody still listens on %s", address)
		}
	}
}

// freeAddress is one where nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}
