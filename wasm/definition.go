package wasm

import (
	"fmt"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// Definition is a plugin with its options: what a [filters.NAME] or a
// service's router section of the configuration describes.
type Definition struct {
	Name    string   // the definition's name, for messages
	Plugin  string   // which plugin of the module (plugin_name); empty: its only one
	Kind    abi.Kind // what the descriptor must say; zero: either
	Options []byte   // JSON, for config_read; not copied, must not be changed
	Limits  Limits
	// OnFailure overrides the descriptor's policy unless it is FailureDefault.
	OnFailure abi.FailurePolicy
	Services  Services
}

// Limits bound what one instance of a definition may use. Zero fields mean
// the defaults.
type Limits struct {
	Call   time.Duration // time budget of one hook; default 10 ms
	Init   time.Duration // time budget of starting up: _initialize and ps_init, or ps_open; default 1 s
	Memory int64         // cap of an instance's memory in bytes; default 32 MiB, at most 1 GiB
	Output int           // cap of what payload_append may collect in bytes; default 16 MiB
}

// Defaults of Limits.
const (
	DefaultCall   = 10 * time.Millisecond
	DefaultInit   = time.Second
	DefaultMemory = 32 << 20
	DefaultOutput = 16 << 20
	// MaxMemory is the highest memory cap that a definition can have.
	MaxMemory = 1 << 30
)

// withDefaults returns the limits with zero fields replaced.
func (l Limits) withDefaults() (Limits, error) {
	if l.Call == 0 {
		l.Call = DefaultCall
	}
	if l.Init == 0 {
		l.Init = DefaultInit
	}
	if l.Memory == 0 {
		l.Memory = DefaultMemory
	}
	if l.Output == 0 {
		l.Output = DefaultOutput
	}
	if l.Call < 0 || l.Init < 0 || l.Output < 0 {
		return l, fmt.Errorf("limits must not be negative: %+v", l)
	}
	if l.Memory < abi.PageSize || l.Memory > MaxMemory {
		return l, fmt.Errorf("memory cap of %d bytes is not between %d and %d", l.Memory, abi.PageSize, int64(MaxMemory))
	}
	return l, nil
}
