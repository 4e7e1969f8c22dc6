package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// misfitFile is the module of the misbehaving filter and router.
func misfitFile() string { return filepath.Join(moduleDir, "misfit.wasm") }

// misfits defines the misbehaving filter at every level and with every
// on_failure: "rows-close" and so on.
func misfits() string {
	var b strings.Builder
	for _, level := range []string{"none", "summary", "columns", "rows", "buffered"} {
		for _, policy := range []string{"close", "restart", "bypass"} {
			fmt.Fprintf(&b, "[filters.%s-%s]\nmodule = %q\nplugin = \"filter\"\non_failure = %q\noptions = { level = %q }\n", level, policy, misfitFile(), policy, level)
		}
	}
	return b.String()
}

// misfit is a statement of three rows that tells the filter what to do.
func misfit(word string) string {
	return "SELECT seq AS a, seq + 10 AS b FROM seq_1_to_3 /* misfit:" + word + " */"
}

const untouched = "1,11 2,12 3,13"

// read runs a statement and returns its rows as text.
func read(c *sql.Conn, query string, args ...any) (string, error) {
	rows, err := c.QueryContext(context.Background(), query, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	var lines []string
	for rows.Next() {
		fields, into := make([]string, len(columns)), make([]any, len(columns))
		for i := range fields {
			into[i] = &fields[i]
		}
		if err := rows.Scan(into...); err != nil {
			return "", err
		}
		lines = append(lines, strings.Join(fields, ","))
	}
	return strings.Join(lines, " "), rows.Err()
}

func errno(err error) uint16 {
	var me *mysql.MySQLError
	if errors.As(err, &me) {
		return me.Number
	}
	return 0
}

// TestMisfits has a filter do what it must not: the client gets an error that
// names it, never garbage, and on_failure says what becomes of the session.
func TestMisfits(t *testing.T) {
	p := startProxy(t, "", misfits())
	db := client(t, p, "")
	other := one(t, db)
	do(t, other, "SET @mine = 'other'")
	for _, tt := range []struct {
		level, word string
		bypassed    string // what the client gets if the filter is bypassed; empty: the error
	}{
		{"none", "trap", untouched},
		{"none", "quit", untouched},
		{"none", "reply-nothing", untouched},
		{"none", "reply-stray", untouched},
		{"none", "reply-half", untouched},
		{"none", "reply-infile", untouched},
		{"none", "reply-two", untouched},
		{"none", "reply-short-row", untouched},
		{"columns", "columns-trap", untouched},
		{"columns", "columns-drop", untouched},
		{"columns", "columns-stray", untouched},
		{"columns", "columns-empty", untouched},
		{"columns", "columns-more", untouched},
		{"columns", "columns-infile", untouched},
		{"columns", "columns-garbage", untouched},
		{"columns", "columns-double", untouched},
		{"columns", "columns-narrow", ""},
		{"rows", "columns-trap", untouched},
		{"rows", "columns-narrow", ""},
		{"rows", "narrow-bypass", ""},
		{"rows", "rows-trap", untouched},
		{"rows", "rows-stray", untouched},
		{"rows", "rows-more", untouched},
		{"rows", "rows-infile", untouched},
		{"rows", "rows-garbage", untouched},
		{"buffered", "whole-trap", untouched},
		{"buffered", "whole-stray", untouched},
		{"buffered", "whole-empty", untouched},
		{"buffered", "whole-more", untouched},
		{"buffered", "whole-infile", untouched},
		{"buffered", "whole-garbage", untouched},
		{"buffered", "whole-double", untouched},
		{"buffered", "whole-drop", untouched},
	} {
		for _, policy := range []string{"close", "restart", "bypass"} {
			name := tt.level + "-" + policy
			t.Run(name+"/"+tt.word, func(t *testing.T) {
				c, s := oneOf(t, p, db)
				setFilters(t, s, name)
				do(t, c, "SET @mine = 'this'")
				got, err := read(c, misfit(tt.word))
				if policy == "bypass" && tt.bypassed != "" {
					if got != tt.bypassed || err != nil {
						t.Errorf("bypassed: %q, %v", got, err)
					}
				} else if errno(err) != 1105 || !strings.Contains(err.Error(), fmt.Sprintf("filter %q failed", name)) {
					t.Errorf("got %q, %v; want an error that names the filter", got, err)
				}
				if policy == "close" {
					<-s.done
					return
				}
				if got := get(t, c, "SELECT @mine"); got != "this" {
					t.Errorf("afterwards: %s", got)
				}
			})
		}
	}
	if got := get(t, other, "SELECT @mine"); got != "other" {
		t.Errorf("another session: %s", got)
	}
}

// TestVerdictsOnReplies has a filter do what it may.
func TestVerdictsOnReplies(t *testing.T) {
	p := startProxy(t, "", misfits())
	db := client(t, p, "")
	for _, tt := range []struct {
		level, word string
		want        string
		errno       uint16
		closes      bool
	}{
		{"none", "reply-good", "made up", 0, false},
		{"none", "detach", untouched, 0, false},
		{"columns", "columns-reject", "", 4711, false},
		{"columns", "columns-close", "", 4712, true},
		{"columns", "columns-detach", untouched, 0, false},
		{"rows", "columns-reject", "", 4711, false},
		{"rows", "rows-reject", "", 4711, false},
		{"rows", "rows-close", "", 4712, true},
		{"rows", "rows-detach", untouched, 0, false},
		{"rows", "rows-drop", "", 0, false},
		{"rows", "rows-empty", "", 0, false},
		{"rows", "columns-done", "", 0, false},
		{"rows", "rows-done", untouched, 0, false},
		{"rows", "rows-double", "1,11 1,11 2,12 2,12 3,13 3,13", 0, false},
		{"buffered", "whole-reject", "", 4711, false},
		{"buffered", "whole-close", "", 4712, true},
		{"buffered", "whole-detach", untouched, 0, false},
		{"buffered", "whole-done", untouched, 0, false},
	} {
		for _, binary := range []bool{false, true} {
			if binary && (tt.level == "none" || tt.level == "columns" || tt.word == "columns-reject") {
				continue // prepared: the word would act on the preparation's reply, or has nothing to do with rows
			}
			t.Run(fmt.Sprintf("%s/%s/%v", tt.level, tt.word, binary), func(t *testing.T) {
				c, s := oneOf(t, p, db)
				setFilters(t, s, tt.level+"-close")
				var args []any
				query := misfit(tt.word)
				if binary {
					query = strings.Replace(query, "seq + 10", "seq + ?", 1)
					args = []any{10}
				}
				got, err := read(c, query, args...)
				if got != tt.want && err == nil || errno(err) != tt.errno {
					t.Errorf("got %q, %v", got, err)
				}
				if tt.closes {
					<-s.done
				} else if got := get(t, c, "SELECT 5"); got != "5" {
					t.Errorf("afterwards: %s", got)
				}
			})
		}
	}
}

// oneOf opens a connection and finds its session among all others.
func oneOf(t *testing.T, p *Proxy, db *sql.DB) (*sql.Conn, *Session) {
	t.Helper()
	db.SetMaxIdleConns(-1) // every connection is a new one
	before := map[uint64]bool{}
	for _, s := range p.Sessions() {
		before[s.ID()] = true
	}
	c := one(t, db)
	var mine *Session
	eventually(t, "the session", func() bool {
		for _, s := range p.Sessions() {
			if !before[s.ID()] && s.Snapshot().State == StateStarted {
				mine = s
			}
		}
		return mine != nil
	})
	return c, mine
}

func TestNonsenseOfARouter(t *testing.T) {
	cfg := loadConfig(t, "", "")
	cfg.Services["app"].Router.Module, cfg.Services["app"].Router.Plugin = "misfit", "router"
	for _, policy := range []string{"close", "restart"} {
		cfg.Services["app"].Router.OnFailure = policy
		t.Run(policy, func(t *testing.T) {
			p := startWith(t, cfg)
			db := client(t, p, "")
			for _, word := range []string{"far", "all-far", "role", "reply", "trap"} {
				c, s := oneOf(t, p, db)
				_, err := read(c, misfit(word))
				if errno(err) != 1105 || !strings.Contains(err.Error(), `router "app" failed, the statement was not executed`) {
					t.Errorf("%s: %v", word, err)
				}
				if policy == "close" {
					<-s.done
				} else if got := get(t, c, "SELECT 5"); got != "5" {
					t.Errorf("%s: afterwards: %s", word, got)
				}
			}
			c, _ := oneOf(t, p, db)
			if _, err := read(c, misfit("reject")); errno(err) != 4713 {
				t.Errorf("reject: %v", err)
			}
			if got, err := read(c, misfit("all")); got != untouched || err != nil {
				t.Errorf("all: %q, %v", got, err)
			}
		})
	}
}

// TestTooManyFailures: on_failure = restart does not go on for ever.
func TestTooManyFailures(t *testing.T) {
	p := startProxy(t, "", misfits())
	c, s := oneOf(t, p, client(t, p, ""))
	setFilters(t, s, "none-restart")
	for n := range maxFailures {
		if _, err := read(c, misfit("trap")); errno(err) != 1105 {
			t.Fatalf("failure %d: %v", n+1, err)
		}
	}
	if _, err := read(c, misfit("trap")); errno(err) != 1105 {
		t.Errorf("the last: %v", err)
	}
	<-s.done
}

// TestTimers: they fire while the session waits, not after they were cancelled,
// and what they answer counts.
func TestTimers(t *testing.T) {
	p := startProxy(t, "", misfits())
	db := client(t, p, "")
	fires := func(t *testing.T, c *sql.Conn) {
		t.Helper()
		do(t, c, "DO 1 /* misfit:timer */")
		eventually(t, "the timer", func() bool {
			got, err := read(c, misfit("seen"))
			return err == nil && strings.Contains(got, "timer 1")
		})
	}
	t.Run("in a transaction", func(t *testing.T) {
		c, s := oneOf(t, p, db)
		setFilters(t, s, "none-close")
		do(t, c, "BEGIN")
		do(t, c, "CREATE OR REPLACE TEMPORARY TABLE timertrx (id INT)")
		fires(t, c)
		do(t, c, "COMMIT")
	})
	t.Run("after a restart of the instance", func(t *testing.T) {
		c, s := oneOf(t, p, db)
		setFilters(t, s, "none-restart")
		if _, err := read(c, misfit("trap")); err == nil {
			t.Fatal("no trap")
		}
		fires(t, c)
	})
	t.Run("swapped away", func(t *testing.T) {
		c, s := oneOf(t, p, db)
		setFilters(t, s, "none-bypass") // on a slow machine its timer comes before the swap
		do(t, c, "DO 1 /* misfit:timer-trap */")
		setFilters(t, s, "summary-close")
		fires(t, c)
	})
	t.Run("cancelled", func(t *testing.T) {
		c, s := oneOf(t, p, db)
		setFilters(t, s, "none-close")
		for range 50 {
			do(t, c, "DO 1 /* misfit:timer-cancel */")
		}
		if got, err := read(c, misfit("seen")); got != "" || err != nil {
			t.Errorf("a cancelled timer fired: %q, %v", got, err)
		}
	})
	for word, want := range map[string]uint16{"timer-trap": 1105, "timer-reject": 1105, "timer-close": 4242} {
		t.Run(word, func(t *testing.T) {
			w := rawClient(t, p)
			s := newest(t, p)
			setFilters(t, s, "none-close")
			if _, err := w.WriteMessage([]byte("\x03DO 1 /* misfit:"+word+" */"), 0); err != nil {
				t.Fatal(err)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			if payload, _, err := w.ReadMessage(1 << 20); err != nil || payload[0] != 0 {
				t.Fatalf("% x, %v", payload, err)
			}
			payload, _, err := w.ReadMessage(1 << 20)
			if err != nil || payload[0] != 0xff || uint16(payload[1])|uint16(payload[2])<<8 != want {
				t.Errorf("%q, %v; want error %d", payload, err, want)
			}
			<-s.done
		})
	}
	t.Run("detach", func(t *testing.T) {
		c, s := oneOf(t, p, db)
		setFilters(t, s, "none-close")
		do(t, c, "DO 1 /* misfit:timer-detach */")
		eventually(t, "the filter to be gone", func() bool {
			got, err := read(c, misfit("seen"))
			return err == nil && got == untouched
		})
	})
}

// newest returns the youngest session, once its client is logged in.
func newest(t *testing.T, p *Proxy) *Session {
	t.Helper()
	list := p.Sessions()
	s := list[len(list)-1]
	eventually(t, "the session to begin", func() bool { return s.Snapshot().State == StateStarted })
	return s
}

func TestHold(t *testing.T) {
	p := startProxy(t, "", misfits())
	db := client(t, p, "")
	c, s := oneOf(t, p, db)
	setFilters(t, s, "none-close")
	type result struct {
		got string
		err error
	}
	results := make(chan result, 1)
	start := func(c *sql.Conn, s *Session, word string) {
		go func() {
			got, err := read(c, misfit(word))
			results <- result{got, err}
		}()
		eventually(t, "the session to be busy", func() bool { return works(s, misfit(word)) })
	}
	began := time.Now()
	start(c, s, "hold")
	setFilters(t, s) // takes effect behind the statement
	if r := <-results; r.got != untouched || r.err != nil {
		t.Errorf("held, then: %q, %v", r.got, r.err)
	}
	if took := time.Since(began); took < 300*time.Millisecond {
		t.Errorf("held for %v only", took)
	}
	if got, err := read(c, misfit("trap")); got != untouched || err != nil {
		t.Errorf("after the swap: %q, %v", got, err)
	}
	for name, end := range map[string]func(*Session){
		"DELETE": func(s *Session) { s.Kill(0) },
		"KILL":   func(s *Session) { do(t, c, fmt.Sprintf("KILL %d", s.ID())) },
	} {
		c, s := oneOf(t, p, db)
		setFilters(t, s, "none-close")
		start(c, s, "hold-long")
		end(s)
		<-s.done
		if r := <-results; errno(r.err) != 1927 {
			t.Errorf("%s: %q, %v", name, r.got, r.err)
		}
	}
}
