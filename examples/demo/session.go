package main

import (
	"context"
	"sync"

	"github.com/dolthub/go-mysql-server/memory"
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/vitess/go/mysql"
)

// ruleIdentity is an analyzer rule id that the engine does not use itself.
const ruleIdentity analyzer.RuleId = 1 << 20

// identityVariables are global variables of which each of the two servers in
// this process has its own value, kept in its sessions.
var identityVariables = map[string]func(identity) any{
	"hostname":        func(id identity) any { return id.hostname },
	"server_id":       func(id identity) any { return id.serverID },
	"read_only":       func(id identity) any { return id.readOnly },
	"version_comment": func(identity) any { return "Penstock's demo" },
}

// ownVariables makes @@global.hostname and the like read the session's value.
func ownVariables(_ *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	return transform.NodeExprs(n, func(e sql.Expression) (sql.Expression, transform.TreeIdentity, error) {
		v, ok := e.(*expression.SystemVar)
		if !ok || identityVariables[v.Name] == nil {
			return e, transform.SameTree, nil
		}
		return expression.NewSystemVar(v.Name, sql.GetMysqlScope(sql.SystemVariableScope_Session), v.SpecifiedScope), transform.NewTree, nil
	})
}

// sessions makes and keeps the sessions of one server.
type sessions struct {
	data *memory.DbProvider
	id   identity
	gate *writeGate

	mu   sync.Mutex
	byID map[uint32]*session
}

// session is what the demo adds to an engine's session.
type session struct {
	engine *memory.Session
	data   *discarding
	held   bool // the write gate is this session's
}

func newSessions(data *memory.DbProvider, id identity, gate *writeGate) *sessions {
	return &sessions{data: data, id: id, gate: gate, byID: make(map[uint32]*session)}
}

// open is a server.SessionBuilder.
func (s *sessions) open(_ context.Context, conn *mysql.Conn, address string) (sql.Session, error) {
	data := &discarding{DbProvider: s.data}
	own := &session{data: data, engine: newSession(conn, address, data, s.id)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID[conn.ConnectionID] = own
	return own.engine, nil
}

func (s *sessions) get(c *mysql.Conn) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[c.ConnectionID]
}

func (s *sessions) remove(c *mysql.Conn) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.byID[c.ConnectionID]
	delete(s.byID, c.ConnectionID)
	return own
}

// newSession returns an engine session that answers as id. conn is nil for
// the one that loads the data.
func newSession(conn *mysql.Conn, address string, data sql.DatabaseProvider, id identity) *memory.Session {
	client, connection := sql.Client{User: "app", Address: "localhost"}, uint32(0)
	if conn != nil {
		client.Capabilities, connection = conn.Capabilities, conn.ConnectionID
		if u, ok := conn.UserData.(sql.MysqlConnectionUser); ok {
			client.User, client.Address = u.User, u.Host
		}
	}
	base := sql.NewBaseSessionWithClientServer(address, client, connection)
	ctx := sql.NewContext(context.Background(), sql.WithSession(base))
	for name, value := range identityVariables {
		if err := base.InitSessionVariable(ctx, name, value(id)); err != nil {
			panic(err) // a variable that this version of the engine no longer has
		}
	}
	return memory.NewSession(base, data)
}

// NewConnection has the very first status flags say what is true: autocommit is
// on. The library says so only from the first statement on.
func (h *handler) NewConnection(c *mysql.Conn) {
	c.StatusFlags |= uint16(mysql.ServerStatusAutocommit)
	h.Handler.NewConnection(c)
}
