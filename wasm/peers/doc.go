// Package peers compares Penstock's package wasm with other Go hosts of
// WebAssembly plugins, all of which run on wazero: the same event, a command's
// header fields and 200 bytes of SQL in and a verdict out, goes through a
// filter that has nothing to say, in ordinary Go, through each of them.
//
//	Penstock    guests/penstock   the SDK of plugins/sdk
//	go-plugin   guests/goplugin   github.com/knqyf263/go-plugin, package event
//	Extism      guests/extism     github.com/extism/go-sdk and go-pdk
//	proxy-wasm  guests/proxywasm  github.com/proxy-wasm/proxy-wasm-go-sdk; the host is here, once
//	                              with a virtual machine for all sessions, once with one for each
//
// Every peer is used as its own documentation says, and where it leaves a
// choice, in the way that costs it least: a compilation cache, no host
// functions, no time budget. Penstock runs as it runs in production, metered.
//
//	go test -bench . -benchmem
//
// It is a module of its own so that what it compares with stays out of
// Penstock's dependencies.
package peers
