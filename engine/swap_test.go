package engine

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

const hideFilter = `
[filters.hide]
module = "regexfilter"
options = { match = "secret", replace = "public" }
[filters.shout]
module = "regexfilter"
options = { match = "public", replace = "PUBLIC" }
[filters.trap]
module = "maxrows"
options = { max_resultset_rows = 2, max_resultset_return = "error" }
`

// session returns the session of a connection.
func session(t *testing.T, p *Proxy, c *sql.Conn) *Session {
	t.Helper()
	var id uint64
	eventually(t, "exactly one session", func() bool {
		list := p.Sessions()
		if len(list) != 1 {
			return false
		}
		id = list[0].ID()
		return list[0].Snapshot().State == StateStarted
	})
	s, _ := p.Session(id)
	return s
}

func setFilters(t *testing.T, s *Session, names ...string) {
	t.Helper()
	if names == nil {
		names = []string{}
	}
	if err := s.Update(t.Context(), Update{Filters: &names}); err != nil {
		t.Fatal(err)
	}
}

func TestSwapActsOnTheNextStatement(t *testing.T) {
	p := startProxy(t, "", hideFilter)
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	if got := get(t, c, "SELECT 'secret'"); got != "secret" {
		t.Fatalf("without a filter: %s", got)
	}
	result := make(chan string, 1)
	go func() {
		var v string
		c.QueryRowContext(context.Background(), "SELECT CONCAT('secret', SLEEP(1))").Scan(&v)
		result <- v
	}()
	eventually(t, "the query to run", func() bool { return works(s, "SELECT CONCAT('secret', SLEEP(1))") })
	setFilters(t, s, "hide")
	if got := <-result; got != "secret0" {
		t.Errorf("the running statement: %s", got)
	}
	if got := get(t, c, "SELECT 'secret'"); got != "public" {
		t.Errorf("the next statement: %s", got)
	}
	setFilters(t, s, "hide", "shout")
	if got := get(t, c, "SELECT 'secret'"); got != "PUBLIC" {
		t.Errorf("two filters: %s", got)
	}
	setFilters(t, s)
	if got := get(t, c, "SELECT 'secret'"); got != "secret" {
		t.Errorf("emptied: %s", got)
	}
	if got := s.Snapshot().Filters; len(got) != 0 {
		t.Errorf("chain after emptying: %v", got)
	}
}

func TestSwapWaitsForTheTransaction(t *testing.T) {
	p := startProxy(t, "", hideFilter)
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	do(t, c, "CREATE OR REPLACE TABLE swaptrx (id INT)")
	do(t, c, "SET autocommit=0")
	do(t, c, "INSERT INTO swaptrx VALUES (1)")
	setFilters(t, s, "hide")
	if got := get(t, c, "SELECT 'secret'"); got != "secret" {
		t.Errorf("in the transaction: %s", got)
	}
	do(t, c, "COMMIT")
	if got := get(t, c, "SELECT 'secret'"); got != "public" {
		t.Errorf("after it, with autocommit=0: %s", got)
	}
}

func TestUpdateErrorsChangeNothing(t *testing.T) {
	p := startProxy(t, "", hideFilter)
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	setFilters(t, s, "hide")
	on := true
	names := []string{"hide", "nothere"}
	var unknown *UnknownFilterError
	err := s.Update(t.Context(), Update{LogFlags: LogFlags{Info: &on}, Filters: &names})
	if !errors.As(err, &unknown) || unknown.Index != 1 || unknown.Name != "nothere" {
		t.Fatalf("got %v", err)
	}
	snap := s.Snapshot()
	if snap.LogFlags.Info || len(snap.Filters) != 1 || snap.Filters[0] != "hide" {
		t.Errorf("something changed: %+v %v", snap.LogFlags, snap.Filters)
	}
}

func TestRestartKeepsTheSessionsState(t *testing.T) {
	p := startProxy(t, "", hideFilter)
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	do(t, c, "SET @kept = 'yes', sql_mode = 'ANSI_QUOTES'")
	stmt, err := c.PrepareContext(t.Context(), "SELECT CONCAT(@kept, ?)")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	before := s.Snapshot().Connections
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "new backends", func() bool {
		now := s.Snapshot().Connections
		return len(now) == len(before) && now[0].ConnectionID != before[0].ConnectionID
	})
	var v string
	if err := stmt.QueryRow("!").Scan(&v); err != nil || v != "yes!" {
		t.Errorf("%q, %v", v, err)
	}
	if got := get(t, c, "SELECT @@sql_mode"); !strings.Contains(got, "ANSI_QUOTES") {
		t.Errorf("sql_mode: %s", got)
	}
}

func TestKill(t *testing.T) {
	p := startProxy(t, "", "")
	db := client(t, p, "")
	c := one(t, db)
	s := session(t, p, c)
	result := make(chan error, 1)
	go func() {
		_, err := c.ExecContext(context.Background(), "SELECT SLEEP(60)")
		result <- err
	}()
	eventually(t, "the query to run", func() bool { return works(s, "SELECT SLEEP(60)") })
	if err := s.Kill(0); err != nil {
		t.Fatal(err)
	}
	err := <-result
	var me *mysql.MySQLError
	if !errors.As(err, &me) || me.Number != 1927 {
		t.Errorf("the client got %v, want error 1927", err)
	}
	<-s.done
	eventually(t, "the query to end on the servers", func() bool {
		return get(t, replica.DB(t), "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(60)'") == "0"
	})
	if err := s.Kill(0); !errors.Is(err, ErrNoSession) {
		t.Errorf("killing it again: %v", err)
	}
}

func TestKillIdleTellsTheClient(t *testing.T) {
	p := startProxy(t, "", "")
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	if err := s.Kill(50 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	<-s.done
	_, err := c.ExecContext(t.Context(), "SELECT 1")
	if err == nil {
		t.Error("the killed session still answers")
	}
}

func TestMaxRowsStopsALargeResult(t *testing.T) {
	p := startProxy(t, `filters = ["trap"]`, hideFilter)
	c := one(t, client(t, p, ""))
	if got := get(t, c, "SELECT 1 UNION SELECT 2"); got != "1" {
		t.Errorf("two rows: %s", got)
	}
	rows, err := c.QueryContext(t.Context(), "SELECT 1 UNION SELECT 2 UNION SELECT 3")
	if err == nil {
		for rows.Next() {
		}
		err = rows.Err()
		rows.Close()
	}
	if err == nil {
		t.Error("three rows came through")
	}
	if got := get(t, c, "SELECT 7"); got != "7" {
		t.Errorf("afterwards: %s", got)
	}
}
