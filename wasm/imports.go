package wasm

import (
	"github.com/penstock-db/penstock/wasm/abi"
)

// pluginImports are the functions of module penstock_v1, by name. Signatures
// come from package abi.
var pluginImports = makePluginImports()

// provided says how each import is served: in which phases it is allowed and
// by what function. args are the parameters; the answer is a true length, zero
// or a negative errno.
var provided = map[string]struct {
	phases phase
	call   func(i *Instance, args []uint64) int32
}{
	"log":            {phaseAny, importLog},
	"log_enabled":    {phaseAny, importLogEnabled},
	"config_read":    {phaseAny, importConfigRead},
	"plugin_name":    {phaseAny, importPluginName},
	"fail":           {phaseInit | phaseOpen, importFail},
	"payload_read":   {phaseCommand, importPayloadRead},
	"payload_append": {phaseCommand | phaseEvent, importPayloadAppend},
	"info_get":       {phaseSession, importInfoGet},
	"sql_canonical":  {phaseCommand, importSQLCanonical},
	"sql_tables":     {phaseCommand, importSQLTables},
	"targets_read":   {phaseSession, importTargetsRead},
	"reply_ok":       {phaseQuery, importReplyOK},
	"reply_err":      {phaseQuery, importReplyErr},
	"reply_columns":  {phaseQuery, importReplyColumns},
	"reply_row":      {phaseQuery, importReplyRow},
	"reply_append":   {phaseQuery, importReplyAppend},
	"metric_define":  {phaseAny, importMetricDefine},
	"metric_add":     {phaseSession, importMetricAdd},
	"metric_set":     {phaseSession, importMetricSet},
	"metric_observe": {phaseSession, importMetricObserve},
	// ps_init runs once a template and perhaps again: what outlives an
	// instance must not depend on how often.
	"kv_get":       {phaseSession, importKVGet},
	"kv_set":       {phaseSession, importKVSet},
	"kv_del":       {phaseSession, importKVDel},
	"kv_add":       {phaseSession, importKVAdd},
	"sink_write":   {phaseSession, importSinkWrite},
	"timer_set":    {phaseSession &^ phaseClose, importTimerSet},
	"timer_cancel": {phaseSession, importTimerCancel},
	"state_read":   {phaseOpen, importStateRead},
	"tee":          {phaseCommand, importTee},
	"call":         {phaseSession, importCall},
}

func makePluginImports() map[string]*hostImport {
	m := make(map[string]*hostImport, len(abi.Imports))
	for _, f := range abi.Imports {
		p, ok := provided[f.Name]
		if !ok {
			panic("wasm: import " + f.Name + " is not provided")
		}
		m[f.Name] = &hostImport{
			params:  valueTypes(f.Params),
			results: valueTypes(f.Results),
			call: func(i *Instance, stack []uint64) {
				if i.phase&p.phases == 0 {
					result(stack, int32(abi.WrongPhase))
					return
				}
				result(stack, p.call(i, stack))
			},
		}
	}
	return m
}

// Answers, so that the functions below read well.
const (
	ok          = int32(abi.OK)
	notFound    = int32(abi.NotFound)
	badArg      = int32(abi.BadArg)
	fault       = int32(abi.Fault)
	unavailable = int32(abi.Unsupported)
	quota       = int32(abi.Quota)
)

// in returns the guest's bytes that two parameters point to.
func (i *Instance) in(ptr, n uint64) ([]byte, bool) {
	p, valid := i.memory.view(uint32(ptr), uint32(n))
	i.handles(len(p), copying)
	return p, valid
}

// out answers with data: it is copied to the area if it fits, and its true
// length is returned either way.
func out[T []byte | string](i *Instance, ptr, capacity uint64, data T) int32 {
	area, valid := i.in(ptr, capacity)
	if !valid {
		return fault
	}
	if len(data) <= len(area) {
		copy(area, data)
	}
	return int32(len(data))
}

// copyFrom answers with the part of data from off on that fits into the area.
func copyFrom(i *Instance, data []byte, off, ptr, capacity uint64) int32 {
	area, valid := i.in(ptr, capacity)
	if !valid {
		return fault
	}
	if uint64(uint32(off)) > uint64(len(data)) {
		return badArg
	}
	return int32(copy(area, data[uint32(off):]))
}

// config_read(off, ptr, cap)
func importConfigRead(i *Instance, a []uint64) int32 {
	return copyFrom(i, i.template.def.Options, a[0], a[1], a[2])
}

// plugin_name(ptr, cap)
func importPluginName(i *Instance, a []uint64) int32 {
	return out(i, a[0], a[1], i.template.def.Plugin)
}

// maxMessage is the longest message that fail() keeps.
const maxMessage = 4096

// fail(ptr, len)
func importFail(i *Instance, a []uint64) int32 {
	text, valid := i.in(a[0], a[1])
	if !valid {
		return fault
	}
	i.message = printable(text, maxMessage)
	return ok
}

// payload_read(off, ptr, cap)
func importPayloadRead(i *Instance, a []uint64) int32 {
	return copyFrom(i, i.payload, a[0], a[1], a[2])
}

// payload_append(ptr, len)
func importPayloadAppend(i *Instance, a []uint64) int32 {
	p, valid := i.in(a[0], a[1])
	if !valid {
		return fault
	}
	if len(i.appended)+len(p) > i.template.def.Limits.Output {
		return quota
	}
	i.appended = append(i.appended, p...)
	return ok
}

// state_read(ptr, cap)
func importStateRead(i *Instance, a []uint64) int32 {
	if i.state == nil {
		if _, valid := i.in(a[0], a[1]); !valid {
			return fault
		}
		return notFound
	}
	return out(i, a[0], a[1], i.state)
}

// maxName bounds keys and names that guests pass.
const maxName = 1024

// name returns a short string parameter.
func (i *Instance) name(ptr, n uint64) (string, int32) {
	p, valid := i.in(ptr, n)
	if !valid {
		return "", fault
	}
	if len(p) > maxName {
		return "", badArg
	}
	return string(p), ok
}

// info_get(key, len, ptr, cap)
func importInfoGet(i *Instance, a []uint64) int32 {
	key, errno := i.name(a[0], a[1])
	if errno != ok {
		return errno
	}
	if _, valid := i.in(a[2], a[3]); !valid {
		return fault
	}
	v, found := i.session.Info(key)
	if !found {
		return notFound
	}
	return out(i, a[2], a[3], v)
}

// targets_read(ptr, cap)
func importTargetsRead(i *Instance, a []uint64) int32 {
	if i.targets == nil {
		return unavailable
	}
	i.scratch = i.targets.AppendTargets(i.scratch[:0])
	return out(i, a[0], a[1], i.scratch)
}

// sql_canonical(ptr, cap)
func importSQLCanonical(i *Instance, a []uint64) int32 {
	if i.sql == nil {
		return unavailable
	}
	i.handles(len(i.payload), lexing)
	var found bool
	if i.scratch, found = i.sql.AppendCanonical(i.scratch[:0]); !found {
		return notFound
	}
	return out(i, a[0], a[1], i.scratch)
}

// sql_tables(ptr, cap)
func importSQLTables(i *Instance, a []uint64) int32 {
	if i.sql == nil {
		return unavailable
	}
	i.handles(len(i.payload), lexing)
	var found bool
	if i.scratch, found = i.sql.AppendTables(i.scratch[:0]); !found {
		return notFound
	}
	return out(i, a[0], a[1], i.scratch)
}

// timer_set(id, ms)
func importTimerSet(i *Instance, a []uint64) int32 {
	if i.timers == nil {
		return unavailable
	}
	if uint32(a[0]) > maxTimer {
		return badArg
	}
	return int32(i.timers.SetTimer(i, uint32(a[0]), uint32(a[1])))
}

// timer_cancel(id)
func importTimerCancel(i *Instance, a []uint64) int32 {
	if i.timers == nil {
		return unavailable
	}
	if uint32(a[0]) > maxTimer {
		return badArg
	}
	return int32(i.timers.CancelTimer(i, uint32(a[0])))
}

// maxTimer is the highest timer id.
const maxTimer = 15

// tee(service, len, ptr, len)
func importTee(i *Instance, a []uint64) int32 {
	service, errno := i.name(a[0], a[1])
	if errno != ok {
		return errno
	}
	p, valid := i.in(a[2], a[3])
	if !valid {
		return fault
	}
	if i.tee == nil {
		return unavailable
	}
	return int32(i.tee.Tee(i, service, p))
}

// call(name, len, in, len, out, cap)
func importCall(i *Instance, a []uint64) int32 {
	name, errno := i.name(a[0], a[1])
	if errno != ok {
		return errno
	}
	in, valid := i.in(a[2], a[3])
	if !valid {
		return fault
	}
	if _, valid = i.in(a[4], a[5]); !valid {
		return fault
	}
	if i.caller == nil {
		return unavailable
	}
	var e abi.Errno
	if i.scratch, e = i.caller.Call(i, name, in, i.scratch[:0]); e != abi.OK {
		return int32(e)
	}
	return out(i, a[4], a[5], i.scratch)
}
