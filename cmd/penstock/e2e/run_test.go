package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/docs"
)

// TestMakeRun starts what `make run` starts, on other ports, and takes the tour
// that README.md describes, with its own commands.
func TestMakeRun(t *testing.T) {
	tour := readTour(t, docs.Blocks(t))
	demo := startDemo(t)
	demo.ask(t, tour)

	db := open(t, "app:app@tcp("+demo.clients+")/demo")
	c, err := db.Conn(t.Context())
	must(t, err)
	defer c.Close()
	expect := func(statement, want string) {
		t.Helper()
		var got string
		if err := c.QueryRowContext(t.Context(), statement).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", statement, got, err, want)
		}
	}
	const card = "SELECT card FROM customers"
	expect(card, "4111-1111-1111-1111")
	must(t, rig.Await("the command line's session to be gone", func() error {
		var sessions struct{ Data []rig.Session }
		if err := json.Unmarshal(demo.sh(t, tour.list), &sessions); err != nil || len(sessions.Data) != 1 {
			return fmt.Errorf("%d sessions, %v", len(sessions.Data), err)
		}
		demo.session = sessions.Data[0].ID
		return nil
	}))
	demo.sh(t, tour.hide)
	expect(card, "****")
	demo.sh(t, tour.show)
	expect(card, "4111-1111-1111-1111")
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

// tour holds README.md's commands, and the statements with what they are answered with.
type tour struct {
	client, list, hide, show, restart, end string
	statements, answers                    []string
}

// readTour takes the commands from README.md, so that they are what is tested.
func readTour(t *testing.T, blocks []*docs.Block) (r tour) {
	t.Helper()
	var commands []string
	for _, b := range blocks {
		for line := range strings.Lines(strings.ReplaceAll(b.Text(), "\\\n", " ")) {
			switch line = strings.TrimSpace(line); b.Lang {
			case "sh":
				commands = append(commands, line)
			case "sql":
				statement, comment, _ := strings.Cut(line, " -- ")
				answer, _, _ := strings.Cut(comment, ":")
				r.statements, r.answers = append(r.statements, statement), append(r.answers, answer)
			default:
				t.Errorf("%s: nothing is done with %q", b, b.Lang)
			}
		}
	}
	// What startDemo does instead of the first two.
	first := []string{"git clone https://github.com/penstock-db/penstock && cd penstock", "make run"}
	into := []*string{&r.client, &r.list, &r.hide, &r.show, &r.restart, &r.end}
	if len(commands) != len(first)+len(into) || !slices.Equal(commands[:len(first)], first) || len(r.statements) == 0 {
		t.Fatalf("README.md has other commands than this test knows: %q, %q", commands, r.statements)
	}
	for i, command := range commands[len(first):] {
		*into[i] = strings.Replace(command, "curl ", "curl --fail-with-body ", 1)
	}
	return r
}

// ask has the statements answered with the command of the tour. The answer is
// the beginning of the last column of the first row.
func (d *demo) ask(t *testing.T, r tour) {
	t.Helper()
	host, port, err := net.SplitHostPort(d.clients)
	must(t, err)
	const address = "-h 127.0.0.1 -P 4006 "
	if !strings.Contains(r.client, address) {
		t.Fatalf("%q does not have %q", r.client, address)
	}
	client := strings.Replace(r.client, address, "-h "+host+" -P "+port+" -N -B ", 1)
	for i, statement := range r.statements {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", client)
		cmd.Stdin = strings.NewReader(statement)
		out, err := cmd.Output()
		row, _, _ := strings.Cut(string(out), "\n")
		if got := row[strings.LastIndex(row, "\t")+1:]; err != nil || got != r.answers[i] {
			t.Errorf("%s: %q, %v, README.md says %q", statement, got, err, r.answers[i])
		}
	}
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
