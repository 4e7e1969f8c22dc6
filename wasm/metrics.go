package wasm

import (
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/penstock-db/penstock/wasm/abi"
)

// MaxMetrics is how many metrics one definition can define.
const MaxMetrics = 64

// MaxMetricName is the longest name of a metric.
const MaxMetricName = 64

// HistogramBuckets is the number of buckets of a histogram.
const HistogramBuckets = 65

// Metrics are the metrics of one definition's plugins. All instances share
// them; defining one again returns the same id.
type Metrics struct {
	mu   sync.Mutex // guards definitions
	list atomic.Pointer[[]*metric]
}

type metric struct {
	name    string
	kind    abi.MetricKind
	value   atomic.Int64 // of a counter or gauge; the sum of a histogram
	buckets []atomic.Uint64
}

// Metric is a metric's value at one moment.
type Metric struct {
	Name  string
	Kind  abi.MetricKind
	Value int64 // counter, gauge: the value; histogram: the sum of what was observed
	// Buckets of a histogram: bucket 0 counts values of zero and below, bucket
	// n values from 2^(n-1) to 2^n-1.
	Buckets []uint64
}

// NewMetrics returns an empty registry.
func NewMetrics() *Metrics {
	m := &Metrics{}
	m.list.Store(new([]*metric))
	return m
}

// Define returns the id of a metric, making it if it is new. BadArg: a name
// that is not [a-z][a-z0-9_]* or too long, an unknown kind, or a name that
// another kind has; Quota: too many metrics.
func (m *Metrics) Define(kind abi.MetricKind, name string) (uint32, abi.Errno) {
	if kind < abi.MetricCounter || kind > abi.MetricHistogram || !validMetricName(name) {
		return 0, abi.BadArg
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	list := *m.list.Load()
	for id, old := range list {
		if old.name == name {
			if old.kind != kind {
				return 0, abi.BadArg
			}
			return uint32(id), abi.OK
		}
	}
	if len(list) == MaxMetrics {
		return 0, abi.Quota
	}
	n := &metric{name: name, kind: kind}
	if kind == abi.MetricHistogram {
		n.buckets = make([]atomic.Uint64, HistogramBuckets)
	}
	// Readers take no lock: they see the old list or the new one.
	grown := append(list[:len(list):len(list)], n)
	m.list.Store(&grown)
	return uint32(len(list)), abi.OK
}

func validMetricName(s string) bool {
	if s == "" || len(s) > MaxMetricName || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

func (m *Metrics) get(id uint32) *metric {
	if list := *m.list.Load(); uint64(id) < uint64(len(list)) {
		return list[id]
	}
	return nil
}

// Add adds to a counter or gauge. BadArg: a counter cannot go down.
func (m *Metrics) Add(id uint32, delta int64) abi.Errno {
	n := m.get(id)
	switch {
	case n == nil:
		return abi.NotFound
	case n.kind == abi.MetricHistogram, n.kind == abi.MetricCounter && delta < 0:
		return abi.BadArg
	}
	n.value.Add(delta)
	return abi.OK
}

// Set sets a gauge.
func (m *Metrics) Set(id uint32, v int64) abi.Errno {
	n := m.get(id)
	switch {
	case n == nil:
		return abi.NotFound
	case n.kind != abi.MetricGauge:
		return abi.BadArg
	}
	n.value.Store(v)
	return abi.OK
}

// Observe counts a value in a histogram.
func (m *Metrics) Observe(id uint32, v int64) abi.Errno {
	n := m.get(id)
	switch {
	case n == nil:
		return abi.NotFound
	case n.kind != abi.MetricHistogram:
		return abi.BadArg
	}
	n.buckets[bits.Len64(uint64(max(v, 0)))].Add(1)
	n.value.Add(v)
	return abi.OK
}

// Snapshot returns all metrics in the order of their definition.
func (m *Metrics) Snapshot() []Metric {
	list := *m.list.Load()
	out := make([]Metric, len(list))
	for id, n := range list {
		out[id] = Metric{Name: n.name, Kind: n.kind, Value: n.value.Load()}
		for b := range n.buckets {
			out[id].Buckets = append(out[id].Buckets, n.buckets[b].Load())
		}
	}
	return out
}
