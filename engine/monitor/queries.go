package monitor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// What every server has is selected; what only some have is shown: SHOW leaves
// out what a server lacks, where SELECT @@name would fail.
const (
	identityQuery  = `SELECT @@global.read_only, @@global.server_id, @@version`
	variablesQuery = `SHOW GLOBAL VARIABLES WHERE Variable_name IN ('gtid_current_pos', 'gtid_executed')`
	statusQuery    = `SHOW GLOBAL STATUS WHERE Variable_name IN ('Uptime', 'wsrep_local_state', 'wsrep_local_state_comment', 'wsrep_local_index', 'wsrep_ready')`
)

// replicationQueries are tried in order until the server understands one:
// MariaDB's, MySQL's since 8.0.22, MySQL's before.
var replicationQueries = []string{"SHOW ALL SLAVES STATUS", "SHOW REPLICA STATUS", "SHOW SLAVE STATUS"}

// read reads everything from the server.
func (c *connection) read(ctx context.Context) (facts, error) {
	f := facts{up: true, wsrepState: -1}
	var readOnly string
	if err := c.db.QueryRowContext(ctx, identityQuery).Scan(&readOnly, &f.serverID, &f.version); err != nil {
		return f, err
	}
	// MariaDB 12 has more values than two: ON, NO_LOCK, NO_LOCK_NO_ADMIN.
	f.readOnly = readOnly != "0" && !strings.EqualFold(readOnly, "OFF")
	if err := c.pairs(ctx, variablesQuery, f.variable); err != nil && !notUnderstood(err) {
		return f, err
	}
	if err := c.pairs(ctx, statusQuery, f.status); err != nil && !notUnderstood(err) {
		return f, err
	}
	var err error
	f.replication, err = c.replication(ctx)
	var refused *mysql.MySQLError
	switch {
	case err == nil:
	case errors.As(err, &refused):
		f.replicationErr = fmt.Errorf("the server does not say whether it replicates (grant REPLICA MONITOR to the monitor's user): %w", err)
	default:
		return f, err
	}
	return f, nil
}

func (f *facts) variable(_, value string) {
	if value != "" {
		f.gtid = value
	}
}

func (f *facts) status(name, value string) {
	switch name {
	case "uptime":
		seconds, _ := strconv.ParseInt(value, 10, 64)
		f.uptime = time.Duration(seconds) * time.Second
	case "wsrep_local_state":
		f.wsrepState = atoi(value, -1)
	case "wsrep_local_index":
		f.wsrepIndex = atoi(value, -1)
	case "wsrep_local_state_comment":
		f.wsrepText = value
	case "wsrep_ready":
		f.wsrepReady = value == "ON"
	}
}

func atoi(s string, otherwise int) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return otherwise
	}
	return n
}

// pairs calls take, with the name in lower case, for every row of a query that
// has two columns.
func (c *connection) pairs(ctx context.Context, query string, take func(name, value string)) error {
	rows, err := c.db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, value sql.NullString
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		take(strings.ToLower(name.String), value.String)
	}
	return rows.Err()
}

// replication reads the state of every replication connection. A server that
// understands none of the queries has none.
func (c *connection) replication(ctx context.Context) ([]replication, error) {
	for ; c.replStatus < len(replicationQueries); c.replStatus++ {
		list, err := c.replicationRows(ctx, replicationQueries[c.replStatus])
		if err == nil || !notUnderstood(err) {
			return list, err
		}
	}
	return nil, nil
}

func (c *connection) replicationRows(ctx context.Context, query string) ([]replication, error) {
	rows, err := c.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values := make([]sql.NullString, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	var list []replication
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		r := replication{lag: -1}
		for i, name := range columns {
			r.column(name, values[i])
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// column takes in one column, by MariaDB's or by MySQL's name.
func (r *replication) column(name string, v sql.NullString) {
	switch name {
	case "Connection_name", "Channel_Name":
		r.name = v.String
	case "Slave_IO_Running", "Replica_IO_Running":
		r.ioRunning = v.String
	case "Slave_SQL_Running", "Replica_SQL_Running":
		r.sqlRunning = v.String == "Yes"
	case "Seconds_Behind_Master", "Seconds_Behind_Source":
		if v.Valid {
			r.lag = int64(atoi(v.String, -1))
		}
	case "Master_Server_Id", "Source_Server_Id":
		r.primaryID = int64(atoi(v.String, 0))
	case "Last_IO_Error", "Last_SQL_Error":
		if v.String != "" {
			r.lastError = v.String
		}
	}
}

// notUnderstood reports whether the server lacks the statement, as opposed to
// refusing it: syntax error, unknown command, not supported, or the "unknown
// error" of servers that only resemble MySQL.
func notUnderstood(err error) bool {
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Number {
	case 1064, 1047, 1235, 1105:
		return true
	}
	return false
}
