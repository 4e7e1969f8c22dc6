package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"strings"

	sqle "github.com/dolthub/go-mysql-server"
	"github.com/dolthub/go-mysql-server/memory"
	"github.com/dolthub/go-mysql-server/server"
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/vitess/go/mysql"
)

//go:embed data.sql
var sampleData string

// schemaName is the schema that holds the sample data.
const schemaName = "demo"

// accounts are the users of both servers and their passwords.
var accounts = map[string]string{"app": "app", "penstock": "penstock"}

// identity is what a server says about itself.
type identity struct {
	hostname string
	serverID int64
	readOnly bool
}

// Demo is the running pair.
type Demo struct{ servers [2]*server.Server }

// Serve answers on the two listeners until Close.
func Serve(primary, replica net.Listener) (*Demo, error) {
	db := memory.NewDatabase(schemaName)
	db.EnablePrimaryKeyIndexes()
	data := memory.NewDBProvider(db)
	gate := newWriteGate()
	d := new(Demo)
	for i, id := range []identity{
		{hostname: "demo-primary", serverID: 1},
		{hostname: "demo-replica", serverID: 2, readOnly: true},
	} {
		l := [2]net.Listener{primary, replica}[i]
		engine := newEngine(data, id)
		if i == 0 {
			if err := load(engine, data, id); err != nil {
				return nil, err
			}
		}
		config := server.Config{Listener: l, Address: l.Addr().String(), Version: "8.0.36-penstock-demo"}
		sessions := newSessions(data, id, gate)
		s, err := server.NewServerWithHandler(config, engine, sql.NewContext, sessions.open, nil,
			func(h mysql.Handler) (mysql.Handler, error) { return &handler{Handler: h, sessions: sessions}, nil })
		if err != nil {
			return nil, fmt.Errorf("serve %s on %s: %w", id.hostname, l.Addr(), err)
		}
		d.servers[i] = s
	}
	for _, s := range d.servers {
		go s.Start()
	}
	return d, nil
}

// Close stops accepting.
func (d *Demo) Close() error {
	return errors.Join(d.servers[0].Close(), d.servers[1].Close())
}

func newEngine(data *memory.DbProvider, id identity) *sqle.Engine {
	a := analyzer.NewBuilder(data).AddPreAnalyzeRule(ruleIdentity, ownVariables).Build()
	engine := sqle.New(a, &sqle.Config{IsReadOnly: id.readOnly})
	users := a.Catalog.MySQLDb
	editor := users.Editor()
	defer editor.Close()
	for name, password := range accounts {
		users.AddSuperUser(editor, name, "%", password)
	}
	return engine
}

// load runs the embedded statements.
func load(engine *sqle.Engine, data *memory.DbProvider, id identity) error {
	session := newSession(nil, "", data, id)
	for _, statement := range strings.Split(sampleData, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		ctx := sql.NewContext(context.Background(), sql.WithSession(session))
		ctx.SetCurrentDatabase(schemaName)
		_, rows, _, err := engine.Query(ctx, statement)
		if err == nil {
			_, err = sql.RowIterToRows(ctx, rows)
		}
		if err != nil {
			return fmt.Errorf("load the sample data: %.60s: %w", statement, err)
		}
	}
	return nil
}
