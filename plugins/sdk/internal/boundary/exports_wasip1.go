//go:build wasip1

package boundary

import (
	"unsafe"

	"github.com/penstock-db/penstock/wasm/abi"
)

//go:wasmexport penstock_v1
func marker() {}

//go:wasmexport ps_init
func psInit(features int64, configLen int32) int32 {
	if err := Plugin.Init(uint64(features), int(configLen)); err != nil {
		Fail(err.Error())
		return int32(abi.BadArg)
	}
	return int32(uintptr(unsafe.Pointer(&Descriptor)))
}

//go:wasmexport ps_open
func psOpen(reason int32) int32 {
	if err := Plugin.Open(abi.OpenReason(reason)); err != nil {
		Fail(err.Error())
		return int32(abi.BadArg)
	}
	return 0
}

//go:wasmexport ps_query
func psQuery(n, flags int32) int64 {
	Breathe()
	return int64(Plugin.Query(int(n)))
}

//go:wasmexport ps_route
func psRoute(n, flags int32) int64 {
	Breathe()
	return int64(Plugin.Route(int(n)))
}

//go:wasmexport ps_reply
func psReply(phase, n int32) int64 {
	Breathe()
	return int64(Plugin.Reply(abi.ReplyPhase(phase), int(n)))
}

//go:wasmexport ps_event
func psEvent(kind int32, a, b int64) int64 {
	Breathe()
	return int64(Plugin.Event(abi.EventKind(kind), uint64(a), uint64(b)))
}

//go:wasmexport ps_close
func psClose(reason int32) { Plugin.Close(abi.CloseReason(reason)) }
