//go:build !race

package engine

import (
	"testing"
	"time"

	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/wire"
)

// TestHotPathDoesNotAllocate sends queries through a whole session: listener,
// filter, router, server and back. Whatever allocates per command shows as at
// least 1; the rest of the process, monitors above all, allocates now and then.
// The race detector makes pools drop what they are given: not under it.
func TestHotPathDoesNotAllocate(t *testing.T) {
	cfg := loadConfig(t, `filters = ["hide"]`, hideFilter)
	cfg.Monitors["main"].Interval = time.Hour // its probes allocate
	p := startWith(t, cfg)
	c := rawClient(t, p)
	var r wire.Reply
	for name, query := range map[string]string{
		"one row":  "SELECT 1",
		"rows":     "SELECT seq FROM " + mariadbtest.Schema + ".seq_1_to_100",
		"to write": "DO 1",
	} {
		payload := append([]byte{byte(wire.ComQuery)}, query...)
		roundTrip(t, c, &r, payload)
		if n := testing.AllocsPerRun(3000, func() { roundTrip(t, c, &r, payload) }); n >= 1 {
			t.Errorf("%s: %v allocations a command", name, n)
		}
	}
}
