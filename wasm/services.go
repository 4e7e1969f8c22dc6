package wasm

import "github.com/penstock-db/penstock/wasm/abi"

// Services is what the host keeps for one definition: it is shared by all of
// the definition's instances and outlives them. Imports whose service is nil
// answer UNSUPPORTED.
type Services struct {
	KV      *KV
	Metrics *Metrics
	Sinks   *Sinks
	// Log takes lines that are logged while no session is there: by ps_init.
	Log func(level abi.LogLevel, line string)
}

// features returns the host features that these services make up.
func (s *Services) features() uint64 {
	f := uint64(abi.FeatureTimers)
	if s.KV != nil {
		f |= abi.FeatureKV
	}
	if s.Metrics != nil {
		f |= abi.FeatureMetrics
	}
	if s.Sinks != nil {
		f |= abi.FeatureSinks
	}
	return f
}
