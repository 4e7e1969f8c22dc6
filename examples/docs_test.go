package examples

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// docs/writing-a-filter.md is run as it stands: each language's section, then "Use it" with
// the module that came out.

// block is a fenced block of a document: the language and the name of a file behind the
// fence, its text, and the section that it stands in.
type block struct{ section, lang, file, text string }

func blocks(t *testing.T, file string) (all []block) {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	section, inside := "", false
	for line := range strings.Lines(string(text)) {
		if fence, ok := strings.CutPrefix(line, "```"); ok {
			if inside = !inside; inside {
				lang, name, _ := strings.Cut(strings.TrimSpace(fence), " ")
				all = append(all, block{section, lang, name, ""})
			}
			continue
		}
		if inside {
			all[len(all)-1].text += line
		} else if title, ok := strings.CutPrefix(line, "## "); ok {
			section = strings.TrimSpace(title)
		}
	}
	return all
}

// scripts is the section whose filters are no modules.
const scripts = "Without a compiler"

func TestWritingAFilter(t *testing.T) {
	root, err := filepath.Abs("..")
	must(t, err)
	penstock, err := rig.Binary()
	must(t, err)
	all := blocks(t, "../docs/writing-a-filter.md")
	var use []block
	sections := map[string][]block{}
	for _, b := range all {
		switch {
		case b.lang == "" || b.section == "":
			t.Errorf("a block in section %q says no language", b.section)
		case b.section == "Use it":
			use = append(use, b)
		default:
			sections[b.section] = append(sections[b.section], b)
		}
	}
	if len(sections) < 2 || len(use) != 3 {
		t.Fatalf("%d sections, %d blocks about how to use it", len(sections), len(use))
	}
	compileScripts(t)
	for name, list := range sections {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			shell := func(script string) {
				t.Helper()
				cmd := exec.Command("sh", "-euc", script)
				cmd.Dir = dir
				// Debian's compilers, which .ci/deps installs, before any other.
				cmd.Env = append(os.Environ(), "PENSTOCK="+root, "RUSTC=/usr/bin/rustc", "RUSTDOC=/usr/bin/rustdoc", "CARGO_NET_OFFLINE=true", "npm_config_prefer_offline=true",
					"PATH="+filepath.Dir(penstock)+":/usr/bin:"+os.Getenv("PATH"))
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%s\n%v\n%s", script, err, out)
				}
			}
			for _, b := range list {
				switch {
				case b.file != "":
					file := filepath.Join(dir, b.file)
					must(t, os.MkdirAll(filepath.Dir(file), 0o755))
					must(t, os.WriteFile(file, []byte(strings.ReplaceAll(b.text, "$PENSTOCK", root)), 0o644))
				case b.lang == "sh":
					shell(b.text)
				case b.section == scripts && b.lang == "toml":
					for _, l := range scriptLanguages { // the section says it for one of them
						ext := strings.TrimSuffix(l.plugin, "filter")
						useIt(t, dir, []block{{}, {text: strings.NewReplacer("luafilter", l.plugin, "noddl.lua", "noddl."+ext).Replace(b.text)}, use[2]}, shell)
					}
				default:
					t.Errorf("nothing is done with a block of %s", b.lang)
				}
			}
			if name != scripts {
				useIt(t, dir, use, shell)
			}
		})
	}
}

// useIt does what the section of that name says.
func useIt(t *testing.T, dir string, use []block, shell func(string)) {
	t.Helper()
	inspect, config, patch := use[0].text, use[1].text, use[2].text
	shell(inspect)
	out, err := outputs()
	must(t, err)
	config = strings.Replace(config, `"./`, `"`+dir+"/", 1)
	p := rig.Start(t, rig.Setup{Primary: primary.Addr, Filters: config, Env: []string{"XDG_CACHE_HOME=" + out},
		Services: []rig.Service{{Name: "app", Router: "readconnroute", Servers: []string{"primary"}}}})
	c, err := rig.Connect(p.Addr("app"), rig.Login{})
	must(t, err)
	defer c.Close()
	for _, r := range [][2]string{
		{`admin:penstock`, rig.Admin}, {`http://localhost:8989`, p.API.Base()}, {`/sessions/1 `, fmt.Sprintf("/sessions/%d ", c.ConnectionID)},
		{`curl `, `curl --fail-with-body -s `},
	} {
		if !strings.Contains(patch, r[0]) {
			t.Fatalf("the block has no %q", r[0])
		}
		patch = strings.Replace(patch, r[0], r[1], 1)
	}
	must(t, c.Exec("DO 1"))
	shell(patch)
	if _, err := c.Value("SELECT 1"); err != nil {
		t.Error(err)
	}
	err = c.Exec("DROP TABLE test.nothing")
	if !regexp.MustCompile(`1142.*ask the database team`).MatchString(fmt.Sprint(err)) {
		t.Errorf("DROP TABLE: %v", err)
	}
}
