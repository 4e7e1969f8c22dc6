package readwritesplit

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

// What is plain goes to a replica by the rules too, and changes nothing.
func TestPlain(t *testing.T) {
	s := sdktest.Start(t, `{}`, cluster)
	random := rand.New(rand.NewPCG(1, 2))
	maybe := func() bool { return random.IntN(8) == 0 }
	plain := 0
	for range 20_000 {
		r := &router{}
		r.options.varsOnPrimary, r.options.strictMulti, r.options.strictCalls = maybe(), maybe(), maybe()
		r.state.reset()
		r.state.pinned, r.state.locked, r.state.nextTrx, r.state.varsThere = maybe(), maybe(), maybe(), maybe()
		if maybe() {
			r.state.reader = r1
		}
		if maybe() {
			r.state.varsAt = r2
		}
		if maybe() {
			r.state.temporary = append(r.state.temporary, "t")
		}
		c := sdktest.Command{SQL: "SELECT 1", Type: abi.TypeRead, Operation: abi.OpSelect, Flags: abi.SessionAutocommit}
		for bit := range 12 {
			if random.IntN(30) == 0 {
				c.Flags ^= 1 << bit
			}
		}
		if maybe() {
			c.Type |= 1 << random.IntN(39)
		}
		if maybe() {
			c.Hint = abi.HintKind(random.IntN(int(abi.HintAll) + 1))
		}
		s.Prepare(c)
		q := &sdk.Query{}
		if !r.plain(q) {
			continue
		}
		plain++
		before := r.state
		if w := r.inOrder(q); w != toReplica {
			t.Fatalf("%+v in %+v is plain, but goes %d", c, r.state, w)
		}
		if r.remember(q, toReplica); !reflect.DeepEqual(before, r.state) {
			t.Fatalf("%+v is plain, but made %+v of %+v", c, r.state, before)
		}
	}
	if plain < 1000 {
		t.Errorf("only %d commands were plain", plain)
	}
}
