package examples

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/docs"
)

// useIt is the section that is read after a language's.
const useIt = "Use it"

// docs/writing-a-filter.md is followed as it stands: each language's section, then "Use it"
// with the module that came out, beside the configuration of a Penstock that runs.
func TestWritingAFilter(t *testing.T) {
	sections := map[string][]*docs.Block{}
	for _, b := range docs.Blocks(t) {
		name := strings.ToLower(b.Section)
		sections[name] = append(sections[name], b)
	}
	newProjects(t, func(t *testing.T, l language) { // C's section is for C++, too
		if len(sections[l.name]) == 0 {
			t.Fatal("it has no section")
		}
		r := newReader(t)
		for _, b := range sections[l.name] {
			r.follow(b)
		}
		r.isUnused()
		for _, b := range sections[strings.ToLower(useIt)] {
			r.follow(b)
		}
		r.isUsed()
		for i, step := range steps {
			note(l.name, "guide, seconds: "+step, fmt.Sprintf("%.1f", r.seconds[i]))
		}
		note(l.name, "guide, lines: filter, tests, plugin.json, configuration", strings.Join(r.lines, ", "))
	})
	compileScripts(t)
	for lang, l := range scriptLanguages {
		t.Run(lang, func(t *testing.T) {
			r := newReader(t)
			r.followScripts(sections["without a compiler"], l.plugin)
			r.isUnused()
			r.dir = filepath.Join(r.dir, "noddl") // where the page is by then
			must(t, os.Mkdir(r.dir, 0o700))
			for _, b := range sections[strings.ToLower(useIt)] {
				if b.Lang == "sh" && !strings.Contains(b.Text(), ".wasm") { // the others are about modules
					r.follow(b)
				}
			}
			r.isUsed()
		})
	}
}

// followScripts does what the section about scripts says; its commands are for one of the languages.
func (r *reader) followScripts(blocks []*docs.Block, plugin string) {
	r.Helper()
	if len(blocks) == 0 {
		r.Fatal("it has no section")
	}
	other := strings.NewReplacer("luafilter", plugin, "noddl.lua", "noddl."+strings.TrimSuffix(plugin, "filter"))
	for _, b := range blocks {
		switch {
		case b.Name != "":
			must(r, os.WriteFile(filepath.Join(r.dir, b.Name), []byte(b.Text()), 0o600))
		case b.Lang == "toml":
			r.append(other.Replace(b.Text()))
		case b.Lang == "sh":
			if out := r.shell(other.Replace(b.Text())); !strings.Contains(out, "1142") {
				r.Errorf("%s: it prints\n%s", b, out)
			}
		default:
			r.Errorf("%s: nothing is done with a block of %q", b, b.Lang)
		}
	}
}

// reader does what the page says, in front of a Penstock with one live session.
type reader struct {
	*testing.T
	proxy   *rig.Proxy
	session *rig.Client
	dir     string // where the reader is; at first, where the configuration is
	config  string // the configuration's path

	seconds [len(steps)]float64
	lines   []string // that the reader writes, in the order of the page
}

// steps are what a reader does, by the commands of the page.
var steps = [...]string{"penstock plugin new", "make", "make test", "use it"}

func newReader(t *testing.T) *reader {
	t.Helper()
	out, err := outputs()
	must(t, err)
	p := rig.Start(t, rig.Setup{Primary: primary.Addr, Env: []string{"XDG_CACHE_HOME=" + out},
		Services: []rig.Service{{Name: "app", Router: "readconnroute", Servers: []string{"primary"}}}})
	c, err := rig.Connect(p.Addr("app"), rig.Login{})
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return &reader{T: t, proxy: p, session: c, dir: p.Dir, config: filepath.Join(p.Dir, "config.toml")}
}

// follow does what one block is for.
func (r *reader) follow(b *docs.Block) {
	r.Helper()
	begun, text := time.Now(), b.Text()
	write := func(text string) {
		r.lines = append(r.lines, fmt.Sprint(len(regexp.MustCompile(`(?m)^.*\S.*$`).FindAllString(text, -1))))
	}
	switch {
	case b.Name != "":
		file := filepath.Join(r.dir, b.Name)
		if _, err := os.Stat(file); err != nil {
			r.Fatalf("%s: the project has no %s: %v", b, b.Name, err)
		}
		must(r, os.WriteFile(file, []byte(text), 0o644))
		code, tests, both := strings.Cut(text, "#[cfg(test)]\n")
		write(code)
		if both {
			write(tests)
		}
	case b.Lang == "toml":
		r.append(text)
		write(text)
	case b.Lang == "sh":
		r.shell(r.here(text))
		if strings.Contains(text, "kill -HUP") {
			must(r, rig.Await("Penstock to know the filter", func() error { return r.proxy.API.Do(http.MethodGet, "/v1/filters/noddl", nil, nil) }))
		}
	case b.Lang == "console":
		prompt, output, _ := strings.Cut(text, "\n")
		if got := r.shell(strings.TrimPrefix(prompt, "$ ")); got != output {
			r.Errorf("%s: %s\nprints\n%s", b, text, got)
		}
	default:
		r.Errorf("%s: nothing is done with a block of %q", b, b.Lang)
	}
	step := len(steps) - 1
	if b.Section != useIt {
		step = max(0, slices.IndexFunc(steps[:], func(s string) bool { return text == s+"\n" }))
	}
	r.seconds[step] += time.Since(begun).Seconds()
}

// append puts text behind the configuration.
func (r *reader) append(text string) {
	r.Helper()
	old, err := os.ReadFile(r.config)
	must(r, err)
	must(r, os.WriteFile(r.config, append(append(old, '\n'), text...), 0o600))
}

// shell runs a script where the last one has ended.
func (r *reader) shell(script string) string {
	r.Helper()
	end := filepath.Join(r.TempDir(), "end")
	out := output(r.T, r.dir, script+"\npwd > '"+end+"'")
	dir, err := os.ReadFile(end)
	must(r, err)
	r.dir = strings.TrimSpace(string(dir))
	return out
}

// here puts this test's session, process and API into a script, which has to have all of those of a kind.
func (r *reader) here(script string) string {
	r.Helper()
	for mark, values := range map[string][][2]string{
		"kill": {{`$(pgrep -f 'penstock run')`, fmt.Sprint(r.proxy.PID())}},
		"curl": {{`admin:penstock`, rig.Admin}, {`http://localhost:8989`, r.proxy.API.Base()}, {"curl ", "curl --fail-with-body -s "},
			{`/sessions/1 `, fmt.Sprintf("/sessions/%d ", r.session.ConnectionID)}},
	} {
		if !strings.Contains(script, mark+" ") {
			continue
		}
		for _, v := range values {
			if !strings.Contains(script, v[0]) {
				r.Fatalf("the block has no %q:\n%s", v[0], script)
			}
			script = strings.Replace(script, v[0], v[1], 1)
		}
	}
	return script
}

// isUnused and isUsed ask the live session, and one that the filter was not put into.
func (r *reader) isUnused() {
	r.Helper()
	r.drop(r.session, `1051`)
}

func (r *reader) isUsed() {
	r.Helper()
	if _, err := r.session.Value("SELECT 1"); err != nil {
		r.Error(err)
	}
	r.drop(r.session, `1142.*ask the database team`)
	other, err := rig.Connect(r.proxy.Addr("app"), rig.Login{})
	must(r, err)
	defer other.Close()
	r.drop(other, `1051`)
}

// drop expects an error of a DROP TABLE.
func (r *reader) drop(c *rig.Client, want string) {
	r.Helper()
	if err := c.Exec("DROP TABLE test.nothing"); !regexp.MustCompile(want).MatchString(fmt.Sprint(err)) {
		r.Errorf("DROP TABLE: %v, want %s", err, want)
	}
}
