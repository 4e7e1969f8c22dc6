package examples

import (
	"fmt"
	"path/filepath"
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
			d.do(t, sections[name])
			d.use(t, use)
		})
	}
}

// use does what the section "Use it" says.
func (d directory) use(t *testing.T, blocks []*docs.Block) {
	t.Helper()
	inspect, config, patch := blocks[0], blocks[1].Text(), blocks[2].Text()
	d.run(t, inspect, inspect.Text())
	config = strings.Replace(config, "./noddl.wasm", filepath.Join(d.path, "noddl.wasm"), 1)
	p := rig.Start(t, rig.Setup{Primary: primary.Addr, Filters: config,
		Services: []rig.Service{{Name: "app", Router: "readconnroute", Servers: []string{"primary"}}}})
	c, err := rig.Connect(p.Addr("app"), rig.Login{})
	must(t, err)
	defer c.Close()
	for _, r := range [][2]string{
		{`admin:penstock`, rig.Admin}, {`http://localhost:8989`, p.API.Base()}, {`/sessions/1 `, fmt.Sprintf("/sessions/%d ", c.ConnectionID)},
		{`curl `, `curl --fail-with-body -s `},
	} {
		if !strings.Contains(patch, r[0]) {
			t.Fatalf("%s: the block has no %q", blocks[2], r[0])
		}
		patch = strings.Replace(patch, r[0], r[1], 1)
	}
	must(t, c.Exec("DO 1"))
	d.run(t, blocks[2], patch)
	if _, err := c.Value("SELECT 1"); err != nil {
		t.Error(err)
	}
	err = c.Exec("DROP TABLE test.nothing")
	if !regexp.MustCompile(`1142.*ask the database team`).MatchString(fmt.Sprint(err)) {
		t.Errorf("DROP TABLE: %v", err)
	}
}
