package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"github.com/penstock-db/penstock/admin/openapi/openapitest"
	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/docs"
)

// ofDocuments is a proxy with the names that docs/cli.md and docs/rest.md use.
func ofDocuments(t *testing.T) *rig.Proxy {
	t.Helper()
	return rig.Start(t, rig.Setup{
		Primary: primary.Addr, Replica: replica.Addr, AdminKeys: `audit_log = "audit.log"`,
		Services: []rig.Service{{Name: "app", Router: "readwritesplit"}},
		Filters: `
[filters.hide]
module = "regexfilter"
options = {match = 'card', replace = "'****'"}
[filters.log]
module = "qlafilter"
sinks = ["statements.log"]
[filters.slow]
module = "throttlefilter"
options = {max_qps = 20, throttling_duration = "30s"}
`})
}

// shell runs a document's commands in a directory.
func shell(t *testing.T, b *docs.Block, dir, script string, env ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
	cmd.Dir = dir
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PENSTOCK_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %s\n%v\n%s", b, script, err, out)
	}
}

// docs/cli.md's blocks, about live sessions.
func TestCommandLineDocument(t *testing.T) {
	primary.Exec(t, "CREATE USER batch IDENTIFIED BY 'batch'")
	t.Cleanup(func() { primary.Exec(t, "DROP USER batch") })
	p := ofDocuments(t)
	c := connect(t, p.Addr("app"), rig.Login{})
	batch := connect(t, p.Addr("app"), rig.Login{User: "batch", Password: "batch"})
	binary, err := rig.Binary()
	must(t, err)
	home := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(home, ".config/fish/completions"), 0o755))
	bin := t.TempDir()
	must(t, os.Symlink(binary, filepath.Join(bin, "penstock")))
	for _, b := range docs.Blocks(t) {
		script := regexp.MustCompile(`(?m)^penstock watch$`).ReplaceAllString(b.Text(), "penstock watch --count 1") // else it goes on for ever
		script = strings.NewReplacer("set 7 ", fmt.Sprintf("set %d ", c.ConnectionID), "--idle 1h", "--idle 0s").Replace(script)
		if strings.Contains(script, "completion bash") {
			// In zsh fpath is a list from 1 on, here it is one from 0.
			script = "fpath=(none .)\n" + script + "complete -p penstock; test -s _penstock; test -s ~/.config/fish/completions/penstock.fish"
		}
		shell(t, b, p.Dir, script, "HOME="+home, "PATH="+bin+":"+os.Getenv("PATH"))
	}
	s, err := p.API.Session(uint64(c.ConnectionID))
	must(t, err)
	if f := s.Relationships.Filters.Data; len(f) != 2 || f[0].ID != "hide" || f[1].ID != "log" {
		t.Errorf("the session has the filters %v", f)
	}
	if _, err := p.API.Session(uint64(batch.ConnectionID)); err == nil {
		t.Error("the idle session of the batch job is still there")
	}
}

// restDocument is docs/rest.md, about a running proxy.
type restDocument struct {
	p    *rig.Proxy
	base string // of the API, by way of a proxy that holds each answer against the OpenAPI document
	dir  string
}

// docs/rest.md's blocks: requests are sent, answers are compared.
func TestRESTDocument(t *testing.T) {
	d := &restDocument{p: ofDocuments(t), dir: t.TempDir()}
	d.base = checking(t, d.p.API)
	for _, b := range docs.Blocks(t) {
		c := connect(t, d.p.Addr("app"), rig.Login{})
		switch b.Lang {
		case "sh":
			for _, commands := range strings.Split(b.Text(), "\n\n") {
				d.commands(t, b, commands)
			}
		case "http":
			for line := range strings.Lines(b.Text()) {
				d.request(t, b, strings.TrimSpace(line), c.ConnectionID)
			}
		case "json":
			d.json(t, b, c)
		case "yaml":
			d.scrape(t, b)
		}
	}
	text, err := os.ReadFile(filepath.Join(d.dir, "penstock.json"))
	must(t, err)
	if _, err := openapitest.New(text); err != nil {
		t.Error(err)
	}
}

// commands runs some that belong together, about a session of their own.
func (d *restDocument) commands(t *testing.T, b *docs.Block, script string) {
	t.Helper()
	c := connect(t, d.p.Addr("app"), rig.Login{})
	shell(t, b, d.dir, strings.NewReplacer("admin:penstock", rig.Admin, "http://localhost:8989", d.base,
		"/sessions/1", fmt.Sprintf("/sessions/%d", c.ConnectionID), "curl ", "curl --fail-with-body -sS ").Replace(script))
	s, err := d.p.API.Session(uint64(c.ConnectionID))
	must(t, err)
	names := []string{}
	for _, f := range s.Relationships.Filters.Data {
		names = append(names, f.ID)
	}
	if want := strings.Contains(script, `{"id": "hide"}, {"id": "log"}`); want != slices.Equal(names, []string{"hide", "log"}) || !want && len(names) > 0 {
		t.Errorf("%s: after %s the session has the filters %q", b, script, names)
	}
	if s.Attributes.Parameters["log_info"] != strings.Contains(script, `"log_info": true`) {
		t.Errorf("%s: after %s the session has the log levels %v", b, script, s.Attributes.Parameters)
	}
}

// checking returns the address of a proxy in front of the API.
func checking(t *testing.T, api *rig.API) string {
	t.Helper()
	to, err := url.Parse(api.Base())
	must(t, err)
	front := &httputil.ReverseProxy{Transport: api.Checked(http.DefaultTransport), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		body, err := io.ReadAll(r.In.Body)
		if err != nil {
			t.Error(err)
		}
		r.Out.Body = io.NopCloser(bytes.NewReader(body))
		r.Out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}}
	s := httptest.NewServer(front)
	t.Cleanup(s.Close)
	return s.URL
}

// bodies are those of requests that need one.
var bodies = map[string]string{
	"POST /v1/users/inet":                          `{"data": {"id": "reader", "type": "inet", "attributes": {"password": "wWc9wLeq", "account": "basic"}}}`,
	"PATCH /v1/users/inet/:name":                   `{"data": {"attributes": {"account": "admin"}}}`,
	"PATCH /v1/sessions/:id":                       `{"data": {"attributes": {"parameters": {"log_debug": true}}}}`,
	"PATCH /v1/sessions/:id/relationships/filters": `{"data": [{"id": "hide"}]}`,
	"PATCH /v1/filters/:id":                        `{"data": {}}`,
	"PATCH /v1/services/:id/relationships/filters": `{"data": []}`,
}

// request sends a line that says METHOD PATH.
func (d *restDocument) request(t *testing.T, b *docs.Block, line string, session uint32) {
	t.Helper()
	method, path, ok := strings.Cut(line, " ")
	body, known := bodies[line]
	if !ok || method != http.MethodGet && method != http.MethodDelete && !known && !strings.HasSuffix(path, "/restart") {
		t.Errorf("%s: %q is no request that this test can send: give it a body", b, line)
		return
	}
	name := "reader" // whom POST makes
	if method == http.MethodGet {
		name = "admin"
	}
	path = strings.NewReplacer(":id", fmt.Sprint(session), ":name", name, "SECONDS", "60").Replace(path)
	a, err := d.p.API.Raw(method, path, body, "Content-Type", "application/json")
	if err != nil || a.Code/100 != 2 {
		t.Errorf("%s: %s: %v, %+v", b, line, err, a)
	}
}

// json compares an answer with that of a proxy in the same situation, or sends a body.
func (d *restDocument) json(t *testing.T, b *docs.Block, c *rig.Client) {
	t.Helper()
	text := strings.TrimSpace(b.Text())
	if strings.HasPrefix(text, `"`) { // a member
		text = "{" + text + "}"
	}
	var want map[string]any
	if err := json.Unmarshal([]byte(text), &want); err != nil {
		t.Errorf("%s: %v", b, err)
		return
	}
	session := fmt.Sprintf("/v1/sessions/%d", c.ConnectionID)
	compare := func(path string) {
		t.Helper()
		var got struct {
			Data struct{ Attributes map[string]any }
		}
		must(t, d.p.API.Do(http.MethodGet, path, nil, &got))
		for name, value := range want {
			if !like(value, got.Data.Attributes[name]) {
				t.Errorf("%s: %s is %v in the document, %v in an answer", b, name, value, got.Data.Attributes[name])
			}
		}
	}
	switch {
	case want["data"] != nil:
		must(t, d.p.API.Do(http.MethodPatch, session, want, nil))
	case want["pending"] != nil:
		must(t, c.Exec("BEGIN"))
		must(t, d.p.API.PatchFilters(uint64(c.ConnectionID), "hide", "log"))
		compare(session)
	case want["diagnostics"] != nil:
		must(t, d.p.API.PatchFilters(uint64(c.ConnectionID), "hide"))
		compare(session + "?diagnostics=true")
	case want["duration_ms"] != nil:
		must(t, d.p.API.Do(http.MethodDelete, session, nil, nil))
		log, err := os.ReadFile(filepath.Join(d.p.Dir, "audit.log"))
		must(t, err)
		lines := strings.Split(strings.TrimSpace(string(log)), "\n")
		varies := regexp.MustCompile(`("time":|"from":|"duration_ms":|/sessions/)("[^"]*"|[0-9.]+)`)
		if got, want := varies.ReplaceAllString(lines[len(lines)-1], "$1"), varies.ReplaceAllString(text, "$1"); got != want {
			t.Errorf("%s: the audit log has\n%s\nthe document\n%s", b, got, want)
		}
	default:
		t.Errorf("%s: this test does not know what to compare with %s", b, text)
	}
}

// like compares an answer with what a document says; … there stands for anything.
func like(document, answer any) bool {
	switch d := document.(type) {
	case map[string]any:
		if _, anything := d["…"]; anything {
			return true
		}
		a, ok := answer.(map[string]any)
		if !ok || len(a) != len(d) {
			return false
		}
		for name := range d {
			if _, ok := a[name]; !ok || !like(d[name], a[name]) {
				return false
			}
		}
		return true
	case []any:
		a, ok := answer.([]any)
		return ok && slices.EqualFunc(d, a, like)
	}
	return reflect.DeepEqual(document, answer)
}

// scrape does what Prometheus would.
func (d *restDocument) scrape(t *testing.T, b *docs.Block) {
	t.Helper()
	var config struct {
		Jobs []struct {
			Name    string                              `yaml:"job_name"`
			Account struct{ Username, Password string } `yaml:"basic_auth"`
			Targets []struct{ Targets []string }        `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	in := yaml.NewDecoder(strings.NewReader(b.Text()))
	in.KnownFields(true)
	if err := in.Decode(&config); err != nil || len(config.Jobs) != 1 || len(config.Jobs[0].Targets) != 1 {
		t.Errorf("%s: %v, %+v", b, err, config)
		return
	}
	job := config.Jobs[0]
	if job.Name != "penstock" || job.Account.Username+":"+job.Account.Password != "admin:penstock" || !slices.Equal(job.Targets[0].Targets, []string{"localhost:8989"}) {
		t.Errorf("%s: %+v", b, job)
	}
	a, err := d.p.API.Raw(http.MethodGet, "/metrics", "") // Prometheus' default path
	must(t, err)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(a.Body))
	if err != nil || families["penstock_service_sessions"] == nil {
		t.Errorf("%s: %d, %v", b, a.Code, err)
	}
}
