package admin

import (
	"slices"
	"time"

	"github.com/penstock-db/penstock/engine"
)

type serverAttributes struct {
	Parameters   serverParameters `json:"parameters"`
	State        string           `json:"state"`
	StateDetails *string          `json:"state_details"`
	Statistics   serverStatistics `json:"statistics"`
	GTID         *string          `json:"gtid_current_pos"`
	Version      *string          `json:"version_string"`
	Uptime       int64            `json:"uptime"`    // seconds
	PrimaryID    int64            `json:"master_id"` // MaxScale's name; -1 if it replicates from none
	NodeID       int64            `json:"node_id"`   // -1 unknown
	Replicas     []int64          `json:"slaves"`    // MaxScale's name: node ids of the servers that replicate from it
	Lag          *int64           `json:"replication_lag"`
	LastEvent    string           `json:"last_event"`
	TriggeredAt  *string          `json:"triggered_at"`
}

// serverParameters always have address, port and socket: maxctrl reads them
// without looking.
type serverParameters struct {
	Address        *string `json:"address"`
	Port           any     `json:"port"`
	Socket         *string `json:"socket"`
	TLS            bool    `json:"ssl"`
	ProxyProtocol  bool    `json:"proxy_protocol"`
	Weight         int     `json:"weight"`
	Rank           int     `json:"rank"`
	MaxConnections int     `json:"max_connections"`
	ConnectTimeout string  `json:"connect_timeout"`
}

func (a *API) servers(base string) []resource {
	infos := a.proxy.Servers()
	services := a.proxy.Services()
	out := make([]resource, 0, len(infos))
	for _, s := range infos {
		res := newResource(base, typeServers, s.Config.Name, newServerAttributes(s, infos))
		var using []string
		for _, service := range services {
			if slices.Contains(service.Config.Servers, s.Config.Name) {
				using = append(using, service.Config.Name)
			}
		}
		res.relate(base, typeServices, using)
		var watching []string
		if s.Monitor != "" {
			watching = []string{s.Monitor}
		}
		res.relate(base, typeMonitors, watching)
		res.section = s.Config
		out = append(out, res)
	}
	return out
}

func newServerAttributes(s engine.ServerInfo, all []engine.ServerInfo) serverAttributes {
	c := s.Config
	where := newPlace(c.Address, c.Socket)
	attrs := serverAttributes{
		Parameters: serverParameters{
			Address: where.host, Port: where.port, Socket: where.socket,
			TLS: c.TLS != nil, ProxyProtocol: c.ProxyProtocol, Weight: c.Weight, Rank: c.Rank,
			MaxConnections: c.MaxConnections, ConnectTimeout: duration(c.ConnectTimeout),
		},
		State:        s.State,
		StateDetails: known(s.Detail),
		Statistics:   newServerStatistics(&s),
		GTID:         known(s.GTID),
		Version:      known(s.Version),
		Uptime:       int64(s.Uptime / time.Second),
		PrimaryID:    known64(s.PrimaryID),
		NodeID:       known64(s.NodeID),
		Replicas:     []int64{},
		LastEvent:    s.LastEvent,
	}
	if s.Lag >= 0 {
		attrs.Lag = &s.Lag
	}
	attrs.TriggeredAt = httpTime(s.TriggeredAt)
	for _, other := range all {
		if s.NodeID != 0 && other.PrimaryID == s.NodeID {
			attrs.Replicas = append(attrs.Replicas, other.NodeID)
		}
	}
	return attrs
}

// known makes text that is not known null.
func known(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// known64 makes an id that is not known -1, as MaxScale does.
func known64(id int64) int64 {
	if id == 0 {
		return -1
	}
	return id
}
