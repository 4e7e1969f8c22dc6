package engine

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/penstock-db/penstock/engine/mariadbtest"
)

func TestBigPacketsBothWays(t *testing.T) {
	p := startProxy(t, "", "")
	primary.Exec(t, "SET GLOBAL max_allowed_packet = 1073741824")
	replica.Exec(t, "SET GLOBAL max_allowed_packet = 1073741824")
	c := one(t, client(t, p, "maxAllowedPacket=134217728"))
	raw := make([]byte, 20<<20)
	rand.Read(raw)
	big := []byte(hex.EncodeToString(raw)) // 40 MiB
	var got []byte
	if err := c.QueryRowContext(t.Context(), "SELECT ?", big).Scan(&got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, big) {
		t.Errorf("prepared: got %d other bytes than the %d sent", len(got), len(big))
	}
	if err := c.QueryRowContext(t.Context(), "SELECT '"+string(big)+"'").Scan(&got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, big) {
		t.Errorf("text: got %d other bytes than the %d sent", len(got), len(big))
	}
	if v := get(t, c, "SELECT 1"); v != "1" {
		t.Error(v)
	}
}

func TestMultipleResults(t *testing.T) {
	p := startProxy(t, "", "")
	c := one(t, client(t, p, "multiStatements=true"))
	rows, err := c.QueryContext(t.Context(), "SELECT 1; SELECT 2, 3; SET @a = 1; SELECT 4")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	sets := 1
	for rows.NextResultSet() {
		sets++
	}
	if sets != 3 && sets != 4 {
		t.Errorf("%d result sets", sets)
	}
}

func TestLoadDataLocal(t *testing.T) {
	p := startProxy(t, "", "")
	c := one(t, client(t, p, "allowAllFiles=true"))
	do(t, c, "CREATE OR REPLACE TABLE loaded (a INT, b TEXT)")
	mysql.RegisterReaderHandler("penstock", func() io.Reader {
		var text strings.Builder
		for i := range 100000 {
			fmt.Fprintf(&text, "%d\trow %d\n", i, i)
		}
		return strings.NewReader(text.String())
	})
	defer mysql.DeregisterReaderHandler("penstock")
	r := do(t, c, "LOAD DATA LOCAL INFILE 'Reader::penstock' INTO TABLE loaded")
	if n, _ := r.RowsAffected(); n != 100000 {
		t.Errorf("%d rows loaded", n)
	}
	if got := get(t, c, "SELECT 1"); got != "1" {
		t.Error(got)
	}
}

func TestErrors(t *testing.T) {
	p := startProxy(t, "max_connections = 2", "")
	number := func(err error) uint16 {
		var me *mysql.MySQLError
		if !errors.As(err, &me) {
			t.Errorf("no server error: %v", err)
			return 0
		}
		return me.Number
	}
	if n := number(openPool(t, p, mariadbtest.AppUser, "wrong", "").Ping()); n != 1045 {
		t.Errorf("wrong password: %d", n)
	}
	if n := number(openPool(t, p, "nobody", "x", "").Ping()); n != 1045 {
		t.Errorf("unknown user: %d", n)
	}
	db := client(t, p, "")
	c := one(t, db)
	_, err := c.ExecContext(t.Context(), "SELECT FROM")
	if n := number(err); n != 1064 {
		t.Errorf("syntax error: %d", n)
	}
	one(t, db)
	if n := number(openPool(t, p, mariadbtest.AppUser, mariadbtest.AppPassword, "").Ping()); n != 1040 {
		t.Errorf("too many connections: %d", n)
	}
	if got := get(t, c, "SELECT 5"); got != "5" {
		t.Error(got)
	}
}

func TestManySessionsWithUpdates(t *testing.T) {
	p := startProxy(t, "", hideFilter)
	db := client(t, p, "")
	do(t, db, "CREATE OR REPLACE TABLE many (id INT PRIMARY KEY AUTO_INCREMENT, n INT)")
	const workers, each = 8, 60
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				if _, err := db.Exec("INSERT INTO many (n) VALUES (?)", i); err != nil {
					t.Errorf("worker %d: %v", w, err)
					return
				}
				var v string
				if err := db.QueryRow("SELECT CONCAT('x', ?)", i).Scan(&v); err != nil || v != fmt.Sprint("x", i) {
					t.Errorf("worker %d: %q %v", w, v, err)
					return
				}
			}
		})
	}
	stop := make(chan struct{})
	patched := make(chan int)
	go func() {
		n := 0
		chains := [][]string{{"hide"}, {"hide", "shout"}, {}}
		for {
			select {
			case <-stop:
				patched <- n
				return
			default:
			}
			for _, s := range p.Sessions() {
				names := chains[n%len(chains)]
				if err := s.Update(t.Context(), Update{Filters: &names}); err != nil && !errors.Is(err, ErrNoSession) {
					t.Errorf("update: %v", err)
				}
				n++
			}
		}
	}()
	wg.Wait()
	close(stop)
	if n := <-patched; n == 0 {
		t.Error("no session was ever changed")
	}
	if got := get(t, db, "SELECT COUNT(*) FROM many FOR UPDATE"); got != fmt.Sprint(workers*each) {
		t.Errorf("%s rows, want %d", got, workers*each)
	}
}
