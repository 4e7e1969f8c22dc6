package engine

import (
	"testing"

	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/wire"
)

// TestFiltersWithoutEOFPackets runs filters for a client that agreed on
// DEPRECATE_EOF, and checks every sequence number that it gets.
func TestFiltersWithoutEOFPackets(t *testing.T) {
	p := startProxy(t, "", misfits())
	for _, tt := range []struct {
		level, word string
		rows        uint64
		errno       uint16
	}{
		{"columns", "pass", 1000, 0},
		{"columns", "columns-reject", 0, 4711},
		{"columns", "columns-narrow", 0, wire.ErUnknownError},
		{"rows", "pass", 1000, 0},
		{"rows", "rows-double", 2000, 0},
		{"rows", "rows-drop", 0, 0},
		{"rows", "rows-reject", 0, 4711},
		{"rows", "rows-more", 0, wire.ErUnknownError},
		{"rows", "columns-done", 0, 0},
		{"buffered", "pass", 1000, 0},
		{"buffered", "whole-reject", 0, 4711},
		{"buffered", "whole-double", 0, wire.ErUnknownError},
		{"none", "reply-good", 1, 0},
		{"none", "reply-half", 0, wire.ErUnknownError},
	} {
		t.Run(tt.level+"/"+tt.word, func(t *testing.T) {
			c := rawClient(t, p)
			setFilters(t, newest(t, p), tt.level+"-restart")
			send(t, c, "\x03SELECT seq, REPEAT('x', 100) FROM "+mariadbtest.Schema+".seq_1_to_1000 /* misfit:"+tt.word+" */")
			var r wire.Reply
			r.Reset(wire.ComQuery, wire.ClientProtocol41|wire.ClientDeprecateEOF|wire.ClientSessionTrack)
			for seq := byte(1); !r.Done(); seq++ {
				payload, got, err := c.ReadMessage(1 << 20)
				if err != nil || got != seq {
					t.Fatalf("packet %d instead of %d, %v", got, seq, err)
				}
				if _, err := r.Next(wire.Header{Len: len(payload), Seq: seq}, payload); err != nil {
					t.Fatal(err)
				}
			}
			if r.Errno != tt.errno || r.Errno == 0 && r.Rows != tt.rows {
				t.Errorf("%d rows, error %d: %s", r.Rows, r.Errno, r.Message)
			}
			roundTrip(t, c, &r, []byte{byte(wire.ComPing)})
		})
	}
}

// TestTimerSetWhileOpening: an instance that is opened for a PATCH may have its
// timer run out before it is in place; it fires then.
func TestTimerSetWhileOpening(t *testing.T) {
	p := startProxy(t, "", `
[filters.eager]
module = "`+misfitFile()+`"
plugin = "filter"
options = { eager = true }
`)
	c, s := oneOf(t, p, client(t, p, ""))
	do(t, c, "BEGIN")
	do(t, c, "DO 1")
	for range 20 {
		setFilters(t, s, "eager", "eager") // waits for the transaction, and replaces the one that waits
	}
	do(t, c, "SELECT seq FROM seq_1_to_1 FOR UPDATE")
	do(t, c, "COMMIT")
	setFilters(t, s, "eager")
	eventually(t, "the timer", func() bool {
		got, err := read(c, misfit("seen"))
		return err == nil && got == "timer 3"
	})
}
