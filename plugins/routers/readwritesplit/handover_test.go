package readwritesplit

import (
	"reflect"
	"testing"

	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

func TestHandOver(t *testing.T) {
	for _, s := range []state{
		{1, 2, true, false, 3, true, false, []string{"a", "b"}},
		{none, none, false, true, none, false, true, nil},
	} {
		var to router
		from := router{state: s, order: 1 << 63}
		if err := to.attach(from.Detach(nil)); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(to.state, s) || to.order != from.order {
			t.Errorf("%+v became %+v", s, to.state)
		}
	}
	if err := (&router{}).attach([]byte{99}); err == nil {
		t.Error("a state of another form was taken")
	}
}

// What the session has on its servers is still found after an upgrade.
func TestUpgradeKeepsTheSessionsState(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	temporary := sdktest.Command{Type: abi.TypeRead, Operation: abi.OpSelect, Tables: []string{"tmp"}}
	s.Run(sdktest.Command{Type: abi.TypeWrite | abi.TypeDDL | abi.TypeTempTable, Operation: abi.OpCreate, Tables: []string{"tmp"}})
	want(t, s.Run(temporary), abi.One, p)
	state := s.Event(abi.EventDetach, 0, 0)
	if state.Action != abi.Replaced {
		t.Fatalf("no state: %v", state.Action)
	}
	s = sdktest.Start(t, `{}`, cluster)
	want(t, s.Run(temporary), abi.One, r1) // as it would be without
	s = sdktest.Start(t, `{}`, cluster, func(h *sdktest.Host) { h.State = state.Output })
	want(t, s.Run(temporary), abi.One, p)
	want(t, s.Run(sdktest.Command{Type: abi.TypeRead, Operation: abi.OpSelect, Tables: []string{"orders"}}), abi.One, r1)
}
