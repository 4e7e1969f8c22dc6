package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/pires/go-proxyproto"
)

// MissingGrantError says which privilege the service account lacks.
type MissingGrantError struct {
	User  string
	Grant string // as a statement to run
	Err   error  // what the server said
}

// Error says what to do.
func (e *MissingGrantError) Error() string {
	return fmt.Sprintf("the service account %q lacks a privilege: run %q there: %v", e.User, e.Grant, e.Err)
}

// Unwrap returns the server's error.
func (e *MissingGrantError) Unwrap() error { return e.Err }

// Numbers by which a server says that a table is closed or not there.
const (
	erTableAccessDenied = 1142
	erDBAccessDenied    = 1044
	erNoSuchTable       = 1146
	erBadDB             = 1049
)

func serverErrno(err error) uint16 {
	var m *mysql.MySQLError
	if errors.As(err, &m) {
		return m.Number
	}
	return 0
}

// connector is how go-sql-driver reaches a server with the service account.
func connector(c Candidate, user, password string) (*sql.DB, error) {
	m := mysql.NewConfig()
	m.User, m.Passwd = user, password
	m.Net, m.Addr = "tcp", c.Server.Address
	if c.Server.Socket != "" {
		m.Net, m.Addr = "unix", c.Server.Socket
	}
	m.TLS = c.TLS
	m.Timeout = c.Server.ConnectTimeout
	m.ReadTimeout = loadTimeout
	m.AllowCleartextPasswords = c.TLS != nil
	m.Logger = &mysql.NopLogger{}
	if c.Server.ProxyProtocol {
		m.DialFunc = dialProxy
	}
	conn, err := mysql.NewConnector(m)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(conn), nil
}

// dialProxy sends the PROXY header by which Penstock speaks for itself.
func dialProxy(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	nc, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	if t, ok := ctx.Deadline(); ok {
		nc.SetWriteDeadline(t)
	}
	h := proxyproto.Header{Version: 2, Command: proxyproto.LOCAL, TransportProtocol: proxyproto.UNSPEC}
	if _, err := h.WriteTo(nc); err != nil {
		nc.Close()
		return nil, err
	}
	nc.SetWriteDeadline(time.Time{})
	return nc, nil
}

// readAccounts reads everything from one server over one connection.
func readAccounts(ctx context.Context, c Candidate, user, password string) (*Source, error) {
	db, err := connector(c, user, password)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	r := &tableReader{conn: conn, user: user, src: &Source{From: c.Server.Name}}
	if err := r.read(ctx); err != nil {
		return nil, err
	}
	return r.src, nil
}

// tableReader reads one server's tables into src.
type tableReader struct {
	conn *sql.Conn
	user string
	src  *Source
}

func (r *tableReader) read(ctx context.Context) error {
	err := r.globalPriv(ctx)
	switch serverErrno(err) {
	case erNoSuchTable, erBadDB, erTableAccessDenied, erDBAccessDenied:
		if err2 := r.mysqlUser(ctx); err2 != nil {
			err = err2
			break
		}
		err = nil
	}
	if err != nil {
		return r.explain(err, "mysql.global_priv")
	}
	if err := r.grants(ctx); err != nil {
		return err
	}
	return r.schemas(ctx)
}

// explain turns a refusal to read a table into what to do about it.
func (r *tableReader) explain(err error, table string) error {
	switch serverErrno(err) {
	case erTableAccessDenied, erDBAccessDenied:
		return &MissingGrantError{User: r.user, Grant: fmt.Sprintf("GRANT SELECT ON %s TO '%s'", table, r.user), Err: err}
	}
	return fmt.Errorf("read %s: %w", table, err)
}

// rows calls f for every row, as strings by lower-case column name, and the
// first column also by the name "". NULL is "".
func (r *tableReader) rows(ctx context.Context, query string, f func(get func(string) string) error) error {
	rows, err := r.conn.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	index := make(map[string]int, len(names))
	for i, n := range names {
		index[strings.ToLower(n)] = i
	}
	index[""] = 0
	values := make([]sql.NullString, len(names))
	into := make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	get := func(name string) string {
		if i, ok := index[name]; ok {
			return values[i].String
		}
		return ""
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := f(get); err != nil {
			return err
		}
	}
	return rows.Err()
}
