package e2e

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// services are the ones that every behaviour of the driver is tested through.
var services = []string{one, split}

func TestDriverValues(t *testing.T) {
	for _, service := range services {
		for _, interpolate := range []bool{false, true} { // binary protocol, text protocol
			t.Run(fmt.Sprintf("%s/interpolate=%v", service, interpolate), func(t *testing.T) {
				db := open(t, fmt.Sprintf("%s?parseTime=true&interpolateParams=%v", proxy.DSN(service), interpolate))
				when := time.Date(2024, 2, 29, 12, 34, 56, 789012000, time.UTC)
				var (
					i    int64
					f    float64
					s    string
					b    []byte
					at   time.Time
					null sql.NullString
				)
				row := db.QueryRow("SELECT ? + 0, ? + 0.0, CONCAT(?), CAST(? AS BINARY), CAST(? AS DATETIME(6)), ?", -42, 2.5, "ünï'€\\𝄞", []byte{0, 255, '\''}, when, nil)
				must(t, row.Scan(&i, &f, &s, &b, &at, &null))
				if i != -42 || f != 2.5 || s != "ünï'€\\𝄞" || !bytes.Equal(b, []byte{0, 255, '\''}) || !at.Equal(when) || null.Valid {
					t.Errorf("read %v %v %q %q %v %v", i, f, s, b, at, null)
				}
			})
		}
	}
}

func TestDriverWrites(t *testing.T) {
	for _, service := range services {
		t.Run(service, func(t *testing.T) {
			schema(t, "driver")
			db := open(t, strings.Replace(proxy.DSN(service), "/"+mariadbtest.Schema, "/driver", 1)+"?multiStatements=true")
			exec := func(q string, args ...any) sql.Result {
				t.Helper()
				r, err := db.Exec(q, args...)
				if err != nil {
					t.Fatalf("%s: %v", q, err)
				}
				return r
			}
			exec("CREATE TABLE w (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20) UNIQUE)")
			r := exec("INSERT INTO w (v) VALUES (?), (?)", "a", "b")
			if id, _ := r.LastInsertId(); id != 1 {
				t.Errorf("insert id %d, want 1", id)
			}
			if n, _ := exec("UPDATE w SET v = CONCAT(v, '!')").RowsAffected(); n != 2 {
				t.Errorf("%d rows affected, want 2", n)
			}
			var driverError *mysql.MySQLError
			if _, err := db.Exec("INSERT INTO w (v) VALUES ('a!')"); !errors.As(err, &driverError) || driverError.Number != 1062 {
				t.Errorf("a duplicate answered %v, want error 1062", err)
			}

			tx, err := db.Begin()
			must(t, err)
			stmt, err := tx.Prepare("INSERT INTO w (v) VALUES (?)")
			must(t, err)
			for i := range 20 {
				if _, err := stmt.Exec(fmt.Sprint(i)); err != nil {
					t.Fatal(err)
				}
			}
			var n int
			must(t, tx.QueryRow("SELECT COUNT(*) FROM w").Scan(&n))
			if n != 22 {
				t.Errorf("%d rows inside the transaction, want 22", n)
			}
			must(t, tx.Rollback())

			ro, err := db.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
			must(t, err)
			replica.WaitForSync(t, primary)
			must(t, ro.QueryRow("SELECT COUNT(*) FROM w").Scan(&n))
			must(t, ro.Commit())
			if n != 2 {
				t.Errorf("%d rows after the rollback, want 2", n)
			}

			rows, err := db.Query("INSERT INTO w (v) VALUES ('m'); SELECT 1 UNION SELECT 2; SELECT 'x', NULL")
			must(t, err)
			defer rows.Close()
			var sets []int
			for {
				count := 0
				for rows.Next() {
					count++
				}
				sets = append(sets, count)
				if !rows.NextResultSet() {
					break
				}
			}
			must(t, rows.Err())
			if fmt.Sprint(sets) != "[0 2 1]" && fmt.Sprint(sets) != "[2 1]" {
				t.Errorf("result sets of %v rows, want 0, 2 and 1", sets)
			}
		})
	}
}

// One statement prepared once runs on whichever server the router chooses.
func TestDriverPreparedAcrossServers(t *testing.T) {
	db := open(t, proxy.DSN(split))
	db.SetMaxOpenConns(1)
	stmt, err := db.Prepare("SELECT @@server_id + ?")
	must(t, err)
	defer stmt.Close()
	read := func(q interface {
		QueryRow(...any) *sql.Row
	}) (id int) {
		t.Helper()
		must(t, q.QueryRow(100).Scan(&id))
		return id
	}
	for range 3 {
		if id := read(stmt); id != 102 {
			t.Errorf("a read was answered by server %d, want the replica's 2", id-100)
		}
		tx, err := db.Begin()
		must(t, err)
		if id := read(tx.Stmt(stmt)); id != 101 {
			t.Errorf("inside a transaction server %d answered, want the primary's 1", id-100)
		}
		must(t, tx.Commit())
	}
}

func TestDriverCancel(t *testing.T) {
	db := open(t, proxy.DSN(split))
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := db.ExecContext(ctx, "DO SLEEP(300) /* cancelled */")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the cancelled statement answered %v", err)
	}
	// The driver closes its connection: the query has to end on the server too.
	must(t, rig.Await("the query to end", func() error { return running(t, "cancelled", 0) }))
}

// Packets of 40 MB, both ways, and sizes around the 16 MB where a message is split.
func TestBigPackets(t *testing.T) {
	const full = 1<<24 - 1
	for _, service := range services {
		t.Run(service, func(t *testing.T) {
			db := open(t, proxy.DSN(service)+"?maxAllowedPacket=0")
			for _, size := range []int{full - 100, full - 17, full - 16, full, full + 1, 2 * full, 40 << 20} {
				value := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
				var back []byte
				must(t, db.QueryRow("SELECT CAST(? AS BINARY)", value).Scan(&back))
				if !bytes.Equal(back, value) {
					t.Errorf("%d bytes did not come back as they were (%d bytes)", size, len(back))
				}
				var text []byte
				must(t, db.QueryRow(fmt.Sprintf("SELECT REPEAT('x', %d)", size)).Scan(&text))
				if len(text) != size || bytes.Count(text, []byte("x")) != size {
					t.Errorf("asked for %d bytes, got %d", size, len(text))
				}
			}
		})
	}
	resident, err := rig.Resident(proxy.PID())
	must(t, err)
	if resident > 400<<20 {
		t.Errorf("Penstock holds %d MB after big packets: they must not be materialised", resident>>20)
	}
}

func TestLoadDataLocal(t *testing.T) {
	schema(t, "local_infile_test")
	mysql.RegisterReaderHandler("rows", func() io.Reader {
		return strings.NewReader(strings.Repeat("1\tone\n2\ttwo\n", 100_000))
	})
	defer mysql.DeregisterReaderHandler("rows")
	primary.Exec(t, "CREATE TABLE local_infile_test.l (a INT, b VARCHAR(10))")
	const load = "LOAD DATA LOCAL INFILE 'Reader::rows' INTO TABLE local_infile_test.l"

	r, err := open(t, proxy.DSN(infile)).Exec(load)
	must(t, err)
	if n, _ := r.RowsAffected(); n != 200_000 {
		t.Errorf("%d rows loaded, want 200000", n)
	}
	_, err = open(t, proxy.DSN(one)).Exec(load)
	var refused *mysql.MySQLError
	if !errors.As(err, &refused) {
		t.Errorf("a service without local_infile answered %v, want an error of the server", err)
	}
}
