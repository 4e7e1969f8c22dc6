package admin

import "github.com/penstock-db/penstock/engine"

// statistics are what clients of one session, or of a service, have done.
type statistics struct {
	BytesFromClient uint64 `json:"bytes_from_client"`
	BytesToClient   uint64 `json:"bytes_to_client"`
	Commands        uint64 `json:"commands"`
	Errors          uint64 `json:"errors"`
	PluginFailures  uint64 `json:"plugin_failures"`
	Queries         uint64 `json:"queries"`
}

type serviceStatistics struct {
	Connections    uint64 `json:"connections"`
	Total          uint64 `json:"total_connections"`
	Active         uint64 `json:"active_operations"`
	MaxConnections uint64 `json:"max_connections"` // the most at one time
	FailedAuths    uint64 `json:"failed_auths"`
	statistics
}

type serverStatistics struct {
	Connections uint64 `json:"connections"`
	Total       uint64 `json:"total_connections"`
	Active      uint64 `json:"active_operations"`
	BytesFrom   uint64 `json:"bytes_from_server"`
	BytesTo     uint64 `json:"bytes_to_server"`
	Commands    uint64 `json:"commands"`
	Errors      uint64 `json:"errors"`
}

func newStatistics(s engine.Statistics) statistics {
	return statistics{s.BytesFromClient, s.BytesToClient, s.Commands, s.Errors, s.PluginFailures, s.Queries}
}

func newServiceStatistics(s *engine.ServiceInfo) serviceStatistics {
	return serviceStatistics{s.Connections, s.Total, s.Active, s.Peak, s.Refused, newStatistics(s.Statistics)}
}

func newServerStatistics(s *engine.ServerInfo) serverStatistics {
	t := s.Traffic
	return serverStatistics{s.Connections, s.Total, s.Outstanding, t.BytesReceived, t.BytesSent, t.Commands, t.Errors}
}
