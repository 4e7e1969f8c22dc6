package examples

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// The plugin everything does what a statement says: `SELECT 'do NAME'`.

// say returns the answer's one value.
func say(t *testing.T, db *sql.DB, what string) (value string) {
	t.Helper()
	if err := db.QueryRow("SELECT 'do " + what).Scan(&value); err != nil {
		t.Errorf("do %s: %v", what, err)
	}
	return value
}

func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestSDKCommands(t *testing.T) {
	each(t, "options, rewriting, rejecting, replying", func(t *testing.T, l language) {
		db := connection(t, l.name+"_everything", "")
		want(t, "options", say(t, db, "options'"), `Zoë "x" 65536 61500000000 1 1 42`)
		want(t, "rewrite", say(t, db, "rewrite'"), "rewritten")
		want(t, "nothing", say(t, db, "nothing'"), "do nothing")
		long := "whole', '" + strings.Repeat("x", 100_000) + "'"
		want(t, "whole", say(t, db, long), fmt.Sprint(len("SELECT 'do "+long)))
		want(t, "canonical", say(t, db, "canonical' /* comment */  FROM dual"), "SELECT ? FROM DUAL")
		want(t, "tables", say(t, db, "tables' FROM mysql.user LIMIT 1"), "mysql.user")
		want(t, "hold", say(t, db, "hold'"), "do hold")
		if _, err := db.Exec("SELECT 'do reject'"); errno(err) != 1142 || !strings.Contains(fmt.Sprint(err), "42000") ||
			!strings.Contains(fmt.Sprint(err), "everything: asked to reject") {
			t.Errorf("reject: %v", err)
		}
		if _, err := db.Exec("SELECT 'do error'"); errno(err) != 1644 || !strings.Contains(fmt.Sprint(err), "45000") {
			t.Errorf("error: %v", err)
		}
		r, err := db.Exec("SELECT 'do ok'")
		must(t, err)
		n, _ := r.RowsAffected()
		id, _ := r.LastInsertId()
		if n != 3 || id != 7 {
			t.Errorf("ok: %d rows, id %d", n, id)
		}
		rows, err := db.Query("SELECT 'do rows'")
		must(t, err)
		defer rows.Close()
		var got []string
		for rows.Next() {
			var n int
			var name sql.NullString
			must(t, rows.Scan(&n, &name))
			got = append(got, fmt.Sprintf("%d %s %t", n, name.String, name.Valid))
		}
		must(t, rows.Err())
		want(t, "rows", strings.Join(got, "; "), "1 one true; 2  false")
	})
}

// Packets that the plugin frames reach the client as they are.
func TestSDKPackets(t *testing.T) {
	each(t, "framed packets", func(t *testing.T, l language) {
		r, err := connection(t, l.name+"_everything", "").Exec("SELECT 'do packets'")
		must(t, err)
		n, _ := r.RowsAffected()
		if id, _ := r.LastInsertId(); n != 5 || id != 9 {
			t.Errorf("%d rows, id %d", n, id)
		}
	})
}

func TestSDKMetrics(t *testing.T) {
	each(t, "metrics: counter, gauge, histogram", func(t *testing.T, l language) {
		db := connection(t, l.name+"_everything", "")
		say(t, db, "metrics'")
		say(t, db, "metrics'")
		var filter struct {
			Data struct {
				Attributes struct {
					Diagnostics struct{ Metrics map[string]any } `json:"filter_diagnostics"`
				}
			}
		}
		must(t, proxy.API.Do(http.MethodGet, "/v1/filters/"+l.name+"_everything", nil, &filter))
		got := filter.Data.Attributes.Diagnostics.Metrics
		if seen, ok := got["statements_seen"].(map[string]any); !ok || seen["type"] != "counter" || seen["value"].(float64) < 2 {
			t.Errorf("the counter is %v", got["statements_seen"])
		}
		delete(got, "statements_seen")
		text, err := json.Marshal(got)
		must(t, err)
		want(t, "the others", string(text), `{"level":{"type":"gauge","value":42},`+
			`"sizes":{"buckets":[{"count":2,"most":3},{"count":2,"most":1023}],"count":4,"sum":2006,"type":"histogram"}}`)
	})
}

func TestSDKSession(t *testing.T) {
	each(t, "info, KV, timers, targets, hints, random", func(t *testing.T, l language) {
		db := connection(t, l.name+"_everything", "")
		want(t, "info", say(t, db, "info'"), "app@test")
		want(t, "kv", say(t, db, "kv'"), "5")
		want(t, "kv again", say(t, connection(t, l.name+"_everything", ""), "kv'"), "10")
		want(t, "targets", say(t, db, "targets'"), "2")
		want(t, "extensions", say(t, db, "extensions'"), "1")
		if a, b := say(t, db, "random'"), say(t, db, "random'"); a == b {
			t.Errorf("random twice: %s", a)
		}
		say(t, db, "timer'")
		must(t, rig.Await("the timer", func() error {
			if n := say(t, db, "timers'"); n != "3" {
				return fmt.Errorf("timers are %s", n)
			}
			return nil
		}))
		var with, without, first int
		must(t, db.QueryRow("SELECT @@server_id, 'do nothing'").Scan(&without, new(string)))
		must(t, db.QueryRow("SELECT @@server_id, 'do hint'").Scan(&with, new(string)))
		must(t, db.QueryRow("SELECT @@server_id FOR UPDATE").Scan(&first))
		if with != first || without == first {
			t.Errorf("with the hint server %d, without %d; the primary is %d", with, without, first)
		}
		say(t, db, "sink'")
		must(t, rig.Await("the sink", func() error {
			text, err := os.ReadFile(sink(l) + "2")
			if err == nil && !strings.HasPrefix(string(text), "everything was here\n") {
				err = fmt.Errorf("the sink has %q", text)
			}
			return err
		}))
		say(t, db, "log'")
		must(t, inLog("everything: a line of the log"))
		want(t, "detach", say(t, db, "detach'"), "do detach")
		want(t, "after detach", say(t, db, "rewrite'"), "do rewrite")
	})
}

func inLog(text string) error {
	return rig.Await("a line of the log", func() error {
		if !strings.Contains(proxy.Log(), text) {
			return fmt.Errorf("%q is not in the log", text)
		}
		return nil
	})
}

// A panic comes out as its message, with the names of functions and without the statement,
// the statement fails, and with on_failure = restart
// the session goes on.
func TestSDKPanic(t *testing.T) {
	each(t, "panic as its message", func(t *testing.T, l language) {
		db := connection(t, l.name+"_everything", "")
		if err := db.QueryRow("SELECT 'do panic', 'a secret of " + l.name + "'").Scan(new(string)); errno(err) == 0 {
			t.Errorf("panic: %v", err)
		}
		must(t, inLog("everything: asked to panic"))
		failed := regexp.MustCompile(`plugin failed: .*filter=` + l.name + `_everything .* digest=[0-9a-f]{16} stack="[^"\n]*[qQ]uery`)
		must(t, rig.Await("the log to name functions", func() error {
			if !failed.MatchString(proxy.Log()) {
				return fmt.Errorf("%s is not in the log", failed)
			}
			return nil
		}))
		if strings.Contains(proxy.Log(), "a secret of") {
			t.Error("the log holds the statement's text")
		}
		want(t, "after the panic", say(t, db, "rewrite'"), "rewritten")
		if _, err := db.Exec("SELECT 'do close'"); errno(err) != 1927 {
			t.Errorf("close: %v", err)
		}
	})
}

// What a program prints is logged, with the plugin's name.
func TestGoOutputIsLogged(t *testing.T) {
	serve(t)
	if _, err := connection(t, "go_everything", "").Exec("SELECT 'do print'"); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"[NOTICE]  everything: printed: ", "[WARNING] everything: printed to standard error: "} {
		must(t, inLog(line))
	}
}
