//go:build wasip1

// Command goplugin is the filter for github.com/knqyf263/go-plugin.
package main

import (
	"context"

	"github.com/penstock-db/penstock/wasm/abi"
	"github.com/penstock-db/penstock/wasm/peers/event"
)

func init() { event.RegisterFilter(filter{}) }

type filter struct{}

// Query implements event.Filter.
func (filter) Query(_ context.Context, c *event.Command) (*event.Verdict, error) {
	if len(c.Payload) > 1 && c.Payload[1] == '!' {
		return &event.Verdict{Verdict: uint64(abi.Reject)}, nil
	}
	return &event.Verdict{Verdict: uint64(abi.Pass)}, nil
}

func main() {}
