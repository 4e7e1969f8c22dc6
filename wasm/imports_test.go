package wasm

import (
	"context"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

// everything is a session with all optional faces.
type everything struct {
	session
	copied int // bytes of guest memory that arrived
}

func (e *everything) AppendTargets(dst []byte) []byte { return append(dst, "targets"...) }
func (e *everything) AppendCanonical(dst []byte) ([]byte, bool) {
	return append(dst, "canonical"...), true
}
func (e *everything) AppendTables(dst []byte) ([]byte, bool)  { return append(dst, "t\x00"...), true }
func (e *everything) BeginReply()                             {}
func (e *everything) take(p []byte) abi.Errno                 { e.copied += len(p); return abi.OK }
func (e *everything) ReplyOK(_, _ uint64, _ uint16) abi.Errno { return abi.OK }
func (e *everything) ReplyErr(_ uint16, _ [5]byte, m []byte) abi.Errno {
	return e.take(m)
}
func (e *everything) ReplyColumns(p []byte) abi.Errno               { return e.take(p) }
func (e *everything) ReplyRow(p []byte) abi.Errno                   { return e.take(p) }
func (e *everything) ReplyAppend(p []byte) abi.Errno                { return e.take(p) }
func (e *everything) SetTimer(_ *Instance, _, _ uint32) abi.Errno   { return abi.OK }
func (e *everything) CancelTimer(_ *Instance, _ uint32) abi.Errno   { return abi.NotFound }
func (e *everything) Tee(_ *Instance, _ string, p []byte) abi.Errno { return e.take(p) }
func (e *everything) Call(_ *Instance, n string, in, dst []byte) ([]byte, abi.Errno) {
	return append(append(dst, n...), in...), e.take(in)
}

// callWith runs one import from a hook with all i32 parameters set to v and
// returns what it answered.
func callWith(t *testing.T, name, hook string, s Session, services Services, params func(n int) int32) int32 {
	t.Helper()
	f := imported(name)
	var args []byte
	for n, p := range f.Params {
		if p == abi.I64 {
			args = append(args, c64(0)...)
		} else {
			args = append(args, c32(params(n))...)
		}
	}
	var last []byte
	switch hook {
	case abi.ExportOpen:
		last = c32(0)
	case abi.ExportInit:
		last = c32(guestDesc)
	case abi.ExportQuery, abi.ExportEvent:
		last = c64(0)
	}
	tpl := template(t, guest{imports: []guestImport{f}, hooks: map[string][]byte{
		hook: code(store(code(args, opCall, 0)), last)}}.build(), Definition{Services: services, Options: []byte("{}")})
	i, err := tpl.Open(context.Background(), abi.OpenNew, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close(abi.CloseSessionEnd)
	var h abi.Header
	switch hook {
	case abi.ExportQuery:
		_, err = i.Query(&h, []byte("\x03SELECT 1"))
	case abi.ExportEvent:
		_, err = i.Event(abi.EventTimer, 0, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return i.stored()
}

func allServices(t *testing.T) Services {
	t.Helper()
	sinks, err := OpenSinks([]string{t.TempDir() + "/sink"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sinks.Close() })
	return Services{KV: NewKV(KVLimits{}), Metrics: NewMetrics(), Sinks: sinks}
}

// TestBadPointers calls every import with pointers and lengths at the edges of
// the 32-bit space: nothing traps, panics or copies.
func TestBadPointers(t *testing.T) {
	for _, f := range abi.Imports {
		pointers := f.Name != "log_enabled" && f.Name != "reply_ok" && f.Name != "timer_set" && f.Name != "timer_cancel" &&
			f.Name != "metric_add" && f.Name != "metric_set" && f.Name != "metric_observe"
		for _, v := range []int32{-1, -16, 1 << 30, 128 << 10} {
			for _, hook := range []string{abi.ExportQuery, abi.ExportOpen} {
				s := &everything{}
				got := callWith(t, f.Name, hook, s, allServices(t), func(n int) int32 {
					if f.Name == "log" && n == 0 || f.Name == "metric_define" && n == 0 {
						return 1
					}
					return v
				})
				phases := provided[f.Name].phases
				allowed := phases&phaseQuery != 0
				if hook == abi.ExportOpen {
					allowed = phases&phaseOpen != 0
				}
				switch {
				case !allowed && got != int32(abi.WrongPhase):
					t.Errorf("%s(%d) in %s: %d, want WRONG_PHASE", f.Name, v, hook, got)
				case allowed && pointers && got != int32(abi.Fault):
					t.Errorf("%s(%d) in %s: %d, want FAULT", f.Name, v, hook, got)
				}
				if s.copied != 0 {
					t.Errorf("%s(%d): %d bytes arrived", f.Name, v, s.copied)
				}
			}
		}
	}
}

// TestPhases calls every import in ps_init: what needs a session is refused.
func TestPhases(t *testing.T) {
	for _, f := range abi.Imports {
		got := callWith(t, f.Name, abi.ExportInit, &everything{}, allServices(t), func(int) int32 { return 1 })
		if refused := got == int32(abi.WrongPhase); refused != (provided[f.Name].phases&phaseInit == 0) {
			t.Errorf("%s in ps_init answered %d", f.Name, got)
		}
	}
}

// TestMissingFaces calls every import with a session that offers nothing and
// a definition without services.
func TestMissingFaces(t *testing.T) {
	always := map[string]bool{"log": true, "log_enabled": true, "config_read": true, "plugin_name": true, "fail": true,
		"payload_read": true, "payload_append": true, "info_get": true, "state_read": true}
	for _, f := range abi.Imports {
		got := callWith(t, f.Name, abi.ExportQuery, &session{}, Services{}, func(int) int32 { return 1 })
		if unsupported := got == int32(abi.Unsupported); unsupported == always[f.Name] {
			t.Errorf("%s answered %d", f.Name, got)
		}
	}
}

// TestOutProtocol checks "true length, nothing written if it exceeds the
// capacity" for every import that works like this.
func TestOutProtocol(t *testing.T) {
	for name, want := range map[string]string{"targets_read": "targets", "sql_canonical": "canonical", "sql_tables": "t\x00", "plugin_name": "p"} {
		for _, room := range []int32{0, int32(len(want)) - 1, int32(len(want)), 100} {
			f := imported(name)
			tpl := template(t, query(code(store(code(c32(guestWindow), c32(room), opCall, 0)), answer(abi.Replaced, uint32(len(want)))), f), Definition{Plugin: "p"})
			i, err := tpl.Open(t.Context(), abi.OpenNew, &everything{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var h abi.Header
			if _, err := i.Query(&h, nil); err != nil {
				t.Fatal(err)
			}
			wrote := string(i.Output()) == want
			if i.stored() != int32(len(want)) || wrote != (int(room) >= len(want)) {
				t.Errorf("%s with room for %d: answered %d, wrote %v", name, room, i.stored(), wrote)
			}
			i.Close(abi.CloseSessionEnd)
		}
	}
}

func TestUnknownImports(t *testing.T) {
	later := guestImport{abi.Module, abi.Func{Name: "of_minor_9", Params: []abi.ValueType{abi.I64}, Results: []abi.ValueType{abi.I32}}, 0}
	i, _ := open(t, query(code(store(code(c64(1), opCall, 0)), c64(0)), later), Definition{})
	var h abi.Header
	if _, err := i.Query(&h, nil); err != nil || i.stored() != int32(abi.Unsupported) {
		t.Errorf("answered %d, %v", i.stored(), err)
	}
	path := guestImport{wasiModule, abi.Func{Name: "path_open", Params: []abi.ValueType{abi.I32}, Results: []abi.ValueType{abi.I32}}, 0}
	i, _ = open(t, query(code(store(code(c32(1), opCall, 0)), c64(0)), path), Definition{})
	if _, err := i.Query(&h, nil); err != nil || i.stored() != wasiNoSys {
		t.Errorf("answered %d, %v", i.stored(), err)
	}
}
