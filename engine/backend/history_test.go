package backend

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/engine/wire"
)

// session runs a statement on b as the engine does a session command.
func session(t *testing.T, h *History, b *Conn, statements ...string) {
	t.Helper()
	for _, s := range statements {
		r := b.run(t, wire.ComQuery, s)
		h.Add(append([]byte{byte(wire.ComQuery)}, s...), r)
		b.Seen(h)
	}
}

func TestReplayBringsABackendIntoTheSessionsState(t *testing.T) {
	a, b := open(t), open(t)
	h := NewHistory(50)
	session(t, h, a, "SET NAMES utf8mb4", "SET @a = 41", "SET @a = @a + 1", "SET sql_mode = 'ANSI_QUOTES'",
		"PREPARE p FROM 'SELECT \"x\", ?'", "CREATE TEMPORARY TABLE tmp (i INT)", "INSERT INTO tmp VALUES (1), (2)", "USE information_schema",
		"SET autocommit = 0", "SET nonsense = 1")
	if b.UpToDate(h) || !a.UpToDate(h) {
		t.Error("up to date: the wrong one")
	}
	if err := b.Replay(testContext(t), h); err == nil {
		// SELECT "x" fails when prepared under ANSI_QUOTES, on both.
		for q, want := range map[string]string{"SELECT @a": "42", "SELECT @@sql_mode": "ANSI_QUOTES",
			"SELECT COUNT(*) FROM test.tmp": "2", "SELECT DATABASE()": "information_schema", "SELECT @@autocommit": "0"} {
			if got := b.one(t, q); got != want {
				t.Errorf("%s: %s, want %s", q, got, want)
			}
		}
	} else {
		t.Fatal(err)
	}
	if b.Status().Has(wire.StatusAutocommit) {
		t.Error("the replay's status was not noted")
	}
	before := b.one(t, "SELECT @a")
	session(t, h, a, "SET @a = @a * 2")
	if err := b.Replay(testContext(t), h); err != nil || b.one(t, "SELECT @a") != "84" || before != "42" {
		t.Errorf("a second replay must bring only what is new: %v, @a = %s", err, b.one(t, "SELECT @a"))
	}
}

func TestReplayNoticesDivergence(t *testing.T) {
	a, b := open(t), open(t)
	server.Exec(t, "CREATE TABLE test.gone (i INT)")
	h := NewHistory(50)
	session(t, h, a, "SET @n = (SELECT COUNT(*) FROM gone)")
	server.Exec(t, "DROP TABLE test.gone")
	err := b.Replay(testContext(t), h)
	var de *DivergedError
	if !errors.As(err, &de) || de.Got.Errno != 1146 || de.Want.Errno != 0 || !strings.Contains(err.Error(), "@n") {
		t.Fatalf("got %v", err)
	}
}

func ok() *wire.Reply { return &wire.Reply{Results: 1} }

func texts(h *History) string {
	var l []string
	for _, e := range h.entries {
		l = append(l, string(e.payload[1:]))
	}
	return strings.Join(l, "; ")
}

func TestHistoryCollapsesAssignmentsOfConstants(t *testing.T) {
	for _, c := range []struct{ in, want []string }{
		{[]string{"SET a=1", "SET a=1"}, []string{"SET a=1"}},
		{[]string{"SET a=1", "SET b=2", "SET a=3"}, []string{"SET b=2", "SET a=3"}},
		{[]string{"SET a=1, b=2", "SET a=3"}, []string{"SET a=1, b=2", "SET a=3"}},
		{[]string{"SET a=1", "SET b=@@a", "SET a=1"}, []string{"SET a=1", "SET b=@@a", "SET a=1"}},
		{[]string{"SET @a=@a+1", "SET @a=@a+1"}, []string{"SET @a=@a+1", "SET @a=@a+1"}},
		{[]string{"USE x", "use `y`", "SET SESSION a='q'", "set @@session.A = 'r'"}, []string{"use `y`", "set @@session.A = 'r'"}},
		{[]string{"SET NAMES utf8", "SET NAMES latin1 COLLATE latin1_bin;"}, []string{"SET NAMES latin1 COLLATE latin1_bin;"}},
		{[]string{"SET a='x''y'", "SET a='x''y'"}, []string{"SET a='x''y'", "SET a='x''y'"}},
		{[]string{"SET a=\"x\"", "SET a=\"x\""}, []string{"SET a=\"x\"", "SET a=\"x\""}},
		{[]string{"SET a=f(1)", "SET a=1+1", "SET a=1"}, []string{"SET a=f(1)", "SET a=1+1", "SET a=1"}},
		{[]string{"SET TRANSACTION READ ONLY", "SET TRANSACTION READ ONLY"}, []string{"SET TRANSACTION READ ONLY", "SET TRANSACTION READ ONLY"}},
		{[]string{"SET NAMES utf8", "SET @x='y'", "SET NAMES latin1"}, []string{"SET NAMES utf8", "SET @x='y'", "SET NAMES latin1"}},
		{[]string{"SET character_set_results=NULL", "SET NAMES latin1"}, []string{"SET NAMES latin1"}},
		{[]string{"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "SET SESSION TRANSACTION READ ONLY", "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"},
			[]string{"SET SESSION TRANSACTION READ ONLY", "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"}},
		{[]string{"SET a=1 b", "SET a=1 b"}, []string{"SET a=1 b", "SET a=1 b"}},
	} {
		h := NewHistory(50)
		for _, s := range c.in {
			h.Add(append([]byte{3}, s...), ok())
		}
		if got := texts(h); got != strings.Join(c.want, "; ") {
			t.Errorf("%q became %q", c.in, got)
		}
	}
	h := NewHistory(2)
	for i := range 1000 {
		h.Add([]byte("\x03SET autocommit="+fmt.Sprint(i%2)), ok())
		h.Add([]byte("\x02db"), ok())
	}
	if h.Len() != 2 || !h.Complete() || h.Bytes() > 1000 || h.StoredResponses() != 2 {
		t.Errorf("%d entries, complete %v, %d bytes", h.Len(), h.Complete(), h.Bytes())
	}
	h.Reset()
	if h.Len() != 0 || h.Bytes() != 0 {
		t.Error("Reset")
	}
}

func TestHistoryOverItsMaximumRefusesToReplay(t *testing.T) {
	a, old, fresh := open(t), open(t), open(t)
	h := NewHistory(3)
	session(t, h, a, "SET @a = @@port", "SET @b = @@port")
	if err := old.Replay(testContext(t), h); err != nil {
		t.Fatal(err)
	}
	session(t, h, a, "SET @c = @@port", "SET @d = @@port")
	if h.Complete() || h.Len() != 3 {
		t.Fatalf("complete %v, %d entries", h.Complete(), h.Len())
	}
	if err := old.Replay(testContext(t), h); err != nil || old.one(t, "SELECT @d = @@port") != "1" {
		t.Fatalf("a backend that has seen what was dropped goes on: %v", err)
	}
	if err := fresh.Replay(testContext(t), h); !errors.Is(err, ErrHistoryIncomplete) {
		t.Fatalf("got %v", err)
	}
}

func FuzzConstantTargets(f *testing.F) {
	for _, s := range []string{"SET a=1", "set @@session.x = 'y', @b := -1.5", "SET NAMES 'utf8' COLLATE x;", "use `a b`", "SET a='", "SET @`x`=1", "SET a=1e5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		targets := constantTargets(append([]byte{3}, s...))
		if targets == nil {
			return
		}
		// What reads anything, calls anything or hides anything is no constant.
		if i := strings.IndexAny(s, "(\"\\#+*"); i >= 0 && !strings.Contains(s, "'") && !strings.Contains(s, "`") {
			t.Errorf("%q was taken for an assignment of constants to %q", s, targets)
		}
	})
}
