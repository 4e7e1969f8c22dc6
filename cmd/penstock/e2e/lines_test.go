package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/docs"
)

// guests are the sources of wasm/testdata/lines.
type guests struct{ dir, sdk, out string }

func newGuests(t *testing.T) guests {
	t.Helper()
	root, err := rig.Root()
	must(t, err)
	return guests{filepath.Join(root, "wasm", "testdata", "lines"), filepath.Join(root, "plugins", "sdk"), t.TempDir()}
}

func (g guests) compile(t *testing.T, name string, args ...string) {
	t.Helper()
	if said, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, said)
	}
}

// c and rust compile a guest with debug information, as docs/plugin-tools.md says.
func (g guests) c(t *testing.T) string {
	t.Helper()
	file := filepath.Join(g.out, "c.wasm")
	g.compile(t, "/usr/bin/clang", "--target=wasm32", "-g", "-O2", "-nostdlib", "-mbulk-memory", "-Wl,--no-entry,--stack-first",
		"-I"+filepath.Join(g.sdk, "c"), "-o", file, filepath.Join(g.dir, "trap.c"))
	return file
}

func (g guests) rust(t *testing.T) string {
	t.Helper()
	file, library := filepath.Join(g.out, "rust.wasm"), filepath.Join(g.out, "libpenstock_sdk.rlib")
	flags := []string{"--edition=2021", "--target=wasm32-unknown-unknown", "-Cpanic=abort", "-g", "-O"}
	g.compile(t, "/usr/bin/rustc", append(flags, "--crate-type=rlib", "--crate-name=penstock_sdk", `--cfg=feature="std"`,
		"-o", library, filepath.Join(g.sdk, "rust", "src", "lib.rs"))...)
	g.compile(t, "/usr/bin/rustc", append(flags, "--crate-type=cdylib", "--extern=penstock_sdk="+library, "-o", file, filepath.Join(g.dir, "trap.rs"))...)
	return file
}

// line is where a comment of a guest's source stands, as FILE:LINE.
func (g guests) line(t *testing.T, file, comment string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(g.dir, file))
	must(t, err)
	before, _, found := bytes.Cut(text, []byte("// HERE: "+comment+"\n"))
	if !found {
		t.Fatalf("%s has no comment %q", file, comment)
	}
	return fmt.Sprintf("%s:%d", filepath.Join(g.dir, file), bytes.Count(before, []byte("\n"))+1)
}

// A plugin that was compiled with debug information says in which line it trapped, in
// Penstock's log and in the session's. Neither has the statement, nor has the client's
// error packet.
func TestATrapTellsItsLine(t *testing.T) {
	g := newGuests(t)
	p := rig.Start(t, rig.Setup{Primary: primary.Addr,
		Filters: fmt.Sprintf("[filters.c]\nmodule = %q\non_failure = \"restart\"\ntimeout = \"5s\"\n"+
			"[filters.rust]\nmodule = %q\non_failure = \"restart\"\ntimeout = \"5s\"\n", g.c(t), g.rust(t)),
		Services: []rig.Service{
			{Name: "c", Router: "readconnroute", Filters: []string{"c"}, Keys: "session_trace = 100"},
			{Name: "rust", Router: "readconnroute", Filters: []string{"rust"}, Keys: "session_trace = 100"},
		}})
	const secret = "my secret 4711"
	for _, s := range []struct {
		service, statement string
		says               string   // a line of the plugin's own
		stack              []string // what is before a line, and the comment that stands there
	}{
		{"c", "d " + secret, "", []string{"divided at ", "divide", " < query at ", "divide called"}},
		{"c", "i " + secret, "", []string{"inlined at ", "inlined", " < query at ", "inlined called"}},
		{"rust", "p " + secret, "panicked at 'the guest's own words'", []string{" at ", "panic"}},
		{"rust", "n " + secret, "InvalidDigit", []string{"first_number at ", "unwrap", " at ", "unwrap called"}},
	} {
		file := map[string]string{"c": "trap.c", "rust": "trap.rs"}[s.service]
		t.Run(s.service+" "+s.statement[:1], func(t *testing.T) {
			c := connect(t, p.Addr(s.service), rig.Login{})
			err := c.Exec(s.statement)
			if err == nil {
				t.Fatal("it did not fail")
			}
			told := strings.TrimPrefix(err.Error(), s.statement) // the test's client says what it asked
			if !strings.Contains(told, fmt.Sprintf("filter %q failed", s.service)) || strings.Contains(told, secret) {
				t.Errorf("the client was told %s", told)
			}
			pattern := `plugin failed:? .*filter=` + s.service + ` .* digest=[0-9a-f]{16} stack="`
			for n := 0; n < len(s.stack); n += 2 {
				pattern += `[^"\n]*` + regexp.QuoteMeta(s.stack[n]+g.line(t, file, s.stack[n+1])) + `:\d+`
			}
			explained := regexp.MustCompile(pattern)
			must(t, rig.Await("the log to tell the line", func() error {
				if log := p.Log(); !explained.MatchString(log) || !strings.Contains(log, s.says) {
					return fmt.Errorf("%s is not in the log:\n%s", explained, log)
				}
				return nil
			}))
			if log := sessionLog(t, p, s.service); !explained.MatchString(log) || !strings.Contains(log, s.says) || strings.Contains(log, secret) {
				t.Errorf("the session's log is\n%s", log)
			}
		})
	}
	if strings.Contains(p.Log(), "secret") || strings.Contains(p.Log(), "4711") {
		t.Errorf("the log holds the statement's text:\n%s", p.Log())
	}
	// The document has the same, with the sources elsewhere.
	log := strings.NewReplacer(g.dir, "/src", filepath.Join(g.sdk, "c"), "/src").Replace(p.Log())
	numbers := regexp.MustCompile(`(penstock\.h):\d+:\d+`) // that moves with every change of the header
	for _, b := range docs.Blocks(t) {
		if text := numbers.ReplaceAllString(strings.TrimSpace(b.Text()), "$1"); !strings.Contains(numbers.ReplaceAllString(log, "$1"), text) {
			t.Errorf("%s: %s is not in the log:\n%s", b, text, log)
		}
	}
}

// sessionLog returns the log lines of a service's only session, from the REST API.
func sessionLog(t *testing.T, p *rig.Proxy, service string) string {
	t.Helper()
	var doc struct {
		Data []struct {
			Attributes    struct{ Log []string }
			Relationships struct {
				Services struct{ Data []struct{ ID string } }
			}
		}
	}
	must(t, p.API.Do(http.MethodGet, "/v1/sessions", nil, &doc))
	var all []string
	for _, s := range doc.Data {
		if data := s.Relationships.Services.Data; len(data) == 1 && data[0].ID == service {
			all = append(all, s.Attributes.Log...)
		}
	}
	return strings.Join(all, "\n")
}
