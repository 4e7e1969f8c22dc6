//go:build wasip1

// Command proxywasm is the filter for hosts of proxy-wasm: a TCP filter.
package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func init() {
	// SetTcpContext would be shorter, but the SDK's version that go.mod names fails with it.
	proxywasm.SetPluginContext(func(uint32) types.PluginContext { return &plugin{} })
}

type plugin struct{ types.DefaultPluginContext }

// NewTcpContext implements types.PluginContext.
func (*plugin) NewTcpContext(uint32) types.TcpContext { return &stream{} }

type stream struct{ types.DefaultTcpContext }

// statement is where a statement begins in what a client sends: behind a
// packet's header and the command.
const statement = 5

// OnDownstreamData implements types.TcpContext. It gets what the host has read
// from the client's socket, wherever that begins and ends.
func (*stream) OnDownstreamData(size int, _ bool) types.Action {
	data, err := proxywasm.GetDownstreamData(0, size)
	if err == nil && len(data) > statement && data[statement] == '!' {
		return types.ActionPause
	}
	return types.ActionContinue
}

func main() {}
