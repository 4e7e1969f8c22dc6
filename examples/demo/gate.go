package main

import (
	"context"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/memory"
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/mysql"
	"github.com/dolthub/vitess/go/sqltypes"
)

// The engine's tables know no concurrency: at the end of each statement a
// session puts back every table that it touched, as it was when it first
// touched it. A read that runs beside a write would undo the write. So writers
// and transactions take turns at a gate, and what a plain read puts back is
// thrown away.

// lockWait is how long a statement waits for its turn, as MariaDB's
// innodb_lock_wait_timeout.
const lockWait = 10 * time.Second

// writeGate admits one session at a time.
type writeGate struct{ turn chan struct{} }

func newWriteGate() *writeGate { return &writeGate{turn: make(chan struct{}, 1)} }

func (g *writeGate) enter(ctx context.Context) error {
	timeout := time.NewTimer(lockWait)
	defer timeout.Stop()
	select {
	case g.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timeout.C:
		return mysql.NewSQLError(1205, "HY000", "Lock wait timeout exceeded; try restarting transaction")
	}
}

func (g *writeGate) leave() { <-g.turn }

// discarding is where a session puts tables back. (Names are resolved by the
// engine's own provider, not by this one.) While discard is set they go nowhere.
type discarding struct {
	*memory.DbProvider
	discard bool
}

// Database returns the schema, or a copy of its list of tables to write into.
func (d *discarding) Database(ctx *sql.Context, name string) (sql.Database, error) {
	db, err := d.DbProvider.Database(ctx, name)
	if err != nil || !d.discard {
		return db, err
	}
	kept, ok := db.(*memory.Database)
	if !ok {
		return db, nil
	}
	copied := memory.NewDatabase(name)
	for table, t := range kept.Tables() {
		if t, ok := t.(memory.MemTable); ok {
			copied.AddTable(table, t)
		}
	}
	return copied, nil
}

// handler takes a statement's turn at the gate before the engine sees it.
type handler struct {
	mysql.Handler
	sessions *sessions
}

// run executes one statement under the rules above.
func (h *handler) run(ctx context.Context, c *mysql.Conn, statement string, execute func() error) error {
	s := h.sessions.get(c)
	if s == nil { // the session is made by its first statement
		if err := h.Handler.ComInitDB(c, ""); err != nil {
			return err
		}
		s = h.sessions.get(c)
	}
	if !s.held && !h.sessions.id.readOnly && (s.transactional() || !reads(statement)) {
		if err := h.sessions.gate.enter(ctx); err != nil {
			return err
		}
		s.held = true
	}
	s.data.discard = !s.held
	err := execute()
	if err != nil && strings.Contains(err.Error(), sql.ErrReadOnly.New().Error()) {
		// The number that a real replica answers with.
		err = mysql.NewSQLError(1290, "HY000", "The demo replica is running with the --read-only option so it cannot execute this statement")
	}
	if s.held && s.engine.GetTransaction() == nil {
		h.release(s)
	}
	return err
}

// transactional says whether the next statement's effects last beyond it.
func (s *session) transactional() bool {
	if s.engine.GetIgnoreAutoCommit() { // after BEGIN
		return true
	}
	ctx := sql.NewContext(context.Background(), sql.WithSession(s.engine))
	v, err := s.engine.GetSessionVariable(ctx, sql.AutoCommitSessionVar)
	if err != nil {
		return true
	}
	on, err := sql.ConvertToBool(ctx, v)
	return err != nil || !on
}

func (h *handler) release(s *session) {
	s.held = false
	h.sessions.gate.leave()
}

// reads says whether the statement cannot change a table. What it does not
// know it takes for a write: that only costs a turn at the gate.
func reads(statement string) bool {
	word := strings.TrimLeft(statement, " \t\r\n(")
	for strings.HasPrefix(word, "/*") {
		_, rest, _ := strings.Cut(word, "*/")
		word = strings.TrimLeft(rest, " \t\r\n(")
	}
	if i := strings.IndexFunc(word, func(r rune) bool { return r < 'A' || r > 'z' }); i >= 0 {
		word = word[:i]
	}
	switch strings.ToUpper(word) {
	case "SELECT", "SHOW", "SET", "USE", "DESCRIBE", "DESC", "EXPLAIN":
		return true
	}
	return false
}

func (h *handler) ComQuery(ctx context.Context, c *mysql.Conn, query string, callback mysql.ResultSpoolFn) error {
	return h.run(ctx, c, query, func() error { return h.Handler.ComQuery(ctx, c, query, callback) })
}

func (h *handler) ComMultiQuery(ctx context.Context, c *mysql.Conn, query string, callback mysql.ResultSpoolFn) (rest string, err error) {
	err = h.run(ctx, c, query, func() error {
		rest, err = h.Handler.ComMultiQuery(ctx, c, query, callback)
		return err
	})
	return rest, err
}

func (h *handler) ComStmtExecute(ctx context.Context, c *mysql.Conn, prepare *mysql.PrepareData, callback func(*sqltypes.Result) error) error {
	return h.run(ctx, c, prepare.PrepareStmt, func() error { return h.Handler.ComStmtExecute(ctx, c, prepare, callback) })
}

// ComResetConnection and ConnectionClosed end the session's transaction.
func (h *handler) ComResetConnection(c *mysql.Conn) error {
	err := h.Handler.ComResetConnection(c)
	if s := h.sessions.get(c); s != nil && s.held {
		h.release(s)
	}
	return err
}

func (h *handler) ConnectionClosed(c *mysql.Conn) {
	h.Handler.ConnectionClosed(c)
	if s := h.sessions.remove(c); s != nil && s.held {
		h.release(s)
	}
}
