package wasm

import (
	"fmt"
	"slices"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

func TestTraceTellsOfEveryCrossing(t *testing.T) {
	var lines []string
	r := newRuntimeOf(t, Config{Trace: func(c *Crossing) {
		if f, ok := c.Func(); !ok || len(f.Params) != len(c.Args) {
			t.Errorf("%s with %d arguments is %v, %v", c.Name, len(c.Args), f, ok)
		}
		switch {
		case !c.Done:
			lines = append(lines, fmt.Sprint("> ", c.Name))
		case c.Err != nil:
			lines = append(lines, "! "+c.Name)
		default:
			lines = append(lines, fmt.Sprint("< ", c.Name, " ", int64(c.Result)))
		}
		if c.Name == "penstock_v1.plugin_name" {
			if p, ok := c.Read(guestText, 4); !ok || c.Done && string(p) != "mask" {
				t.Errorf("memory holds %q, %v", p, ok)
			}
		}
		if c.Instance() == nil || len(c.Memory()) == 0 {
			t.Error("a crossing of nobody")
		}
	}})
	i, _ := openOn(t, r, guest{
		imports: []guestImport{imported("plugin_name")},
		hooks: map[string][]byte{
			abi.ExportQuery: code(store(code(c32(guestText), c32(100), opCall, 0)), c64(0)),
			abi.ExportEvent: code(opUnreachable),
		}}.build(), Definition{Plugin: "mask"})
	var h abi.Header
	if _, err := i.Query(&h, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Event(abi.EventTimer, 0, 0); err == nil {
		t.Fatal("no trap")
	}
	want := []string{"> _initialize", "< _initialize 0", "> ps_init", "< ps_init 1024", "> ps_open", "< ps_open 0",
		"> ps_query", "> penstock_v1.plugin_name", "< penstock_v1.plugin_name 4", "< ps_query 0", "> ps_event", "! ps_event"}
	if !slices.Equal(lines, want) {
		t.Errorf("%q\nwant %q", lines, want)
	}
}
