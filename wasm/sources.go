package wasm

import (
	"sync"

	"github.com/penstock-db/penstock/wasm/binary"
	"github.com/penstock-db/penstock/wasm/lines"
)

// sources finds the lines that a program's code comes from. Looking for them
// begins with the first trap.
type sources struct {
	origins binary.Origins

	mu    sync.Mutex
	table *lines.Table
	known map[uint32][]lines.Place // by the offset in the module as it was
}

// maxKnown is how many places are kept. Plugins that fail often do so in the same
// few.
const maxKnown = 1024

// newSources returns nil if the module has no debug information that can be used.
func newSources(code []byte, m *binary.Module) *sources {
	if len(m.Origins) == 0 {
		return nil
	}
	table := lines.Open(code)
	if table == nil {
		return nil
	}
	return &sources{origins: m.Origins, table: table, known: map[uint32][]lines.Place{}}
}

// find returns the places of code at offsets in the rewritten module.
func (s *sources) find(offsets []uint32) [][]lines.Place {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([][]lines.Place, len(offsets))
	before := make([]uint32, len(offsets)) // zero: added code
	var wanted []uint32
	for n, now := range offsets {
		b, ok := s.origins.Of(now)
		if !ok {
			continue
		}
		before[n] = b
		if _, ok := s.known[b]; !ok {
			wanted = append(wanted, b)
		}
	}
	fresh := map[uint32][]lines.Place{}
	if len(wanted) > 0 {
		for n, places := range s.table.Find(wanted) {
			fresh[wanted[n]] = places
			if len(s.known) < maxKnown {
				s.known[wanted[n]] = places
			}
		}
	}
	for n, b := range before {
		if places, ok := s.known[b]; ok {
			all[n] = places
		} else {
			all[n] = fresh[b]
		}
	}
	return all
}
