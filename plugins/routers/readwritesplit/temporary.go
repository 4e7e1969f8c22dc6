package readwritesplit

import (
	"strings"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Temporary tables live on the primary's connection only, so what reads them
// goes there. Names are compared without their schema: an ordinary table of
// the same name is then read from the primary too, which is merely slower.

// maxTemporary is how many names are kept; a session with more is pinned.
const maxTemporary = 256

func bare(table string) string {
	return strings.ToLower(table[strings.LastIndexByte(table, '.')+1:])
}

func (r *router) touchesTemporary(q *sdk.Query) bool {
	for _, t := range q.Tables() {
		if r.isTemporary(bare(t)) {
			return true
		}
	}
	return false
}

func (r *router) isTemporary(name string) bool {
	for _, t := range r.state.temporary {
		if t == name {
			return true
		}
	}
	return false
}

// trackTemporary follows CREATE TEMPORARY TABLE and what drops or renames one.
func (r *router) trackTemporary(q *sdk.Query) {
	s := &r.state
	tables := q.Tables()
	switch {
	case q.Is(abi.TypeMulti) || len(tables) == 0 || len(s.temporary) > maxTemporary:
		if q.Is(abi.TypeTempTable) {
			s.pinned = true // names cannot be told apart
		}
	case q.Operation() == abi.OpCreate && q.Is(abi.TypeTempTable):
		r.addTemporary(bare(tables[0])) // those after it are what it is made from
	case q.Operation() == abi.OpDrop:
		for _, t := range tables {
			r.dropTemporary(bare(t))
		}
	case q.Operation() == abi.OpAlter || q.Operation() == abi.OpRename:
		if r.touchesTemporary(q) { // perhaps renamed: the new name is among them
			for _, t := range tables {
				r.addTemporary(bare(t))
			}
		}
	}
}

func (r *router) addTemporary(name string) {
	if !r.isTemporary(name) {
		r.state.temporary = append(r.state.temporary, name)
	}
}

func (r *router) dropTemporary(name string) {
	kept := r.state.temporary[:0]
	for _, t := range r.state.temporary {
		if t != name {
			kept = append(kept, t)
		}
	}
	r.state.temporary = kept
}
