package sdk

import (
	"github.com/penstock-db/penstock/plugins/sdk/internal/boundary"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Metric is a number of the definition, summed over its sessions. The zero
// Metric counts nothing.
type Metric struct{ id uint32 }

// NewMetric defines a metric. Call it while options are decoded. Without
// metrics on the host, the metric counts nothing.
func NewMetric(kind abi.MetricKind, name string) Metric {
	n := boundary.MetricDefine(kind, name)
	if n < 0 {
		return Metric{}
	}
	return Metric{uint32(n) + 1}
}

// Add adds to a counter or gauge.
func (m Metric) Add(delta int64) {
	if m.id != 0 {
		boundary.MetricAdd(m.id-1, delta)
	}
}

// Set sets a gauge.
func (m Metric) Set(value int64) {
	if m.id != 0 {
		boundary.MetricSet(m.id-1, value)
	}
}

// Observe adds an observation to a histogram.
func (m Metric) Observe(value int64) {
	if m.id != 0 {
		boundary.MetricObserve(m.id-1, value)
	}
}
