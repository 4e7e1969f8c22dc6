package admin

import (
	"net/http"
	"time"

	"github.com/penstock-db/penstock/engine/monitor"
)

// monitorDiagnostics are what a monitor last saw.
type monitorDiagnostics struct {
	Primary *string         `json:"primary"` // null: there is none
	Servers []monitoredInfo `json:"server_info"`
}

// monitoredInfo is one server as its monitor last saw it.
type monitoredInfo struct {
	Name        string            `json:"name"`
	State       string            `json:"state"`
	Details     *string           `json:"state_details"`
	Since       *string           `json:"since"` // of the state; null: it has been so from the start
	ReadOnly    bool              `json:"read_only"`
	NodeID      int64             `json:"server_id"` // -1 unknown
	PrimaryID   int64             `json:"master_id"` // -1: it replicates from none
	GTID        *string           `json:"gtid_current_pos"`
	Lag         *int64            `json:"replication_lag"` // seconds
	Replication []replicationInfo `json:"slave_connections"`
	Ticks       uint64            `json:"ticks"`
	ProbedAt    *string           `json:"last_probe"`
}

// replicationInfo is one connection of a replica to its primary.
type replicationInfo struct {
	Name      string  `json:"connection_name"`
	PrimaryID int64   `json:"master_server_id"`
	IO        string  `json:"slave_io_running"`
	SQL       string  `json:"slave_sql_running"`
	Lag       *int64  `json:"seconds_behind_master"`
	LastError *string `json:"last_error"`
}

func newMonitorDiagnostics(members []monitor.Member) monitorDiagnostics {
	d := monitorDiagnostics{Primary: known(monitor.Primary(members)), Servers: make([]monitoredInfo, len(members))}
	for i := range members {
		d.Servers[i] = newMonitoredInfo(&members[i])
	}
	return d
}

func newMonitoredInfo(m *monitor.Member) monitoredInfo {
	s := &m.State
	info := monitoredInfo{
		Name: m.Server, State: s.Status.String(), Since: httpTime(s.TriggeredAt), ReadOnly: m.ReadOnly,
		NodeID: known64(s.NodeID), PrimaryID: known64(s.PrimaryID), GTID: known(s.GTID), Lag: figure(s.Lag),
		Replication: make([]replicationInfo, len(m.Replication)), Ticks: m.Probes, ProbedAt: httpTime(m.ProbedAt),
	}
	if s.Err != nil {
		info.Details = known(s.Err.Error())
	}
	for i, r := range m.Replication {
		info.Replication[i] = replicationInfo{r.Name, known64(r.PrimaryID), r.IORunning, yes(r.SQLRunning), figure(r.Lag), known(r.LastError)}
	}
	return info
}

func ticks(members []monitor.Member) (sum uint64) {
	for _, m := range members {
		sum += m.Probes
	}
	return sum
}

// yes is how servers say that something runs.
func yes(b bool) string {
	if b {
		return "Yes"
	}
	return "No"
}

// httpTime prints a time; null if there is none.
func httpTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format(http.TimeFormat)
	return &text
}
