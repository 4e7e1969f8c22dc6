package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// clientCommand is penstock's command line client, with the shared proxy's configuration.
func clientCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	return clientOf(t, proxy, args...)
}

func clientOf(t *testing.T, p *rig.Proxy, args ...string) *exec.Cmd {
	t.Helper()
	binary, err := rig.Binary()
	must(t, err)
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir = p.Dir // config.toml there says where the API is
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PENSTOCK_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	return cmd
}

// penstock runs it and returns what it printed; it has to end with the exit code.
func penstock(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	return penstockOf(t, proxy, code, "", args...)
}

// penstockOf is the same with any proxy and something to read.
func penstockOf(t *testing.T, p *rig.Proxy, code int, stdin string, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := clientOf(t, p, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("%q: exit code %d, want %d\n%s%s", args, got, code, &out, &errs)
	}
	return out.String(), errs.String()
}

// expect runs it with success; every word has to be in what it printed.
func expect(t *testing.T, args string, words ...string) string {
	t.Helper()
	out, _ := penstock(t, 0, strings.Fields(args)...)
	for _, w := range words {
		if !strings.Contains(out, w) {
			t.Errorf("penstock %s: %q is not in\n%s", args, w, out)
		}
	}
	return out
}

// The command line does to a live session what the API can do.
func TestCommandLineOfSessions(t *testing.T) {
	c := connect(t, proxy.Addr(split), rig.Login{})
	other := connect(t, proxy.Addr(one), rig.Login{})
	id := fmt.Sprint(c.ConnectionID)
	must(t, c.Exec("SELECT 'marker_before the line'"))

	expect(t, "sessions", "ID", "\n", "split", "one", "started")
	only := expect(t, "sessions --service split -o name", id+"\n")
	if strings.Contains("\n"+only, fmt.Sprintf("\n%d\n", other.ConnectionID)) {
		t.Errorf("a session of another service is in\n%s", only)
	}
	var doc struct{ Data []rig.Session }
	if err := json.Unmarshal([]byte(expect(t, "sessions -o json")), &doc); err != nil || len(doc.Data) < 2 {
		t.Errorf("%d sessions in JSON: %v", len(doc.Data), err)
	}
	expect(t, "session show "+id, "user", "SELECT 'marker_before the line'", "COM_QUERY")

	// Filters, at once and when the session is idle.
	expect(t, "session filters set "+id+" hide", "session "+id+" has the filters: hide\n")
	if v := value(t, c, "SELECT 'marker_before'"); v != "marker_after" {
		t.Errorf("the filter is not at work: %q", v)
	}
	must(t, c.Exec("BEGIN"))
	expect(t, "session filters set "+id, "when it is idle; it waits for: open transaction")
	if out, errs := penstock(t, 0, "session", "filters", "show", id); out != "" || !strings.Contains(errs, "open transaction") {
		t.Errorf("the chain that is to come: %q, %q", out, errs)
	}
	must(t, c.Exec("COMMIT"))
	if v := value(t, c, "SELECT 'marker_before'"); v != "marker_before" {
		t.Errorf("the filter is still at work: %q", v)
	}
	if _, errs := penstock(t, 1, "session", "filters", "set", id, "nothing"); !strings.Contains(errs, "nothing") {
		t.Errorf("an unknown filter: %q", errs)
	}

	// The log, and its levels.
	expect(t, "session log "+id, "\n")
	expect(t, "session log "+id+" --info", "session "+id+": info on\n")
	expect(t, "session show "+id, "parameters.log_info")
	s, err := proxy.API.Session(uint64(c.ConnectionID))
	must(t, err)
	if !s.Attributes.Parameters["log_info"] {
		t.Error("the log level was not set")
	}

	// A restart gives it other connections.
	expect(t, "session restart "+id, "session "+id+" is restarted\n")
	after, err := proxy.API.Session(uint64(c.ConnectionID))
	must(t, err)
	if s.Attributes.Connections[0] == after.Attributes.Connections[0] {
		t.Error("the connection is still the old one")
	}
	expect(t, "session restart --all", "all sessions")
	must(t, c.Exec("SELECT 1"))

	expect(t, "session kill "+id, "session "+id+" is killed\n")
	must(t, rig.Await("the session to end", func() error {
		if err := c.Exec("SELECT 1"); err == nil {
			return errors.New("it still answers")
		}
		return nil
	}))
	if _, errs := penstock(t, 3, "session", "show", id); !strings.Contains(errs, "no such session") {
		t.Errorf("a session that is gone: %q", errs)
	}
}

// Every list of a resource that there is can be read, and one of it shown.
func TestCommandLineReadsEverything(t *testing.T) {
	connect(t, proxy.Addr(split), rig.Login{})
	for list, want := range map[string]string{"services": split, "servers": "primary", "filters": "hide", "listeners": split, "monitors": "main"} {
		expect(t, list, "NAME", want)
		expect(t, list+" -o name", want+"\n")
		expect(t, strings.TrimSuffix(list, "s")+" show "+want, "id", want)
	}
	out, _ := penstock(t, 0, "__complete", "session", "filters", "set", "1", "")
	if !strings.Contains(out, "hide\tregexfilter") {
		t.Errorf("completion of filters offers\n%s", out)
	}
}

// A client that is not let in, or finds nobody, says so and what to do.
func TestCommandLineFailures(t *testing.T) {
	wrong := filepath.Join(t.TempDir(), "password")
	must(t, os.WriteFile(wrong, []byte("wr0ng\n"), 0o600))
	if _, errs := penstock(t, 4, "sessions", "--password-file", wrong); !strings.Contains(errs, "the password in "+wrong) || strings.Contains(errs, "wr0ng") {
		t.Errorf("a wrong password: %q", errs)
	}
	if _, errs := penstock(t, 5, "sessions", "--url", "http://"+freeAddress(t), "--password-file", wrong); !strings.Contains(errs, "does Penstock run") {
		t.Errorf("nobody there: %q", errs)
	}
	if _, errs := penstock(t, 1, "sessions", "--url", proxy.API.Base()); !strings.Contains(errs, "PENSTOCK_PASSWORD") {
		t.Errorf("no password: %q", errs)
	}
	cmd := clientCommand(t, "sessions", "-o", "name")
	cmd.Dir = t.TempDir()
	_, password, _ := strings.Cut(rig.Admin, ":")
	cmd.Env = append(cmd.Env, "PENSTOCK_URL="+proxy.API.Base(), "PENSTOCK_USER=admin", "PENSTOCK_PASSWORD="+password)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("with the environment: %v\n%s", err, out)
	}
}
