package sdktest

import (
	"encoding/binary"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

var le = binary.LittleEndian

// Target is a server of the fake host's target table. Its index is its place.
type Target struct {
	Name                                                  string
	Status                                                uint32
	Lag                                                   int32
	Connections, Weight, Rank, Outstanding, LatencyMicros uint32
}

// Host is what the fake host knows and what it has been told.
type Host struct {
	// Known to the plugin.
	Features       uint64
	Plugin         string // the name that the definition wants; empty: the module's only one
	Facts          map[string]string
	Targets        []Target
	TargetsVersion uint32
	Current        uint32
	Now            time.Duration // the monotonic clock
	State          []byte        // what the instance before handed over
	LogLevel       abi.LogLevel  // lines above it are not wanted

	// Told by the plugin.
	Lines   []string // the log
	Sinks   map[uint32][]byte
	Metrics map[string]int64
	Timers  map[uint32]time.Duration
	KV      map[string]string
	Output  []byte   // appended beyond the window by the last hook
	Built   []string // reply parts of the last hook, such as "row ..."
	Reads   int      // calls of targets_read

	options string
	payload []byte
	names   []string // of metrics
	command Command
}

func newHost(options string) *Host {
	return &Host{
		Features:       abi.Features,
		Facts:          map[string]string{"user": "app", "host": "127.0.0.1", "service": "svc", "session": "7"},
		TargetsVersion: 1,
		Current:        abi.NoTarget,
		Now:            time.Hour,
		LogLevel:       abi.LogDebug,
		Sinks:          map[uint32][]byte{},
		Metrics:        map[string]int64{},
		Timers:         map[uint32]time.Duration{},
		KV:             map[string]string{},
		options:        options,
	}
}
