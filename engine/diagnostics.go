package engine

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/penstock-db/penstock/wasm/abi"
)

// PluginStatus is a definition at work: what all its instances share, and what
// bounds each of them.
type PluginStatus struct {
	Hash       [sha256.Size]byte // of the module's file
	Minor      uint32            // of the ABI's version 1 that the plugin was built for
	Instances  int64             // that sessions have open
	Behind     int64             // that sessions have open of older versions of the definition
	Failures   uint64            // calls that failed since the definition was made
	OnFailure  string            // the policy in force
	Metrics    []Metric
	KVEntries  int // in the store that the instances share
	KVBytes    int
	KVMax      KVLimits
	CallTime   time.Duration // budget of one call
	StartTime  time.Duration // budget of starting an instance
	MaxMemory  int64         // of an instance, in bytes
	MaxPayload int           // that an instance may make up beyond its window, in bytes
	Sandbox    Sandbox
	About      About
}

// Sandbox is how the sandbox keeps a definition's instances.
type Sandbox struct {
	Plain   string // why instances are started one by one; empty: they are clones
	Running int64  // clones that an instance uses
	Free    int64  // clones that wait for one
	Made    uint64 // clones ever made
	Parked  int64  // instances that sleep
	Image   int64  // bytes of frozen memory that all share
	// Private is the bytes that the instances have for themselves, running and
	// asleep, those started one by one included.
	Private int64
}

// KVLimits bound a definition's key-value store.
type KVLimits struct{ Entries, Bytes int }

// Metric is one metric of a plugin.
type Metric struct {
	Name  string
	Kind  string // "counter", "gauge" or "histogram"
	Value int64  // of a histogram the sum of what was observed
	// Buckets of a histogram that are not empty, ascending.
	Buckets []Bucket
}

// Bucket counts the observed values that are at most Most and fit no smaller bucket.
type Bucket struct {
	Most  int64
	Count uint64
}

// status is what the REST API shows of the definition.
func (d *definition) status() PluginStatus {
	def := d.template.Definition()
	st := PluginStatus{Hash: d.hash, Minor: d.desc.Minor, Instances: d.instances.Load(), Behind: d.versions.behind(d), Failures: d.failures.Load(), OnFailure: d.onFailure.String(),
		CallTime: def.Limits.Call, StartTime: def.Limits.Init, MaxMemory: def.Limits.Memory, MaxPayload: def.Limits.Output}
	st.About = aboutOf(d.module.Metadata(), pluginName(d.cfg))
	st.Sandbox.Plain = d.template.Plain()
	sandbox := d.template.Stats()
	st.Sandbox.Running, st.Sandbox.Free, st.Sandbox.Made = sandbox.Running, sandbox.Free, sandbox.Made
	st.Sandbox.Parked, st.Sandbox.Image, st.Sandbox.Private = sandbox.Parked, sandbox.Image, d.template.Private()
	kv := def.Services.KV
	st.KVEntries, st.KVBytes = kv.Size()
	limits := kv.Limits()
	st.KVMax = KVLimits{limits.Entries, limits.Bytes}
	for _, m := range def.Services.Metrics.Snapshot() {
		metric := Metric{Name: m.Name, Kind: m.Kind.String(), Value: m.Value}
		for n, count := range m.Buckets {
			if count > 0 {
				metric.Buckets = append(metric.Buckets, Bucket{Most: bucketMost(n), Count: count})
			}
		}
		st.Metrics = append(st.Metrics, metric)
	}
	return st
}

// bucketMost is the largest value that bucket n counts: see wasm.Metric.
func bucketMost(n int) int64 {
	if n >= 63 {
		return math.MaxInt64
	}
	return 1<<n - 1
}

// Diagnosis is what one plugin instance of a session told of itself.
type Diagnosis struct {
	Name string // the definition's
	Kind string // "router" or "filter"
	JSON []byte // valid; nil if the plugin has nothing to tell, or failed to
	Err  error  // why there is no JSON
}

// maxDiagnosis bounds what a plugin may tell, in bytes.
const maxDiagnosis = 64 << 10

// diagnosePatience is how long a session may take to get to it.
const diagnosePatience = time.Second

// ErrSessionBusy means that a session worked on a command all the time that
// there was for asking its plugins.
var ErrSessionBusy = fmt.Errorf("the session worked on a command for %v: ask again when its reply has ended", diagnosePatience)

// Diagnose asks every plugin instance of the session about itself, between two
// commands, for this is the session's goroutine's to do: filters in the order
// of the chain, then the router. It waits a second at most, then returns
// ErrSessionBusy. An instance that fails at it is treated like one that
// failed at a command.
func (s *Session) Diagnose(ctx context.Context) ([]Diagnosis, error) {
	ctx, cancel := context.WithTimeout(ctx, diagnosePatience)
	defer cancel()
	result := make(chan []Diagnosis, 1)
	asked := s.Do(func() {
		if ctx.Err() == nil && !s.stopping() { // else nobody waits, or there is nobody to ask
			s.parked.Store(false) // its plugins wake up for this
			result <- s.diagnoseAll()
		}
	})
	if !asked {
		return nil, ErrNoSession
	}
	select {
	case list := <-result:
		return list, nil
	case <-s.done:
		return nil, ErrNoSession
	case <-ctx.Done():
		return nil, ErrSessionBusy
	}
}

// diagnoseAll runs on the session's goroutine.
func (s *Session) diagnoseAll() []Diagnosis {
	var list []Diagnosis
	for _, l := range append(slices.Clone(s.body.chain), s.body.router) {
		list = append(list, s.diagnose(l))
	}
	return list
}

func (s *Session) diagnose(l *link) Diagnosis {
	d := Diagnosis{Name: l.name, Kind: l.def.kind.String()}
	i := l.inst
	switch {
	case i == nil:
		d.Err = errors.New("it has left the chain: it asked for it, or failed and is bypassed")
		return d
	case !l.def.desc.WantsEvent(abi.EventDiagnostics):
		return d
	}
	verdict, err := i.Event(abi.EventDiagnostics, 0, 0)
	if err != nil {
		d.Err = err
		if failed := s.linkFailed(l, err); l.inst == i {
			s.cancel(failed)
		}
		return d
	}
	if verdict.Action() != abi.Replaced {
		return d
	}
	switch out := i.Output(); {
	case len(out) > maxDiagnosis:
		d.Err = fmt.Errorf("it told %d bytes of itself, at most %d are taken", len(out), maxDiagnosis)
	case !utf8.Valid(out) || !json.Valid(out):
		d.Err = errors.New("what it told of itself is no JSON")
	default:
		d.JSON = slices.Clone(out)
	}
	return d
}
