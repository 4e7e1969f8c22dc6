package admin

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/penstock-db/penstock/engine"
)

// pluginMetrics are about one definition: labels kind and name.
var pluginMetrics = []metric[*engine.PluginStatus]{
	{gaugeOf("plugin_instances", "Instances that sessions have open.", "kind", "name"),
		func(s *engine.PluginStatus) float64 { return float64(s.Instances) }},
	{gaugeOf("plugin_older_instances", "Instances that sessions have open of older versions of the definition.", "kind", "name"),
		func(s *engine.PluginStatus) float64 { return float64(s.Behind) }},
	{gaugeOf("plugin_parked_instances", "Instances that sleep.", "kind", "name"),
		func(s *engine.PluginStatus) float64 { return float64(s.Sandbox.Parked) }},
	{gaugeOf("plugin_private_bytes", "Memory that the instances have for themselves.", "kind", "name"),
		func(s *engine.PluginStatus) float64 { return float64(s.Sandbox.Private) }},
	{gaugeOf("plugin_image_bytes", "Frozen memory that the instances share.", "kind", "name"),
		func(s *engine.PluginStatus) float64 { return float64(s.Sandbox.Image) }},
	{gaugeOf("plugin_kv_entries", "Entries of the key-value store.", "kind", "name"),
		func(s *engine.PluginStatus) float64 { return float64(s.KVEntries) }},
	{gaugeOf("plugin_kv_bytes", "Bytes in the key-value store.", "kind", "name"),
		func(s *engine.PluginStatus) float64 { return float64(s.KVBytes) }},
	{counterOf("plugin_clones_made_total", "Machines that were made for instances to run on.", "kind", "name"),
		func(s *engine.PluginStatus) float64 { return float64(s.Sandbox.Made) }},
	{counterOf("plugin_failures_total", "Calls that trapped, took too long, or answered nonsense.", "kind", "name"),
		func(s *engine.PluginStatus) float64 { return float64(s.Failures) }},
}

// What plugins themselves count: their names are labels, for a plugin may
// choose any, and two definitions the same one.
var (
	pluginCounter   = counterOf("plugin_reported_total", "A counter that a plugin keeps itself.", "kind", "name", "metric")
	pluginGauge     = gaugeOf("plugin_reported_value", "A gauge that a plugin keeps itself.", "kind", "name", "metric")
	pluginHistogram = family{Desc: prometheus.NewDesc("penstock_plugin_reported_distribution", "A histogram that a plugin keeps itself.", []string{"kind", "name", "metric"}, nil)}
)

var monitorProbes = counterOf("monitor_probes_total", "Looks at a server that have ended.", "monitor", "server")

// Describe lists nothing: the families are known, their labels are not.
func (m metrics) Describe(chan<- *prometheus.Desc) {}

// Collect asks the engine.
func (m metrics) Collect(out chan<- prometheus.Metric) {
	give := func(f family, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(f.Desc, f.kind, value, labels...)
	}
	give(buildInfo, 1, m.program.Version, m.program.Commit)
	services := m.proxy.Services()
	for i := range services {
		s := &services[i]
		for _, metric := range serviceMetrics {
			give(metric.family, metric.value(s), s.Config.Name)
		}
	}
	servers := m.proxy.Servers()
	for i := range servers {
		s := &servers[i]
		for _, metric := range serverMetrics {
			give(metric.family, metric.value(s), s.Config.Name)
		}
		for word := range strings.SplitSeq(s.State, ", ") {
			give(serverState, 1, s.Config.Name, word)
		}
		if s.Lag >= 0 {
			give(serverLag, float64(s.Lag), s.Config.Name)
		}
	}
	for i := range services {
		collectPlugin(out, give, "router", services[i].Config.Name, &services[i].Router)
	}
	filters := m.proxy.Filters()
	for i := range filters {
		collectPlugin(out, give, "filter", filters[i].Config.Name, &filters[i].Status)
	}
	for _, mon := range m.proxy.Monitors() {
		for _, member := range mon.Members {
			give(monitorProbes, float64(member.Probes), mon.Config.Name, member.Server)
		}
	}
}

// collectPlugin gives what is known of a definition, and what its plugin counts.
func collectPlugin(out chan<- prometheus.Metric, give func(f family, value float64, labels ...string), kind, name string, s *engine.PluginStatus) {
	for _, metric := range pluginMetrics {
		give(metric.family, metric.value(s), kind, name)
	}
	for _, own := range s.Metrics {
		switch own.Kind {
		case "counter":
			give(pluginCounter, float64(own.Value), kind, name, own.Name)
		case "gauge":
			give(pluginGauge, float64(own.Value), kind, name, own.Name)
		case "histogram":
			buckets, count := map[float64]uint64{}, uint64(0)
			for _, b := range own.Buckets {
				count += b.Count
				buckets[float64(b.Most)] = count
			}
			out <- prometheus.MustNewConstHistogram(pluginHistogram.Desc, count, float64(own.Value), buckets, kind, name, own.Name)
		}
	}
}
