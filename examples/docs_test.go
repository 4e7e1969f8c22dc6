package examples

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/docs"
)

// docs/writing-a-filter.md is run as it stands: each language's section, then "Use it" with
// the module that came out.
func TestWritingAFilter(t *testing.T) {
	var use []*docs.Block
	var order []string
	sections := map[string][]*docs.Block{}
	for _, b := range docs.Blocks(t) {
		switch {
		case b.Section == "Use it":
			use = append(use, b)
			continue
		case sections[b.Section] == nil:
			order = append(order, b.Section)
		}
		sections[b.Section] = append(sections[b.Section], b)
	}
	if len(sections) < 4 || len(use) != 3 {
		t.Fatalf("%d sections, %d blocks about how to use it", len(sections), len(use))
	}
	for _, name := range order {
		t.Run(name, func(t *testing.T) {
			d := newDirectory(t)
			if name == scripts {
				d.scripts(t, sections[name], use[2])
				return
			}
			d.do(t, sections[name])
			d.run(t, use[0], use[0].Text())
			d.use(t, use[1].Text(), use[2])
		})
	}
}

// scripts is the section whose filters are no modules.
const scripts = "Without a compiler"

// scripts does what that section says. Its configuration is for one of the languages.
func (d directory) scripts(t *testing.T, blocks []*docs.Block, patch *docs.Block) {
	t.Helper()
	compileScripts(t)
	for _, b := range blocks {
		if b.Lang != "toml" {
			d.do(t, []*docs.Block{b})
			continue
		}
		for _, l := range scriptLanguages {
			d.use(t, strings.NewReplacer("luafilter", l.plugin, "noddl.lua", "noddl."+strings.TrimSuffix(l.plugin, "filter")).Replace(b.Text()), patch)
		}
	}
}

// use does what the section "Use it" says of the configuration and a live session.
func (d directory) use(t *testing.T, config string, block *docs.Block) {
	t.Helper()
	out, err := outputs()
	must(t, err)
	patch := block.Text()
	config = strings.Replace(config, `"./`, `"`+d.path+"/", 1)
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
			t.Fatalf("%s: the block has no %q", block, r[0])
		}
		patch = strings.Replace(patch, r[0], r[1], 1)
	}
	must(t, c.Exec("DO 1"))
	d.run(t, block, patch)
	if _, err := c.Value("SELECT 1"); err != nil {
		t.Error(err)
	}
	err = c.Exec("DROP TABLE test.nothing")
	if !regexp.MustCompile(`1142.*ask the database team`).MatchString(fmt.Sprint(err)) {
		t.Errorf("DROP TABLE: %v", err)
	}
}
