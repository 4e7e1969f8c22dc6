package peers

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/penstock-db/penstock/wasm/abi"
)

// proxyWasmHost is the smallest host that a TCP filter of proxy-wasm runs in:
// it gives the filter what was read from the client, and answers every other
// call with "unimplemented".
type proxyWasmHost struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	shared   *proxyWasmVM // nil: each session has a virtual machine of its own
}

// proxyWasmVM is one virtual machine, in which streams are told apart by a number.
type proxyWasmVM struct {
	module                                                         api.Module
	allocate, create, connection, downstream, closed, done, forget api.Function
	streams                                                        uint64
	stack                                                          [3]uint64
	buffer                                                         []byte // what the filter may read during the call
}

// The numbers of proxy-wasm's ABI 0.2.
const (
	pluginContext       = 1
	bufferDownstream    = 2
	statusOK            = 0
	statusNotFound      = 1
	statusUnimplemented = 12
	actionPause         = 1
)

func loadProxyWasm(t testing.TB) host   { return newProxyWasm(t, true) }
func loadProxyWasmVM(t testing.TB) host { return newProxyWasm(t, false) }

func newProxyWasm(t testing.TB, share bool) *proxyWasmHost {
	t.Helper()
	code, err := os.ReadFile(guest(t, "proxywasm"))
	if err != nil {
		t.Fatal(err)
	}
	h := &proxyWasmHost{runtime: wazero.NewRuntime(ctx)}
	t.Cleanup(func() { h.runtime.Close(ctx) })
	if _, err = wasi_snapshot_preview1.Instantiate(ctx, h.runtime); err != nil {
		t.Fatal(err)
	}
	if h.compiled, err = h.runtime.CompileModule(ctx, code); err != nil {
		t.Fatal(err)
	}
	env := h.runtime.NewHostModuleBuilder("env")
	for _, f := range h.compiled.ImportedFunctions() {
		if module, name, _ := f.Import(); module == "env" {
			call := unimplemented
			if name == "proxy_get_buffer_bytes" {
				call = getBuffer
			}
			env.NewFunctionBuilder().WithGoModuleFunction(call, f.ParamTypes(), f.ResultTypes()).Export(name)
		}
	}
	if _, err = env.Instantiate(ctx); err == nil && share {
		h.shared, err = h.start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}

var unimplemented api.GoModuleFunc = func(_ context.Context, _ api.Module, stack []uint64) { stack[0] = statusUnimplemented }

// machine is the context's key of the virtual machine that is called.
type machine struct{}

// getBuffer has the guest allocate memory, and copies what it asked for into it.
var getBuffer api.GoModuleFunc = func(ctx context.Context, m api.Module, stack []uint64) {
	// Of each value only the lower half means something.
	kind, start, most, data, size := uint32(stack[0]), uint32(stack[1]), uint32(stack[2]), uint32(stack[3]), uint32(stack[4])
	vm := ctx.Value(machine{}).(*proxyWasmVM)
	if kind != bufferDownstream || int(start) >= len(vm.buffer) {
		stack[0] = statusNotFound
		return
	}
	part := vm.buffer[start:][:min(int(most), len(vm.buffer)-int(start))]
	at := [1]uint64{uint64(len(part))}
	if err := vm.allocate.CallWithStack(ctx, at[:]); err != nil {
		panic(err)
	}
	memory := m.Memory()
	if !memory.Write(uint32(at[0]), part) || !memory.WriteUint32Le(data, uint32(at[0])) || !memory.WriteUint32Le(size, uint32(len(part))) {
		panic("out of the guest's memory")
	}
	stack[0] = statusOK
}

// start makes a virtual machine with the plugin's own context.
func (h *proxyWasmHost) start() (*proxyWasmVM, error) {
	m, err := h.runtime.InstantiateModule(ctx, h.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize").WithSysWalltime().WithSysNanotime().WithStderr(os.Stderr))
	if err != nil {
		return nil, err
	}
	vm := &proxyWasmVM{module: m, streams: pluginContext}
	for name, f := range map[string]*api.Function{
		"proxy_on_memory_allocate": &vm.allocate, "proxy_on_context_create": &vm.create, "proxy_on_new_connection": &vm.connection,
		"proxy_on_downstream_data": &vm.downstream, "proxy_on_downstream_connection_close": &vm.closed,
		"proxy_on_log": &vm.done, "proxy_on_delete": &vm.forget,
	} {
		if *f = m.ExportedFunction(name); *f == nil {
			return nil, fmt.Errorf("the filter has no %s", name)
		}
	}
	if _, err := vm.create.Call(ctx, pluginContext, 0); err != nil {
		return nil, err
	}
	for _, name := range []string{"proxy_on_vm_start", "proxy_on_configure"} {
		if ok, err := m.ExportedFunction(name).Call(ctx, pluginContext, 0); err != nil || uint32(ok[0]) == 0 {
			return nil, fmt.Errorf("%s: %v, %v", name, ok, err)
		}
	}
	return vm, nil
}

// proxyWasmStream is one session: a stream of a virtual machine.
type proxyWasmStream struct {
	vm  *proxyWasmVM
	ctx context.Context
	id  uint64
	own bool
	in  []byte
}

func (h *proxyWasmHost) open() (instance, error) {
	s := &proxyWasmStream{vm: h.shared}
	if s.vm == nil {
		vm, err := h.start()
		if err != nil {
			return nil, err
		}
		s.vm, s.own = vm, true
	}
	s.vm.streams++
	s.id, s.ctx = s.vm.streams, context.WithValue(ctx, machine{}, s.vm)
	if _, err := s.vm.create.Call(s.ctx, s.id, pluginContext); err != nil {
		return nil, err
	}
	_, err := s.vm.connection.Call(s.ctx, s.id)
	return s, err
}

// query gives the filter the command as it comes from the socket.
func (s *proxyWasmStream) query(c *command) (abi.Action, error) {
	s.in = binary.LittleEndian.AppendUint32(s.in[:0], uint32(len(c.payload))) // the length, and 0 for the sequence
	s.in = append(s.in, c.payload...)
	return s.read(s.in)
}

// read is a look at what the client's socket had.
func (s *proxyWasmStream) read(chunk []byte) (abi.Action, error) {
	vm := s.vm
	vm.buffer = chunk
	vm.stack = [3]uint64{s.id, uint64(len(chunk)), 0}
	err := vm.downstream.CallWithStack(s.ctx, vm.stack[:])
	vm.buffer = nil
	if err == nil && uint32(vm.stack[0]) == actionPause {
		return abi.Reject, nil
	}
	return abi.Pass, err
}

func (s *proxyWasmStream) close() {
	_, err := s.vm.closed.Call(s.ctx, s.id, 0)
	for _, f := range []api.Function{s.vm.done, s.vm.forget} {
		if err == nil {
			_, err = f.Call(s.ctx, s.id)
		}
	}
	if err == nil && s.own {
		err = s.vm.module.Close(ctx)
	}
	if err != nil {
		panic(err)
	}
}

// A TCP filter sees what was read, not what was said: a statement in two parts is none to it.
func TestProxyWasmSeesChunks(t *testing.T) {
	i, err := newProxyWasm(t, true).open()
	if err != nil {
		t.Fatal(err)
	}
	s := i.(*proxyWasmStream)
	defer s.close()
	packet := append([]byte{9, 0, 0, 0, 3}, "!SELECT 1"...)
	for _, c := range []struct {
		chunk []byte
		want  abi.Action
	}{{packet, abi.Reject}, {packet[:4], abi.Pass}, {packet[4:], abi.Pass}, {packet, abi.Reject}} {
		if got, err := s.read(c.chunk); err != nil || got != c.want {
			t.Errorf("% x: %v, %v, want %v", c.chunk, got, err, c.want)
		}
	}
}
