package engine

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// TestServersThatDie uses servers of its own, because it kills them.
func TestServersThatDie(t *testing.T) {
	oldPrimary, oldReplica := primary, replica
	primary, replica = mariadbtest.StartPair(t)
	defer func() { primary, replica = oldPrimary, oldReplica }()
	p := startProxy(t, "", "")
	db := client(t, p, "")
	do(t, db, "CREATE TABLE kept (id INT PRIMARY KEY AUTO_INCREMENT)")
	replica.WaitForSync(t, primary)

	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := db.Exec("SELECT COUNT(*) FROM kept"); err != nil {
					t.Errorf("a read failed: %v", err)
					return
				}
			}
		})
	}
	if err := replica.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the monitor to see the replica's end", func() bool { return p.Servers()[1].State == "Down" })
	do(t, db, "INSERT INTO kept VALUES ()")
	if err := replica.Restart(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the replica to be back", func() bool { return p.Servers()[1].State == "Replica, Running" })
	replica.WaitForSync(t, primary)

	if err := primary.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the monitor to see the primary's end", func() bool { return p.Servers()[0].State == "Down" })
	_, err := db.Exec("INSERT INTO kept VALUES ()")
	toldToAll(t, "a write without primary", err)
	if err := primary.Restart(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a write to work again", func() bool {
		_, err := db.Exec("INSERT INTO kept VALUES ()")
		return err == nil
	})
	close(stop)
	wg.Wait()

	if err := errors.Join(replica.Kill(), primary.Kill()); err != nil {
		t.Fatal(err)
	}
	toldToAll(t, "a login without servers", openPool(t, p, mariadbtest.AppUser, mariadbtest.AppPassword, "").Ping())
}

// toldToAll fails the test unless the error is a server's that every client shows: one
// with a number of the clients' own is a malformed packet for MariaDB's.
func toldToAll(t *testing.T, what string, err error) {
	t.Helper()
	var me *mysql.MySQLError
	if !errors.As(err, &me) || me.Number >= 2000 && me.Number < 3000 {
		t.Errorf("%s: %v, want a server's error with a number that is not from 2000 to 2999", what, err)
	}
}

func TestVanishedClientLeavesNothing(t *testing.T) {
	p := startProxy(t, "", "")
	var raw net.Conn
	mysql.RegisterDialContext("vanish", func(ctx context.Context, addr string) (net.Conn, error) {
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp", addr)
		raw = c
		return c, err
	})
	defer mysql.DeregisterDialContext("vanish")
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr = mariadbtest.AppUser, mariadbtest.AppPassword, "vanish", p.Listeners()[0].Address
	c.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := connector.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := p.Sessions()[0]
	done := make(chan error, 1)
	go func() {
		_, err := conn.(interface {
			ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error)
		}).ExecContext(context.Background(), "DO SLEEP(60)", nil)
		done <- err
	}()
	eventually(t, "the query to run on a server", func() bool { return running(t, "DO SLEEP(60)") == 1 })
	raw.(*net.TCPConn).SetLinger(0)
	raw.Close()
	<-done
	<-s.done
	eventually(t, "the query to end on the servers", func() bool { return running(t, "DO SLEEP(60)") == 0 })
	if n := len(p.Sessions()); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
	for _, srv := range p.Servers() {
		if srv.Connections != 0 {
			t.Errorf("%d connections to %s are left", srv.Connections, srv.Config.Name)
		}
	}
}

// running counts the servers' threads that execute the statement.
func running(t *testing.T, statement string) int {
	n := 0
	for _, srv := range []*mariadbtest.Server{primary, replica} {
		var here int
		if err := srv.DB(t).QueryRow("SELECT COUNT(*) FROM information_schema.processlist WHERE info = ?", statement).Scan(&here); err != nil {
			t.Fatal(err)
		}
		n += here
	}
	return n
}
