package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/wire"
)

// used asks the filter what the session and all sessions have used.
func used(t *testing.T, c *rig.Client) string {
	t.Helper()
	raw, err := c.Query("show  QUOTA ;")
	must(t, err)
	if c.Reply.Errno != 0 || c.Reply.Rows != 1 || c.Reply.Columns != 2 {
		t.Fatalf("SHOW QUOTA: error %d %s, %d rows of %d columns", c.Reply.Errno, c.Reply.Message, c.Reply.Rows, c.Reply.Columns)
	}
	packets := rig.Packets(raw)
	var row wire.TextRow
	must(t, row.Decode(packets[len(packets)-2][wire.HeaderLen:]))
	return fmt.Sprintf("%s of %s", row.Fields[0], row.Fields[1])
}

// A filter written by hand from docs/abi.md alone counts, answers by itself, and
// hands over what it knows.
func TestTheQuotaWrittenByHand(t *testing.T) {
	root, err := rig.Root()
	must(t, err)
	text, err := os.ReadFile(filepath.Join(root, "examples", "filters", "wat", "quota.wat"))
	must(t, err)
	file := assemble(t, string(text))
	const options = `{"limit": 3, "table": "t"}` // which the kit's statements name
	if out, _ := penstock(t, 0, "plugin", "test", file, "--options", options); !strings.Contains(out, "pass  verdict/errno") || !strings.Contains(out, "pass  event/detach") {
		t.Errorf("the kit has not seen it reject and hand over:\n%s", out)
	}
	for _, bad := range []string{`{}`, `{"limit": 1}`, `{"limit": -1, "table": "t"}`, `{"limit": 1.5, "table": "t"}`, "{\"limit\": 1, \"table\": \"a`b\"}",
		`{"limit": 1, "table": "t", "surplus": 1}`, `{"limit": 1, "table": ""}`} {
		if _, stderr := penstock(t, 1, "plugin", "run", file, "--options", bad); !strings.Contains(stderr, `options: {"limit": a number, "table": "name"}, please`) {
			t.Errorf("%s: %s", bad, stderr)
		}
	}

	schema(t, "quota_e2e")
	primary.Exec(t, "CREATE TABLE quota_e2e.orders (a INT)", "CREATE TABLE quota_e2e.others (orders INT)")
	p := rig.Start(t, rig.Setup{Primary: primary.Addr,
		Filters:  fmt.Sprintf("[filters.quota]\nmodule = %q\n[filters.quota.options]\nlimit = 3\ntable = \"orders\"\n", file),
		Services: []rig.Service{{Name: "app", Router: "readconnroute", Filters: []string{"quota"}}}})
	login := rig.Login{Schema: "quota_e2e"}
	c, other := connect(t, p.Addr("app"), login), connect(t, p.Addr("app"), login)
	ordinary := func(c *rig.Client) {
		t.Helper()
		must(t, c.Exec("SELECT orders FROM others /* orders */"))
		must(t, c.Exec("SELECT 'orders'"))
	}
	refused := func(c *rig.Client, cmd wire.Command, argument []byte) {
		t.Helper()
		_, err := c.Do(cmd, argument)
		must(t, err)
		if c.Reply.Errno != 1226 || string(c.Reply.SQLState[:]) != "42000" || string(c.Reply.Message) != "The quota of statements on this table is used up" {
			t.Errorf("%q: error %d (%s) %s", argument, c.Reply.Errno, c.Reply.SQLState, c.Reply.Message)
		}
	}
	ordinary(c)
	if got := used(t, c); got != "0 of 0" {
		t.Errorf("before any statement: %s", got)
	}
	must(t, c.Exec("SELECT * FROM others JOIN quota_e2e.orders"))
	_, err = c.Do(wire.ComStmtPrepare, []byte("INSERT INTO `orders` VALUES (1)"))
	must(t, err)
	id := c.Reply.StatementID
	for n := range 2 {
		_, err = c.Do(wire.ComStmtExecute, execute(id, nil, wire.CursorNone, n == 0))
		must(t, err)
		if c.Reply.Errno != 0 {
			t.Fatalf("execution %d: %d %s", n, c.Reply.Errno, c.Reply.Message)
		}
	}
	refused(c, wire.ComStmtExecute, execute(id, nil, wire.CursorNone, false))
	refused(c, wire.ComQuery, []byte("DELETE FROM Orders"))
	ordinary(c)
	if got := used(t, c); got != "3 of 3" {
		t.Errorf("the session that has used its quota up: %s", got)
	}
	must(t, other.Exec("UPDATE quota_e2e.orders SET a = 2"))
	if got := used(t, other); got != "1 of 4" {
		t.Errorf("the other session: %s", got)
	}
	if n := value(t, connect(t, primary.Addr, login), "SELECT COUNT(*) FROM quota_e2e.orders WHERE a = 2"); n != "2" {
		t.Errorf("%s rows were written and changed, not 2", n)
	}
	if n := scrape(t, p)("penstock_plugin_reported_total", "kind=filter", "name=quota", "metric=quota_rejected"); n != 2 {
		t.Errorf("the metric says %v, not 2", n)
	}

	// Neither a fresh instance nor a session that is as new has a fresh quota.
	must(t, p.API.PatchFilters(uint64(c.ConnectionID), "quota"))
	refused(c, wire.ComQuery, []byte("SELECT * FROM orders"))
	_, err = c.Do(wire.ComResetConnection, nil)
	must(t, err)
	refused(c, wire.ComQuery, []byte("SELECT * FROM quota_e2e.orders"))
	if got := used(t, c); got != "3 of 4" {
		t.Errorf("after the swap: %s", got)
	}

	// A new version goes on with what the session has used, and with a store of its own.
	must(t, p.API.Do(http.MethodPatch, "/v1/filters/quota", map[string]any{"data": map[string]any{"attributes": map[string]any{"parameters": map[string]any{"limit": 4}}}}, nil))
	must(t, rig.Await("the session to have the new limit", func() error { return c.Exec("SELECT * FROM orders") }))
	refused(c, wire.ComQuery, []byte("SELECT * FROM orders"))
	if got := used(t, c); got != "4 of 1" {
		t.Errorf("after the limit was raised: %s", got)
	}
}
