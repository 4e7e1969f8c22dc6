package mariadbtest

import (
	"context"
	"database/sql"
	"testing"
)

// Processes returns the statements that run on the server now, this one
// excepted.
func (s *Server) Processes(t testing.TB) []string {
	t.Helper()
	var statements []string
	err := s.asRoot(func(ctx context.Context, c *sql.Conn) error {
		rows, err := c.QueryContext(ctx, "SELECT INFO FROM information_schema.PROCESSLIST WHERE INFO IS NOT NULL AND ID <> CONNECTION_ID()")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var statement string
			if err := rows.Scan(&statement); err != nil {
				return err
			}
			statements = append(statements, statement)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return statements
}

// Connections returns how many connections of the user the server has now.
func (s *Server) Connections(t testing.TB, user string) int {
	t.Helper()
	var n int
	err := s.asRoot(func(ctx context.Context, c *sql.Conn) error {
		return c.QueryRowContext(ctx, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = ? AND ID <> CONNECTION_ID()", user).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// HasConnection says whether the server has a connection with this thread id.
func (s *Server) HasConnection(t testing.TB, thread uint64) bool {
	t.Helper()
	var n int
	err := s.asRoot(func(ctx context.Context, c *sql.Conn) error {
		return c.QueryRowContext(ctx, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = ?", thread).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}
