package admin

import (
	"bytes"
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"github.com/penstock-db/penstock/admin/openapi"
	"github.com/penstock-db/penstock/engine"
)

func (a *API) metricsRoutes() []route {
	return []route{{method: http.MethodGet, path: "/metrics", do: a.getMetrics, media: "text/plain", summary: "metrics for Prometheus",
		gives: content("Metrics in the text format of Prometheus.", "text/plain", openapi.Text("One line for each value."))}}
}

// getMetrics answers GET /metrics.
func (a *API) getMetrics(context.Context, *request) (*document, error) {
	registry := prometheus.NewRegistry() // holds nothing but the collectors: the engine counts
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		metrics{a.proxy, &a.opts.Program})
	families, err := registry.Gather()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	format := expfmt.NewFormat(expfmt.TypeTextPlain)
	enc := expfmt.NewEncoder(&out, format)
	for _, f := range families {
		if err := enc.Encode(f); err != nil {
			return nil, err
		}
	}
	return &document{file: &file{string(format), out.Bytes()}}, nil
}

// metrics are what the engine counts, asked for when somebody wants to know.
type metrics struct {
	proxy   Proxy
	program *Program
}

// family is one metric, with its labels.
type family struct {
	*prometheus.Desc
	kind prometheus.ValueType
}

func counterOf(name, help string, labels ...string) family {
	return family{prometheus.NewDesc("penstock_"+name, help, labels, nil), prometheus.CounterValue}
}

func gaugeOf(name, help string, labels ...string) family {
	return family{prometheus.NewDesc("penstock_"+name, help, labels, nil), prometheus.GaugeValue}
}

// metric is a family and how its value is found in what the engine tells.
type metric[T any] struct {
	family
	value func(T) float64
}

var buildInfo = gaugeOf("build_info", "Constant 1; the labels say what runs.", "version", "commit")

// serviceMetrics are about one service: label service.
var serviceMetrics = []metric[*engine.ServiceInfo]{
	{gaugeOf("service_sessions", "Sessions now, those that are logging in included.", "service"),
		func(s *engine.ServiceInfo) float64 { return float64(s.Connections) }},
	{gaugeOf("service_sessions_busy", "Sessions that work on a command now.", "service"),
		func(s *engine.ServiceInfo) float64 { return float64(s.Active) }},
	{gaugeOf("service_sessions_peak", "The most sessions at one time.", "service"),
		func(s *engine.ServiceInfo) float64 { return float64(s.Peak) }},
	{gaugeOf("service_up", "1 if the service serves, 0 if it does not.", "service"),
		func(s *engine.ServiceInfo) float64 { return truth(s.Running) }},
	{counterOf("service_sessions_total", "Sessions that were let in by max_connections.", "service"),
		func(s *engine.ServiceInfo) float64 { return float64(s.Total) }},
	{counterOf("service_failed_logins_total", "Logins that were refused.", "service"),
		func(s *engine.ServiceInfo) float64 { return float64(s.Refused) }},
	{counterOf("service_commands_total", "Commands that clients sent.", "service"),
		func(s *engine.ServiceInfo) float64 { return float64(s.Statistics.Commands) }},
	{counterOf("service_queries_total", "Commands that were COM_QUERY, COM_STMT_EXECUTE or COM_STMT_BULK_EXECUTE.", "service"),
		func(s *engine.ServiceInfo) float64 { return float64(s.Statistics.Queries) }},
	{counterOf("service_errors_total", "Error packets that clients got.", "service"),
		func(s *engine.ServiceInfo) float64 { return float64(s.Statistics.Errors) }},
	{counterOf("service_received_bytes_total", "Bytes of the protocol from clients.", "service"),
		func(s *engine.ServiceInfo) float64 { return float64(s.Statistics.BytesFromClient) }},
	{counterOf("service_sent_bytes_total", "Bytes of the protocol to clients.", "service"),
		func(s *engine.ServiceInfo) float64 { return float64(s.Statistics.BytesToClient) }},
	{counterOf("service_plugin_failures_total", "Calls of plugins that failed in the service's sessions.", "service"),
		func(s *engine.ServiceInfo) float64 { return float64(s.Statistics.PluginFailures) }},
	{gaugeOf("service_statement_cache_bytes", "Memory of the cache of classified statements.", "service"),
		func(s *engine.ServiceInfo) float64 { return float64(s.Statements.Bytes) }},
	{counterOf("service_statement_cache_hits_total", "Statements that the cache knew.", "service"),
		func(s *engine.ServiceInfo) float64 { return float64(s.Statements.Hits) }},
	{counterOf("service_statement_cache_misses_total", "Statements that the cache did not know.", "service"),
		func(s *engine.ServiceInfo) float64 { return float64(s.Statements.Misses) }},
	{counterOf("service_statement_cache_evictions_total", "Statements that the cache forgot to have room.", "service"),
		func(s *engine.ServiceInfo) float64 { return float64(s.Statements.Evictions) }},
}

// serverMetrics are about one server: label server.
var serverMetrics = []metric[*engine.ServerInfo]{
	{gaugeOf("server_connections", "Connections of sessions now, those that are being opened included.", "server"),
		func(s *engine.ServerInfo) float64 { return float64(s.Connections) }},
	{counterOf("server_connections_total", "Connections of sessions that were opened.", "server"),
		func(s *engine.ServerInfo) float64 { return float64(s.Total) }},
	{gaugeOf("server_active_operations", "Commands whose reply has not ended.", "server"),
		func(s *engine.ServerInfo) float64 { return float64(s.Outstanding) }},
	{counterOf("server_commands_total", "Commands sent to the server.", "server"),
		func(s *engine.ServerInfo) float64 { return float64(s.Traffic.Commands) }},
	{counterOf("server_errors_total", "Commands of clients that the server answered with an error.", "server"),
		func(s *engine.ServerInfo) float64 { return float64(s.Traffic.Errors) }},
	{counterOf("server_sent_bytes_total", "Bytes of the protocol to the server.", "server"),
		func(s *engine.ServerInfo) float64 { return float64(s.Traffic.BytesSent) }},
	{counterOf("server_received_bytes_total", "Bytes of the protocol from the server.", "server"),
		func(s *engine.ServerInfo) float64 { return float64(s.Traffic.BytesReceived) }},
}

var (
	serverState = gaugeOf("server_state", "1 for each word of the server's state; a word that it does not have is missing.", "server", "state")
	serverLag   = gaugeOf("server_replication_lag_seconds", "How far the server is behind its primary; missing if that is not known.", "server")
)

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
