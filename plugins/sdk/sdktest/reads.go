package sdktest

import (
	"reflect"
	"testing"

	"github.com/penstock-db/penstock/plugins/sdk/internal/boundary"
)

// Read is one reading of an option by a plugin.
type Read = boundary.Read

// Reads starts a plugin and returns every reading of an option meanwhile. The
// options must be ones that it starts with.
func Reads(t testing.TB, plugin, options string) (list []Read) {
	t.Helper()
	boundary.Noted = func(r Read) { list = append(list, r) }
	defer func() { boundary.Noted = nil }()
	Start(t, options, func(h *Host) { h.Plugin = plugin })
	return list
}

// State initialises a plugin and returns it as the options have made it, for
// reflect.DeepEqual with what other options make of it.
func State(t testing.TB, plugin, options string) any {
	t.Helper()
	if _, err := start(t, options, []func(*Host){func(h *Host) { h.Plugin = plugin }}); err != nil {
		t.Fatalf("ps_init: %v", err)
	}
	return reflect.ValueOf(boundary.Plugin).Elem().Interface() // what the next Start does not change
}
