package admin

import (
	"net/http"
	"strconv"
	"time"

	"github.com/penstock-db/penstock/engine"
)

// sessionAttributes are the attributes of a session resource. docs/rest.md has
// their units and how they are measured.
type sessionAttributes struct {
	Client       clientAttributes       `json:"client"`
	Connected    string                 `json:"connected"`
	Connections  []connectionAttributes `json:"connections"`
	Database     string                 `json:"database"`
	Diagnostics  *sessionDiagnostics    `json:"diagnostics,omitempty"`
	Idle         float64                `json:"idle"`
	IOActivity   uint64                 `json:"io_activity"`
	Log          []string               `json:"log"`
	Memory       memoryAttributes       `json:"memory"`
	Parameters   parameters             `json:"parameters"`
	Pending      *pendingAttributes     `json:"pending"`
	Port         uint16                 `json:"port"`
	Queries      []queryAttributes      `json:"queries"`
	Remote       string                 `json:"remote"`
	RestartError *string                `json:"restart_error"`
	SecondsAlive float64                `json:"seconds_alive"`
	State        string                 `json:"state"`
	Statistics   statistics             `json:"statistics"`
	Thread       int                    `json:"thread"`
	User         string                 `json:"user"`
}

type clientAttributes struct {
	Cipher           string            `json:"cipher"`
	Attributes       map[string]string `json:"connection_attributes"`
	HistoryLen       int               `json:"sescmd_history_len"`
	HistoryMetadata  int               `json:"sescmd_history_stored_metadata"`
	HistoryResponses int               `json:"sescmd_history_stored_responses"`
}

type connectionAttributes struct {
	Cipher       string `json:"cipher"`
	ConnectionID uint64 `json:"connection_id"`
	Server       string `json:"server"`
}

type parameters struct {
	Debug   bool `json:"log_debug"`
	Error   bool `json:"log_error"`
	Info    bool `json:"log_info"`
	Notice  bool `json:"log_notice"`
	Warning bool `json:"log_warning"`
}

// pendingAttributes are a change that waits for the session to be idle.
type pendingAttributes struct {
	Filters    []string `json:"filters"`
	Restart    bool     `json:"restart"`
	WaitingFor string   `json:"waiting_for"`
}

type queryAttributes struct {
	Command   string               `json:"command"`
	Completed *string              `json:"completed"` // null while it runs
	Received  string               `json:"received"`
	Responses []responseAttributes `json:"responses"`
	Statement string               `json:"statement"` // maxctrl crashes without it
}

type responseAttributes struct {
	Duration float64 `json:"duration"` // milliseconds
	Server   string  `json:"server"`
}

// queryTime is the time of a statement, in UTC.
const queryTime = "2006-01-02T15:04:05.000Z"

// sessionResource formats a session. What takes time is left out if it is not
// named: a filter may look at 10,000 sessions.
func sessionResource(base string, s *engine.Snapshot, named only) resource {
	res := newResource(base, typeSessions, strconv.FormatUint(s.ID, 10), newSessionAttributes(s, named))
	res.relate(base, typeServices, []string{s.Service})
	res.relate(base, typeFilters, s.Filters)
	return res
}

// glance formats sessions one after the other. Those that are only compared,
// without links, it puts into one place: the next one takes it.
type glance struct {
	attributes        sessionAttributes
	relationships     map[string]relationship
	services, filters []identifier
}

func (g *glance) at(base string, s *engine.Snapshot, named only) resource {
	if named.has("links") {
		return sessionResource(base, s, named)
	}
	g.attributes = newSessionAttributes(s, named)
	res := resource{ID: strconv.FormatUint(s.ID, 10), Type: typeSessions, Attributes: &g.attributes}
	if named.has("relationships") {
		if g.relationships == nil {
			g.relationships = map[string]relationship{}
		}
		g.services, g.filters = append(g.services[:0], identifier{s.Service, typeServices}), g.filters[:0]
		for _, name := range s.Filters {
			g.filters = append(g.filters, identifier{name, typeFilters})
		}
		g.relationships[typeServices], g.relationships[typeFilters] = relationship{Data: g.services}, relationship{Data: g.filters}
		res.Relationships = g.relationships
	}
	return res
}

var noAttributes = map[string]string{}

func newSessionAttributes(s *engine.Snapshot, named only) sessionAttributes {
	attrs := sessionAttributes{
		Client: clientAttributes{
			Cipher:           s.Client.Cipher,
			Attributes:       s.Client.Attributes,
			HistoryLen:       s.Client.HistoryLen,
			HistoryMetadata:  s.Client.HistoryMetadata,
			HistoryResponses: s.Client.HistoryResponses,
		},
		Database:     s.Database,
		Idle:         s.Idle.Seconds(),
		IOActivity:   s.IOActivity,
		Log:          s.Log,
		Parameters:   parameters{s.LogFlags.Debug, s.LogFlags.Error, s.LogFlags.Info, s.LogFlags.Notice, s.LogFlags.Warning},
		Port:         s.Port,
		Remote:       s.Remote,
		SecondsAlive: s.Alive.Seconds(),
		RestartError: known(s.RestartError),
		State:        string(s.State),
		Statistics:   newStatistics(s.Statistics),
		Thread:       s.Thread,
		User:         s.User,
	}
	if attrs.Client.Attributes == nil {
		attrs.Client.Attributes = noAttributes
	}
	if p := s.Pending; p != nil {
		attrs.Pending = &pendingAttributes{append([]string{}, p.Filters...), p.Restart, p.WaitingFor}
	}
	if attrs.Log == nil {
		attrs.Log = []string{}
	}
	if named.has("connections") {
		attrs.Connections = make([]connectionAttributes, len(s.Connections))
		for i, c := range s.Connections {
			attrs.Connections[i] = connectionAttributes{c.Cipher, c.ConnectionID, c.Server}
		}
	}
	if named.has("connected") {
		attrs.Connected = s.Connected.UTC().Format(http.TimeFormat)
	}
	if named.has("memory") {
		attrs.Memory = newMemoryAttributes(&s.Memory)
	}
	if named.has("queries") {
		attrs.Queries = make([]queryAttributes, len(s.Queries))
		for i := range s.Queries {
			attrs.Queries[i] = newQueryAttributes(&s.Queries[i])
		}
	}
	return attrs
}

func newQueryAttributes(q *engine.Query) queryAttributes {
	attrs := queryAttributes{
		Command:   q.Command,
		Received:  q.Received.UTC().Format(queryTime),
		Responses: make([]responseAttributes, len(q.Responses)),
		Statement: q.Statement,
	}
	if !q.Completed.IsZero() {
		completed := q.Completed.UTC().Format(queryTime)
		attrs.Completed = &completed
	}
	for i, r := range q.Responses {
		attrs.Responses[i] = responseAttributes{float64(r.Duration) / float64(time.Millisecond), r.Server}
	}
	return attrs
}
