package watch

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/client"
	"github.com/penstock-db/penstock/cmd/penstock/table"
)

// fields are what a session is made of. Its statements are not among them:
// those of thousands of sessions would be too much for every second.
const fields = "user,remote,port,database,state,connected,idle,seconds_alive,statistics,pending,services,filters"

// session is one line of the view.
type session struct {
	id                                                string
	number                                            uint64 // the id
	user, client, service, database, state, connected string
	filters                                           string
	idle, alive                                       time.Duration
	queries                                           uint64
	qps                                               float64
	statement                                         string // the newest, if it is known
}

func newSession(r *client.Resource) session {
	s := session{
		id: r.ID, user: r.Text("user"), client: r.Text("remote"), service: strings.Join(r.Related["services"], ","), database: r.Text("database"),
		state: r.Text("state"), connected: r.Text("connected"), filters: strings.Join(r.Related["filters"], ","),
		idle: duration(r.Number("idle")), alive: duration(r.Number("seconds_alive")), queries: uint64(r.Number("statistics.queries")),
	}
	s.number, _ = strconv.ParseUint(r.ID, 10, 64)
	if port := r.Number("port"); port > 0 {
		s.client = net.JoinHostPort(s.client, strconv.Itoa(int(port)))
	}
	if why := r.Text("pending.waiting_for"); why != "" {
		s.filters = strings.TrimSpace(s.filters + " (waits: " + why + ")")
	}
	return s
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// newest is the newest statement of a session's document; statements that have
// ended are in brackets.
func newest(r *client.Resource) string {
	list, _ := r.Value("queries").([]any)
	if len(list) == 0 {
		return ""
	}
	q, _ := list[0].(map[string]any)
	text, _ := q["statement"].(string)
	if text == "" {
		text, _ = q["command"].(string)
	}
	if q["completed"] != nil {
		text = "[" + text + "]"
	}
	return text
}

var columns = []table.Column{
	{Title: "ID", Right: true}, {Title: "USER"}, {Title: "CLIENT"}, {Title: "SERVICE"}, {Title: "DATABASE"},
	{Title: "QPS", Right: true}, {Title: "IDLE", Right: true}, {Title: "ALIVE", Right: true}, {Title: "FILTERS"}, {Title: "STATEMENT"},
}

// lines returns the table's heading and one line for each session.
func lines(list []session, width int) []string {
	t := table.Table{Columns: columns}
	for _, s := range list {
		idle := table.Duration(s.idle)
		switch {
		case s.state != "Session started":
			idle = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(s.state, "Session "), " session"))
		case s.idle == 0:
			idle = "works"
		}
		t.Rows = append(t.Rows, []string{
			s.id, s.user, s.client, s.service, s.database, strconv.FormatFloat(s.qps, 'f', 1, 64),
			idle, table.Duration(s.alive), s.filters, s.statement,
		})
	}
	return t.Lines(width)
}
