package examples

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// each runs a test for each language and notes in the table whether it passed.
func each(t *testing.T, capability string, test func(t *testing.T, l language)) {
	serve(t)
	for _, l := range languages {
		ok := t.Run(l.name, func(t *testing.T) { test(t, l) })
		note(l.name, capability, map[bool]string{true: "yes", false: "FAILS"}[ok])
	}
}

func errno(err error) uint16 {
	var server *mysql.MySQLError
	if errors.As(err, &server) {
		return server.Number
	}
	return 0
}

// line is what auditlog writes.
type line struct {
	User, Schema, Digest string
	Duration             *uint64 `json:"duration_us"`
	Rows                 *uint64
	Errno                *uint16
}

// audit waits for lines of the statement that a marker stands for: its schema.
func audit(t *testing.T, l language, schema string, n int) (lines []line) {
	t.Helper()
	must(t, rig.Await("the audit log's lines", func() error {
		text, err := os.ReadFile(sink(l))
		if err != nil {
			return err
		}
		lines = nil
		for raw := range strings.Lines(string(text)) {
			var x line
			if err := json.Unmarshal([]byte(raw), &x); err != nil {
				return fmt.Errorf("%q: %w", raw, err)
			}
			if x.Schema == schema {
				lines = append(lines, x)
			}
		}
		if len(lines) != n {
			return fmt.Errorf("%d lines of %d: %+v", len(lines), n, lines)
		}
		return nil
	}))
	return lines
}

func TestAuditLog(t *testing.T) {
	each(t, "audit log", func(t *testing.T, l language) {
		name := "audited_" + l.name
		primary.Exec(t, "CREATE DATABASE "+name)
		c, err := rig.Connect(proxy.Addr(l.name+"_filters"), rig.Login{Schema: name})
		must(t, err)
		defer c.Close()
		for _, q := range []string{"SELECT 1 UNION SELECT 2", "SELECT 3 UNION SELECT 4", "SELECT nothing"} {
			if _, err := c.Query(q); err != nil {
				t.Fatal(err)
			}
		}
		lines := audit(t, l, name, 3)
		for i, x := range lines {
			rows, number := uint64(2), uint16(0)
			if i == 2 {
				rows, number = 0, 1054
			}
			if x.User != mariadbtest.AppUser || x.Duration == nil || *x.Duration == 0 || x.Rows == nil || *x.Rows != rows ||
				x.Errno == nil || *x.Errno != number || len(x.Digest) != 16 || strings.Trim(x.Digest, "0") == "" {
				t.Errorf("line %d is %+v", i, x)
			}
		}
		if lines[0].Digest != lines[1].Digest || lines[0].Digest == lines[2].Digest {
			t.Errorf("the digests are %s, %s, %s", lines[0].Digest, lines[1].Digest, lines[2].Digest)
		}
	})
}

// row is one of the masked table.
type row struct {
	id     int
	secret sql.NullString
	salary sql.NullInt64
	plain  string
}

func TestMaskText(t *testing.T) {
	each(t, "mask, text", func(t *testing.T, l language) { mask(t, l) })
}

func TestMaskBinary(t *testing.T) {
	each(t, "mask, binary", func(t *testing.T, l language) { mask(t, l, 0) })
}

// mask reads more rows than one batch holds, with arguments in the binary protocol.
func mask(t *testing.T, l language, args ...any) {
	const n = 3000
	name := "masked_" + l.name
	primary.Exec(t, "CREATE DATABASE IF NOT EXISTS "+name,
		"CREATE OR REPLACE TABLE "+name+".t (id INT, a_secret MEDIUMTEXT, salary INT, plain VARCHAR(100))",
		"INSERT INTO "+name+".t SELECT seq, IF(seq = 1, NULL, IF(seq = 2, REPEAT('s', 100000), CONCAT('hidden', seq))), seq, CONCAT('plain', seq) FROM test.seq_1_to_"+fmt.Sprint(n))
	db := connection(t, l.name+"_filters", "")
	where := ""
	if len(args) > 0 {
		where = " WHERE id > ?"
	}
	rows, err := db.Query("SELECT id, a_secret AS alias, salary, plain FROM "+name+".t"+where+" ORDER BY id", args...)
	must(t, err)
	defer rows.Close()
	seen := 0
	for rows.Next() {
		var r row
		must(t, rows.Scan(&r.id, &r.secret, &r.salary, &r.plain))
		seen++
		if r.id != seen || r.secret.Valid != (r.id != 1) || r.secret.Valid && r.secret.String != "***" || r.salary.Valid || r.plain != fmt.Sprint("plain", r.id) {
			t.Fatalf("row %d is %+v", seen, r)
		}
	}
	must(t, rows.Err())
	if seen != n {
		t.Errorf("%d rows of %d", seen, n)
	}
	// Other results pass as they are.
	var plain string
	must(t, db.QueryRow("SELECT plain FROM "+name+".t WHERE id = 7").Scan(&plain))
	if plain != "plain7" {
		t.Errorf("%q", plain)
	}
}

func TestRateLimit(t *testing.T) {
	each(t, "rate limit", func(t *testing.T, l language) {
		passed, refused := 0, 0
		for range 2 { // sessions share what there is
			db := connection(t, l.name+"_limit", "")
			for range 5 {
				_, err := db.Exec("DO 1")
				switch {
				case err == nil:
					passed++
				case errno(err) == 1226:
					refused++
				default:
					t.Fatal(err)
				}
			}
		}
		// The rig's own login took none; slow machines get a token or two back.
		if passed < 5 || passed > 7 || refused == 0 {
			t.Errorf("%d passed and %d were refused, with a burst of 5", passed, refused)
		}
	})
}

func TestRouter(t *testing.T) {
	each(t, "router", func(t *testing.T, l language) {
		db := connection(t, l.name+"_router", "")
		id := func(q interface {
			QueryRow(string, ...any) *sql.Row
		}, statement string, args ...any) (n int) {
			t.Helper()
			must(t, q.QueryRow(statement, args...).Scan(&n))
			return n
		}
		var first, second int
		must(t, primary.Open(t, mariadbtest.AppUser, mariadbtest.AppPassword, "").QueryRow("SELECT @@server_id").Scan(&first))
		must(t, replica.Open(t, mariadbtest.AppUser, mariadbtest.AppPassword, "").QueryRow("SELECT @@server_id").Scan(&second))
		if got := id(db, "SELECT @@server_id"); got != second {
			t.Errorf("a read went to server %d, not to the replica, %d", got, second)
		}
		if got := id(db, "SELECT @@server_id + ?", 0); got != second {
			t.Errorf("a prepared read went to server %d, not to the replica, %d", got, second)
		}
		if got := id(db, "SELECT @@server_id FOR UPDATE"); got != first {
			t.Errorf("a locking read went to server %d, not to the primary, %d", got, first)
		}
		if _, err := db.Exec("SET @v = 42"); err != nil {
			t.Fatal(err)
		}
		if got := id(db, "SELECT @v"); got != 42 {
			t.Errorf("a variable that was set is %d at the replica", got)
		}
		tx, err := db.Begin()
		must(t, err)
		if got := id(tx, "SELECT @@server_id"); got != first {
			t.Errorf("a read in a transaction went to server %d, not to the primary, %d", got, first)
		}
		must(t, tx.Commit())
		if _, err := db.Exec("CREATE TEMPORARY TABLE only_here AS SELECT 9 AS n"); err != nil {
			t.Fatal(err)
		}
		if got := id(db, "SELECT n FROM only_here"); got != 9 {
			t.Errorf("the temporary table has %d", got)
		}
	})
}
