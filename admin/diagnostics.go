package admin

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/penstock-db/penstock/engine"
)

// pluginDiagnostics are what a filter or router shows of itself at work, over
// all sessions: what the host keeps for it. What only its instances know is
// asked for session by session ([API.diagnose]).
type pluginDiagnostics struct {
	Failures  uint64                      `json:"failures"`
	Instances int64                       `json:"instances"`
	Behind    int64                       `json:"older_instances"`
	KV        kvDiagnostics               `json:"kv"`
	Limits    limitDiagnostics            `json:"limits"`
	Metrics   map[string]metricAttributes `json:"metrics"`
	OnFailure string                      `json:"on_failure"`
	Sandbox   sandboxDiagnostics          `json:"sandbox"`
}

type sandboxDiagnostics struct {
	Cloned       bool    `json:"cloned"`
	PlainBecause *string `json:"plain_because"`
	Running      int64   `json:"running"`
	Free         int64   `json:"free"`
	Made         uint64  `json:"made"`
	Parked       int64   `json:"parked"`
	Image        int64   `json:"image"`   // bytes
	Private      int64   `json:"private"` // bytes
}

type kvDiagnostics struct {
	Bytes      int `json:"bytes"`
	Entries    int `json:"entries"`
	MaxBytes   int `json:"max_bytes"`
	MaxEntries int `json:"max_entries"`
}

type limitDiagnostics struct {
	Memory  int64  `json:"memory"` // bytes
	Output  int    `json:"output"` // bytes
	Start   string `json:"start"`
	Timeout string `json:"timeout"`
}

// metricAttributes are a counter's or gauge's value, or a histogram's sum,
// count and buckets.
type metricAttributes struct {
	Type    string             `json:"type"`
	Value   *int64             `json:"value,omitempty"`
	Count   *uint64            `json:"count,omitempty"`
	Sum     *int64             `json:"sum,omitempty"`
	Buckets []bucketAttributes `json:"buckets,omitzero"`
}

type bucketAttributes struct {
	Count uint64 `json:"count"`
	Most  int64  `json:"most"`
}

func newPluginDiagnostics(s *engine.PluginStatus) pluginDiagnostics {
	d := pluginDiagnostics{
		Failures:  s.Failures,
		Instances: s.Instances, Behind: s.Behind,
		KV:        kvDiagnostics{s.KVBytes, s.KVEntries, s.KVMax.Bytes, s.KVMax.Entries},
		Limits:    limitDiagnostics{s.MaxMemory, s.MaxPayload, duration(s.StartTime), duration(s.CallTime)},
		Metrics:   make(map[string]metricAttributes, len(s.Metrics)),
		OnFailure: s.OnFailure,
		Sandbox: sandboxDiagnostics{s.Sandbox.Plain == "", known(s.Sandbox.Plain), s.Sandbox.Running, s.Sandbox.Free,
			s.Sandbox.Made, s.Sandbox.Parked, s.Sandbox.Image, s.Sandbox.Private},
	}
	for i := range s.Metrics {
		d.Metrics[s.Metrics[i].Name] = newMetricAttributes(&s.Metrics[i])
	}
	return d
}

func newMetricAttributes(m *engine.Metric) metricAttributes {
	if m.Kind != "histogram" {
		return metricAttributes{Type: m.Kind, Value: &m.Value}
	}
	attrs := metricAttributes{Type: m.Kind, Sum: &m.Value, Count: new(uint64), Buckets: []bucketAttributes{}}
	for _, b := range m.Buckets {
		*attrs.Count += b.Count
		attrs.Buckets = append(attrs.Buckets, bucketAttributes{b.Count, b.Most})
	}
	return attrs
}

// diagnosisAttributes are what one plugin instance of a session told.
type diagnosisAttributes struct {
	Diagnostics json.RawMessage `json:"diagnostics"` // the plugin's own; null if it tells nothing
	Error       *string         `json:"error"`
	Kind        string          `json:"kind"`
	Name        string          `json:"name"`
}

// sessionDiagnostics is there only when it was asked for.
type sessionDiagnostics struct {
	Error   *string               `json:"error"` // why no plugin was asked
	Plugins []diagnosisAttributes `json:"plugins"`
}

// diagnose asks a session's plugins if the request says diagnostics=true; nil
// if it does not. A session that is too busy to be asked is told in the answer:
// everything else of the session can be shown.
func (a *API) diagnose(ctx context.Context, r *request, id uint64) (*sessionDiagnostics, error) {
	wanted, err := boolParameter(r.Request, "diagnostics")
	if err != nil || !wanted {
		return nil, err
	}
	d := &sessionDiagnostics{Plugins: []diagnosisAttributes{}}
	list, err := a.proxy.DiagnoseSession(ctx, id)
	switch {
	case errors.Is(err, engine.ErrSessionBusy):
		d.Error = known(err.Error())
	case err != nil:
		return nil, err
	}
	for _, one := range list {
		attrs := diagnosisAttributes{Diagnostics: one.JSON, Kind: one.Kind, Name: one.Name}
		if one.Err != nil {
			attrs.Error = known(one.Err.Error())
		}
		d.Plugins = append(d.Plugins, attrs)
	}
	return d, nil
}
