package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/admin/openapi/openapitest"
	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The names that the session resource's specification uses.
const documentFilters = `
[filters.my-cache-filter]
module = "regexfilter"
[filters.my-cache-filter.options]
match = 'cache_before'
replace = 'cache_after'

[filters.my-log-filter]
module = "qlafilter"
sinks = ["statements.log"]
`

// TestEveryExampleOfTheDocument sends each request of the specification with
// curl, with the body that stands there, and holds the answers against
// testdata/document/*.golden. What differs from run to run is masked.
func TestEveryExampleOfTheDocument(t *testing.T) {
	set := setup(primary, replica)
	set.Filters = documentFilters
	set.Services = []rig.Service{{Name: "RW-Split-Router", Router: "readwritesplit"}}
	p := rig.Start(t, set)
	cli := startCLI(t, p.Addr("RW-Split-Router"))
	if v := cli.ask(t, "SELECT 1"); v != "1" {
		t.Fatalf("SELECT 1 is %q", v)
	}
	sessions, err := p.API.Sessions()
	must(t, err)
	if len(sessions) != 1 {
		t.Fatalf("there are %d sessions", len(sessions))
	}
	one := "/v1/sessions/" + sessions[0].ID

	const logInfo = `{
    "data": {
        "attributes": {
            "parameters": {
                "log_info": true
            }
        }
    }
}`
	const filters = `{
    "data": {
        "attributes": {
            "relationships": {
                "filters": {
                    "data": [
                        { "id": "my-cache-filter" },
                        { "id": "my-log-filter" }
                    ]
                }
            }
        }
    }
}`
	for _, example := range []struct{ golden, method, path, body string }{
		{"get-one", "GET", one, ""},
		{"get-one-slash", "GET", one + "/", ""},
		{"get-one-rdns", "GET", one + "?rdns=true", ""}, // 127.0.0.1 has a name everywhere
		{"get-all", "GET", "/v1/sessions", ""},
		{"patch-log", "PATCH", one, logInfo},
		{"get-one-log", "GET", one, ""},
		{"patch-filters", "PATCH", one, filters},
		{"get-one-filters", "GET", one, ""},
		{"restart-one", "POST", one + "/restart", ""},
		{"get-one-restarted", "GET", one, ""},
		{"restart-all", "POST", "/v1/sessions/restart", ""},
		{"delete-ttl", "DELETE", one + "?ttl=60", ""},
		{"get-one-dying", "GET", one, ""},
		{"delete", "DELETE", one, ""},
	} {
		t.Run(example.golden, func(t *testing.T) {
			got := curl(t, p, example.method, example.path, example.body)
			golden(t, filepath.Join("testdata", "document", example.golden+".golden"), mask(t, p, sessions[0].ID, got))
		})
	}
	must(t, rig.Await("the session to be gone", func() error {
		left, err := p.API.Sessions()
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("it is there")
		}
		return err
	}))
	golden(t, "testdata/document/get-gone.golden", mask(t, p, sessions[0].ID, curl(t, p, "GET", one, "")))
}

// openCLI is a mariadb client that stays connected.
type openCLI struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startCLI(t *testing.T, address string) *openCLI {
	t.Helper()
	c := &openCLI{cmd: exec.Command("mariadb", cliArgs(t, address, "-A", "-n", "-N", "-B")...)}
	var err error
	c.in, err = c.cmd.StdinPipe()
	must(t, err)
	out, err := c.cmd.StdoutPipe()
	must(t, err)
	c.out = bufio.NewReader(out)
	must(t, c.cmd.Start())
	t.Cleanup(func() {
		c.cmd.Process.Kill()
		c.cmd.Wait()
	})
	return c
}

// ask sends a statement that answers one line.
func (c *openCLI) ask(t *testing.T, sql string) string {
	t.Helper()
	_, err := io.WriteString(c.in, sql+";\n")
	must(t, err)
	line, err := c.out.ReadString('\n')
	must(t, err)
	return strings.TrimSuffix(line, "\n")
}

// curl sends a request with the program curl and returns what it prints, which
// has to be as the OpenAPI document has it.
func curl(t *testing.T, p *rig.Proxy, method, path, body string) string {
	t.Helper()
	args := []string{"-sS", "-i", "-u", rig.Admin, "-X", method}
	if body != "" {
		args = append(args, "-H", "Content-Type: application/json", "-d", body)
	}
	out, err := exec.Command("curl", append(args, p.API.Base()+path)...).CombinedOutput()
	if err != nil {
		t.Fatalf("curl %s: %v\n%s", path, err, out)
	}
	at, err := url.Parse(p.API.Base() + path)
	must(t, err)
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(out)), &http.Request{Method: method})
	must(t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	must(t, err)
	err = p.API.Check(&openapitest.Exchange{Method: method, URL: at, RequestBody: []byte(body), Status: res.StatusCode, Answer: res.Header, Body: answer})
	if err != nil {
		t.Error(err)
	}
	return string(out)
}

// golden compares with a file, or writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Members that differ from run to run. Of these the type and, where it says
// something, the sign is shown. Order and number of log lines differ too.
var volatile = []string{"connected", "connection_id", "idle", "io_activity", "seconds_alive", "port", "_pid", "_client_version", "_os",
	"_platform", "misc", "readq", "writeq", "total", "bytes", "duration", "received", "completed", "last_queries", "sescmd_history",
	"exec_metadata", "bytes_from_client", "bytes_to_client"}

// mask replaces what differs from run to run in an answer.
func mask(t *testing.T, p *rig.Proxy, id, answer string) string {
	t.Helper()
	head, body, _ := strings.Cut(strings.ReplaceAll(answer, "\r\n", "\n"), "\n\n")
	lines := strings.Split(head, "\n")
	// It is left out in the second in which the session was changed.
	lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, "Last-Modified:") })
	slices.Sort(lines[1:])
	for i, line := range lines {
		name, _, _ := strings.Cut(line, ":")
		if slices.Contains([]string{"Date", "Content-Length", "Etag"}, name) {
			lines[i] = name + ": <masked>"
		}
	}
	head = strings.Join(lines, "\n") + "\n"
	if body == "" {
		return head
	}
	var doc any
	must(t, json.Unmarshal([]byte(body), &doc))
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	must(t, enc.Encode(maskMembers(doc)))
	body = strings.ReplaceAll(text.String(), p.API.Base(), "http://localhost:8989")
	body = strings.ReplaceAll(body, "/sessions/"+id+"/", "/sessions/ID/")
	body = strings.ReplaceAll(body, `"id": "`+id+`"`, `"id": "ID"`)
	return head + "\n" + body
}

func maskMembers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			switch {
			case name == "remote" && value != "127.0.0.1":
				v[name] = "<name>"
			case name == "log":
				v[name] = maskLog(value)
			case slices.Contains(volatile, name):
				v[name] = kind(value)
			default:
				v[name] = maskMembers(value)
			}
		}
	case []any:
		for i := range v {
			v[i] = maskMembers(v[i])
		}
	}
	return v
}

// maskLog masks a session's lines, or their size.
func maskLog(v any) any {
	if lines, ok := v.([]any); ok && len(lines) > 0 {
		return "<lines>"
	}
	return kind(v)
}

// kind says of a value what has to be the same in every run.
func kind(v any) any {
	switch v := v.(type) {
	case float64:
		if v < 0 {
			return "<negative number>"
		}
		return "<number>"
	case string:
		if _, err := strconv.Atoi(v); err == nil {
			return "<digits>"
		}
		return "<text>"
	case map[string]any, []any:
		return maskMembers(v)
	}
	return v
}
