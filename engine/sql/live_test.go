package sql_test

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/sql"
	"github.com/penstock-db/penstock/wasm/abi"
)

// session is one connection to a real server that may run several statements
// at once.
type session struct {
	*stdsql.Conn
	t *testing.T
}

func connect(t *testing.T, server *mariadbtest.Server) *session {
	t.Helper()
	db, err := stdsql.Open("mysql", server.DSN("root", "", mariadbtest.Schema)+"?multiStatements=true")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &session{conn, t}
}

// run runs what may be several statements, to the end or the first error.
func (s *session) run(stmt string) error {
	rows, err := s.QueryContext(context.Background(), stmt)
	if err != nil {
		return err
	}
	defer rows.Close()
	for {
		for rows.Next() {
		}
		if !rows.NextResultSet() {
			return rows.Err()
		}
	}
}

func (s *session) mustRun(stmt string) {
	s.t.Helper()
	if err := s.run(stmt); err != nil {
		s.t.Fatalf("%q: %v", stmt, err)
	}
}

// value returns the one value that stmt selects.
func (s *session) value(stmt string) string {
	s.t.Helper()
	var v stdsql.NullString
	if err := s.QueryRowContext(context.Background(), stmt).Scan(&v); err != nil {
		s.t.Fatalf("%q: %v", stmt, err)
	}
	return v.String
}

// liveModes are the modes that the tests go through: the lexer's, and how a
// session gets there.
var liveModes = []struct{ charset, sqlMode string }{
	{"utf8mb4", ""}, {"latin1", ""}, {"sjis", ""}, {"cp932", "ANSI_QUOTES"}, {"gbk", ""}, {"big5", "NO_BACKSLASH_ESCAPES"},
	{"gb2312", ""}, {"euckr", "ANSI_QUOTES"}, {"ujis", ""}, {"swe7", ""}, {"cp1250", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES"},
	{"latin2", ""}, {"utf8mb3", "MSSQL"}, {"gbk", "ANSI_QUOTES"}, {"sjis", "MSSQL,NO_BACKSLASH_ESCAPES"}, {"hp8", ""}, {"binary", ""},
}

// enter brings the session into a mode and returns it as the lexer has it.
func (s *session) enter(version uint32, charset, sqlMode string) sql.Mode {
	m := sql.Mode{Version: version}
	for _, stmt := range []string{"SET NAMES " + charset, "SET sql_mode = '" + sqlMode + "'"} {
		s.mustRun(stmt)
		m = sql.SessionChanges([]byte(stmt), m).Apply(m)
	}
	return m
}

// version returns the server's MYSQL_VERSION_ID.
func (s *session) version() uint32 {
	var major, minor, patch uint32
	if _, err := fmt.Sscanf(s.value("SELECT VERSION()"), "%d.%d.%d", &major, &minor, &patch); err != nil {
		s.t.Fatal(err)
	}
	return major*10000 + minor*100 + patch
}

// pieces are what a deceiver would try, in any order.
var pieces = []string{
	"'", "''", "\"", "\"\"", "`", "``", "\\", "\\\\", "/*", "*/", "/*!", "/*!40000", "/*!50700", "/*!99999", "/*!100100", "/*!110000", "/*M!",
	"/*M!100100", "-- ", "--", "--\t", "--\xa0", "--\x80", "#", "\n", " ", "\xa0", "\x83", "\x5c", "\xbf", "\x27", "\x81", "\x95\x5c", "\xa1\xa1",
	"\x83\x60", "\xe0\x40", "\xc3\xa9", "\x8e", "\x8f\xa1", "1", "1e9", "0x", "x'41'", "N'a'", "b'1'", "_utf8'a'", "a", ",", "1,", "@a", "@'b'",
	"@`c`", "@@version", "@", "[", "]", "(", ")", "+", "\x00", "\x01", "FROM dual", "AS", ".", ".5", "{d '2020-01-01'}", "\\N", "LIMIT 1", "NULL", "*",
}

// TestLexerAgreesWithTheServer writes statements of random pieces between a
// SELECT and a SET @mark, and asks the server whether it ran the SET: then it
// must be in the class. If it ran all without an error and no SET, it must not.
// A NUL, which the server lets pass at a statement's end only, is unknown to us.
func TestLexerAgreesWithTheServer(t *testing.T) {
	s := connect(t, mariadbtest.Start(t))
	version := s.version()
	random := rand.New(rand.NewPCG(1, 2))
	const tries = 1500
	ran, clean := 0, 0
	for _, mode := range liveModes {
		m := s.enter(version, mode.charset, mode.sqlMode)
		for range tries {
			stmt := statement(random)
			s.mustRun("SET @mark = 'unset'")
			err := s.run(stmt)
			marked := s.value("SELECT @mark") != "unset"
			class := sql.Classify([]byte(stmt), m)
			writes := class.Type&abi.TypeUserVarWrite != 0
			switch {
			case marked && !writes:
				t.Errorf("%s %s: the server ran SET in %q, classified %#x", mode.charset, mode.sqlMode, stmt, class.Type)
			case !marked && writes && err == nil:
				t.Errorf("%s %s: the server ran no SET in %q, classified %#x", mode.charset, mode.sqlMode, stmt, class.Type)
			case err == nil && class.Type&abi.TypeUnknown != 0 && !strings.Contains(stmt, "\x00"):
				t.Errorf("%s %s: the server ran %q, classified %#x", mode.charset, mode.sqlMode, stmt, class.Type)
			case marked && class.Type&abi.TypeMulti == 0:
				t.Errorf("%s %s: several statements are in %q, classified %#x", mode.charset, mode.sqlMode, stmt, class.Type)
			}
			if marked {
				ran++
			}
			if err == nil && !marked {
				clean++
			}
		}
	}
	t.Logf("%d statements ran the SET, %d ran without", ran, clean)
	if ran < 1000 || clean < 1000 {
		t.Errorf("too few statements say anything: %d ran the SET, %d ran without", ran, clean)
	}
}

// statement makes a statement that often enough is a valid one.
func statement(r *rand.Rand) string {
	var b strings.Builder
	some := func(most int) {
		for range r.IntN(most + 1) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
	}
	b.WriteString("SELECT 1")
	switch r.IntN(5) {
	case 0: // within a string
		quote := []string{"'", "\"", "N'"}[r.IntN(3)]
		b.WriteString(", " + quote)
		some(3)
		b.WriteString(quote[len(quote)-1:])
	case 1: // within an identifier
		b.WriteString(" AS `")
		some(3)
		b.WriteString("`")
	case 2: // within a comment
		b.WriteString([]string{" /*", " /*!99999 ", " /*!40000 ", " -- ", " #"}[r.IntN(5)])
		some(3)
		b.WriteString([]string{"*/", "\n"}[r.IntN(2)])
	case 3: // after an escape
		b.WriteString(", '\\")
		some(2)
		b.WriteString("'")
	default:
		b.WriteString(" ")
		some(3)
	}
	if r.IntN(4) > 0 {
		b.WriteString("; SET @mark = 1")
		some(2)
	}
	if r.IntN(3) == 0 {
		b.WriteString([]string{" -- '", " # \"", " /* ` */", " /*!99999 ' */", " '", " `"}[r.IntN(6)])
	}
	return b.String()
}

// TestWhiteSpaceAgreesWithTheServer goes through every byte of every
// character set: whether it is white space, and whether it makes a comment of
// two dashes.
func TestWhiteSpaceAgreesWithTheServer(t *testing.T) {
	s := connect(t, mariadbtest.Start(t))
	version := s.version()
	for _, charset := range strings.Fields(s.value("SELECT GROUP_CONCAT(CHARACTER_SET_NAME SEPARATOR ' ') FROM information_schema.CHARACTER_SETS")) {
		if _, ok := sql.CharsetByName(charset); !ok {
			if err := s.run("SET NAMES " + charset); err == nil {
				t.Errorf("the server takes %s, and we do not know it", charset)
			}
			continue
		}
		m := s.enter(version, charset, "")
		for b := range 256 {
			for _, stmt := range []string{
				"SELECT 1" + string([]byte{byte(b)}) + "INTO @mark",
				"SELECT 1 --" + string([]byte{byte(b)}) + "INTO @mark",
				"SELECT 1 --" + string([]byte{byte(b)}) + "2 INTO @mark",
			} {
				s.mustRun("SET @mark = 'unset'")
				err := s.run(stmt)
				into := s.value("SELECT @mark") != "unset"
				class := sql.Classify([]byte(stmt), m)
				if says := class.Type&abi.TypeSelectInto != 0; into && !says || err == nil && says != into {
					t.Errorf("%s: the server wrote @mark in %q: %v (%v), classified %#x", charset, stmt, into, err, class.Type)
				}
			}
		}
	}
}
