package main

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"

	_ "github.com/go-sql-driver/mysql"
)

// start serves on two free ports and returns a pool for each server.
func start(t *testing.T) (primary, replica *sql.DB) {
	t.Helper()
	var listeners [2]net.Listener
	var pools [2]*sql.DB
	for i := range listeners {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners[i] = l
		pools[i], err = sql.Open("mysql", "app:app@tcp("+l.Addr().String()+")/demo")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { pools[i].Close() })
	}
	d, err := Serve(listeners[0], listeners[1])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return pools[0], pools[1]
}

func value[T any](t *testing.T, db interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, query string, args ...any) (v T) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

func TestServersTellWhoTheyAre(t *testing.T) {
	primary, replica := start(t)
	for _, c := range []struct {
		db       *sql.DB
		hostname string
		id       int
		readOnly bool
	}{{primary, "demo-primary", 1, false}, {replica, "demo-replica", 2, true}} {
		for _, scope := range []string{"@@", "@@global."} {
			if v := value[string](t, c.db, "SELECT "+scope+"hostname"); v != c.hostname {
				t.Errorf("%shostname is %q, want %q", scope, v, c.hostname)
			}
			if v := value[int](t, c.db, "SELECT "+scope+"server_id"); v != c.id {
				t.Errorf("%sserver_id is %d, want %d", scope, v, c.id)
			}
			if v := value[bool](t, c.db, "SELECT "+scope+"read_only"); v != c.readOnly {
				t.Errorf("%sread_only is %v, want %v", scope, v, c.readOnly)
			}
		}
	}
}

func TestReplicaSeesWritesAndRefusesThem(t *testing.T) {
	primary, replica := start(t)
	before := value[int](t, replica, "SELECT COUNT(*) FROM customers")
	if _, err := primary.Exec("INSERT INTO customers (name, email, joined) VALUES (?, ?, ?)", "New", "new@example.com", "2025-06-01"); err != nil {
		t.Fatal(err)
	}
	if n := value[int](t, replica, "SELECT COUNT(*) FROM customers WHERE id > ?", 0); n != before+1 {
		t.Errorf("the replica counts %d customers, want %d", n, before+1)
	}
	_, err := replica.Exec("DELETE FROM customers")
	if err == nil || !strings.Contains(err.Error(), "1290") {
		t.Errorf("a write on the replica answered %v", err)
	}
}

func TestTransactions(t *testing.T) {
	primary, replica := start(t)
	tx, err := primary.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("UPDATE products SET stock = 0"); err != nil {
		t.Fatal(err)
	}
	if n := value[int](t, tx, "SELECT SUM(stock) FROM products"); n != 0 {
		t.Errorf("inside, the stock is %d, want 0", n)
	}
	if n := value[int](t, replica, "SELECT SUM(stock) FROM products"); n == 0 {
		t.Error("the replica sees an uncommitted change")
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if n := value[int](t, primary, "SELECT SUM(stock) FROM products"); n == 0 {
		t.Error("the rollback did not undo")
	}
}

// Readers must not undo what writers do beside them.
func TestConcurrentWritesAreKept(t *testing.T) {
	primary, replica := start(t)
	if _, err := primary.Exec("CREATE TABLE counted (a INT PRIMARY KEY AUTO_INCREMENT, b INT)"); err != nil {
		t.Fatal(err)
	}
	const workers, each = 8, 25
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				db := primary
				if w%2 == 0 {
					if _, err := db.Exec("INSERT INTO counted (b) VALUES (?)", i); err != nil {
						t.Error(err)
					}
					continue
				}
				tx, err := db.Begin()
				if err == nil {
					_, err = tx.Exec("INSERT INTO counted (b) VALUES (1)")
				}
				if err == nil {
					err = tx.Commit()
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range each {
				for _, db := range []*sql.DB{primary, replica} {
					var n int
					if err := db.QueryRow("SELECT COUNT(*) FROM counted").Scan(&n); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if n := value[int](t, replica, "SELECT COUNT(*) FROM counted"); n != workers*each {
		t.Errorf("%d rows, want %d", n, workers*each)
	}
}

func TestRunEndsWithWhatRunsBeside(t *testing.T) {
	want := errors.New("ended")
	err := run(t.Context(), "127.0.0.1:0", "127.0.0.1:0", func(context.Context) error { return want })
	if !errors.Is(err, want) {
		t.Fatalf("run answered %v, want %v", err, want)
	}
}
