package engine

import (
	"context"
	"testing"

	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// asked returns how often the teller was asked.
func asked(t *testing.T, p *Proxy) int64 {
	t.Helper()
	for _, f := range p.Filters() {
		if f.Config.Name == "teller" {
			return f.Status.Metrics[0].Value
		}
	}
	t.Fatal("there is no teller")
	return 0
}

// A filter with texts is asked about statements that have one of them, as the
// filters before it left them, and about what has no statement.
func TestFilterWithTexts(t *testing.T) {
	p := startProxy(t, `filters = ["rename", "teller"]`, `
[filters.rename]
module = "regexfilter"
options = { match = "plain", replace = "'secret'" }
[filters.teller]
module = "teller"
options = { texts = "secret, hidden" }
`)
	c := one(t, client(t, p, ""))
	for _, step := range []struct {
		sql  string
		more int64
	}{
		{"SELECT 1", 0},
		{"SELECT 'SeCReT'", 1},
		{"SELECT plain", 1},
		{"SELECT 'secre'", 0},
		{"SELECT 1 /* hidden */", 1},
	} {
		before := asked(t, p)
		get(t, c, step.sql)
		if got := asked(t, p) - before; got != step.more {
			t.Errorf("%s: asked %d times, want %d", step.sql, got, step.more)
		}
	}

	stmt, err := c.PrepareContext(context.Background(), "SELECT 'hidden', ?")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	before := asked(t, p)
	var hidden, x string
	if err := stmt.QueryRow("x").Scan(&hidden, &x); err != nil || asked(t, p)-before != 1 {
		t.Errorf("a prepared statement: asked %d times, %v", asked(t, p)-before, err)
	}

	raw := rawClient(t, p)
	before = asked(t, p)
	send(t, raw, "\x02"+mariadbtest.Schema)
	if _, _, err := raw.ReadMessage(1 << 20); err != nil {
		t.Fatal(err)
	}
	if got := asked(t, p) - before; got != 1 {
		t.Errorf("a command without a statement: asked %d times", got)
	}
}
