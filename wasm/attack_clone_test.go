package wasm

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// What writes all that it can get and lives leaves nothing to the next session.
func TestNothingIsLeftOfAnAttack(t *testing.T) {
	tpl := template(t, attacker, Definition{})
	for n := range 2 * warmMachines {
		i := openAttack(t, tpl)
		asNew(t, i.machine)
		if _, err := launch(i, 'w'); err != nil {
			t.Fatal(err)
		}
		m := i.machine
		if len(m.memory.bytes) != DefaultMemory || i.Memory() < DefaultMemory/2 {
			t.Fatalf("it has %d bytes and holds %d", len(m.memory.bytes), i.Memory())
		}
		if n%2 == 0 {
			i.Park()
		}
		i.Close(abi.CloseSessionEnd)
		asNew(t, m)
	}
	if n := tpl.Stats().Made; n > warmMachines {
		t.Errorf("%d machines were made", n)
	}
}

// An instance whose whole memory differs from the image sleeps like any other:
// what is kept of it is not much more than that, and right.
func TestParkAllOfMemory(t *testing.T) {
	const pages = 128
	tpl := template(t, scribbler(2), Definition{Limits: Limits{Memory: pages * abi.PageSize}})
	i := openAttack(t, tpl)
	scribble(t, i, 'g', pages-2, nil)
	random := rand.New(rand.NewPCG(3, 3))
	for at := guestWindow + guestCap; at < len(i.memory.bytes); at++ {
		if random.IntN(9) > 0 { // the worst for the encoding are short gaps
			i.memory.bytes[at] = byte(random.Uint32())
		}
	}
	scribble(t, i, 's', 12345, nil)
	memory := bytes.Clone(i.memory.bytes)
	if !i.Park() {
		t.Fatal("it does not sleep")
	}
	if n := i.Memory(); n > int64(len(memory))*5/4 {
		t.Errorf("%d bytes are kept of %d", n, len(memory))
	}
	if _, err := i.Event(abi.EventTimer, 0, 0); err != nil { // wakes it
		t.Fatal(err)
	}
	forgetLoose(i, memory)
	clear(memory[guestHeader : guestHeader+abi.HeaderSize]) // the event wrote
	clear(i.memory.bytes[guestHeader : guestHeader+abi.HeaderSize])
	if i.Parked() || !bytes.Equal(memory, i.memory.bytes) {
		t.Error("another memory after the sleep")
	}
}

// A timer that fires while the instance sleeps finds what it left.
func TestTimerWakes(t *testing.T) {
	tpl := template(t, scribbler(2), Definition{})
	i := openAttack(t, tpl)
	scribble(t, i, 'g', 3, nil)
	scribble(t, i, 'w', 4*abi.PageSize, []byte("remember"))
	for n := range 50 {
		if !i.Park() {
			t.Fatal("it does not sleep")
		}
		if _, err := i.Event(abi.EventTimer, uint64(n%16), 0); err != nil {
			t.Fatal(err)
		}
		if got := i.memory.bytes[4*abi.PageSize:]; string(got[:8]) != "remember" {
			t.Fatalf("round %d: %q", n, got[:8])
		}
	}
	if n := tpl.Stats().Made; n > warmMachines {
		t.Errorf("%d machines were made", n)
	}
}

// A memory that has grown to the maximum that its module declares cannot be
// made small again: its machine goes, and the next session gets another.
func TestGrownToTheEnd(t *testing.T) {
	const most = 8
	module := bytes.Replace(scribbler(2), section(5, vec(code(0, 2))), section(5, vec(code(1, 2, most))), 1)
	tpl := template(t, module, Definition{})
	fds, maps := descriptors(t), mapsOf(t)
	for range 5 * warmMachines {
		i := openAttack(t, tpl)
		asNew(t, i.machine)
		scribble(t, i, 'g', most-2, nil)
		scribble(t, i, 'w', (most-1)*abi.PageSize, []byte("secret"))
		if n := len(i.memory.bytes); n != most*abi.PageSize {
			t.Fatalf("it has %d bytes", n)
		}
		i.Close(abi.CloseSessionEnd)
	}
	if n := tpl.Stats(); n.Running != 0 || n.Free > warmMachines {
		t.Errorf("%+v", n)
	}
	if d, m := descriptors(t), mapsOf(t); d > fds || m > maps+5 {
		t.Errorf("%d descriptors and %d mappings, before %d and %d", d, m, fds, maps)
	}
}

func TestTrapAfterRefusedGrowth(t *testing.T) {
	// Grows by 3, writes there, is refused 10,000 more, and traps.
	body := code(c32(3), opMemoryGrow, 0, opDrop, c32(3*abi.PageSize), c32(-1), opI32Store, 2, 0,
		c32(10000), opMemoryGrow, 0, opDrop, opUnreachable)
	tpl := template(t, query(body), Definition{})
	for range 2 * warmMachines {
		i := openAttack(t, tpl)
		m := i.machine
		asNew(t, m)
		var h abi.Header
		_, err := i.Query(&h, nil)
		wantFailure(t, i, err, FailureMemory, "unreachable")
		i.Close(abi.CloseSessionEnd)
		if reused(tpl, m) {
			t.Fatal("the machine waits for another")
		}
	}
}

func TestInitFillsTheCap(t *testing.T) {
	const limit = 64
	g := guest{pages: 2, hooks: map[string][]byte{
		abi.ExportInit: code(c32(limit-3), opMemoryGrow, 0, opDrop, c32((limit-2)*abi.PageSize), c32(77), opI32Store, 2, 0, c32(guestDesc)),
		abi.ExportQuery: code(
			store(code(opLocalGet, 0, opMemoryGrow, 0)), c64(0)),
	}}
	tpl := template(t, g.build(), Definition{Limits: Limits{Memory: limit * abi.PageSize}})
	if n := tpl.Stats().Image; n != (limit-1)*abi.PageSize {
		t.Fatalf("the image has %d bytes", n)
	}
	for range 2 * warmMachines {
		i := openAttack(t, tpl)
		asNew(t, i.machine)
		for pages, want := range []int32{limit - 1, limit - 1, -1} { // one is left
			var h abi.Header
			if _, err := i.Query(&h, make([]byte, pages)); err != nil || i.stored() != want {
				t.Errorf("growing by %d answers %d, %v", pages, i.stored(), err)
			}
		}
		i.Close(abi.CloseSessionEnd)
	}
}

// The call stack that a deep recursion has needed does not stay with the machine.
func TestDeepStackIsNotKept(t *testing.T) {
	// ps_query(n, …) calls itself n times; 2,000 vectors live meanwhile.
	const vectors = 2000
	wide := c32(16)
	for n := range vectors {
		wide = append(wide, code(c32(int32(n*16)), 0xfd, 0, 4, 0)...)
	}
	wide = append(wide, code(opLocalGet, 0, c32(1), opI32Sub, opLocalGet, 1, opCall, 4, opDrop,
		repeat(vectors-1, 0xfd, 0xae, 1), 0xfd, 11, 4, 0)...)
	module := query(code(opLocalGet, 0, 0x04, 0x40, wide, opEnd, c64(0)))
	tpl := template(t, module, Definition{})
	before := held()
	for range 3 {
		i := openAttack(t, tpl)
		m := i.machine
		var h abi.Header
		if _, err := i.Query(&h, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		if n := held(); n < before+16<<20 {
			t.Fatalf("the recursion took %d bytes only: this tests nothing", n-before)
		}
		i.Close(abi.CloseSessionEnd)
		if !reused(tpl, m) {
			t.Error("the machine is gone")
		}
		if n := held(); n > before+12<<20 {
			t.Errorf("%d MiB are kept", (n-before)>>20)
		}
	}
}

// What one definition stores no other one finds; the store's bounds hold.
func TestStoresAreApart(t *testing.T) {
	ours, theirs := NewKV(KVLimits{Bytes: 1 << 20}), NewKV(KVLimits{})
	r := newRuntime(t)
	def := func(kv *KV) Definition {
		return Definition{Limits: Limits{Call: 100 * time.Millisecond}, Services: Services{KV: kv, Metrics: NewMetrics()}}
	}
	i := openAttack(t, templateOn(t, r, attacker, def(ours)))
	openAttack(t, templateOn(t, r, attacker, def(theirs)))
	_, err := launch(i, 'k')
	wantFailure(t, i, err, FailureTimeout, "")
	if n, size := theirs.Size(); n != 0 || size != 0 {
		t.Errorf("another definition's store has %d entries", n)
	}
	if n, size := ours.Size(); n == 0 || size > 1<<20 {
		t.Errorf("%d entries, %d bytes", n, size)
	}
}

// Filling and copying hundreds of megabytes is one instruction each; it counts
// for what it takes.
func TestBulkInstructionsArePaid(t *testing.T) {
	const pages, budget = 3000, 100 * time.Millisecond
	all := c32((pages - 4) / 2 * abi.PageSize)
	for name, op := range map[string][]byte{
		"fill": code(c32(4*abi.PageSize), c32(1), all, 0xfc, 11, 0),
		"copy": code(c32(4*abi.PageSize), c32(pages/2*abi.PageSize), all, 0xfc, 10, 0, 0),
	} {
		t.Run(name, func(t *testing.T) {
			body := code(opLoop, 0x40, op, opBr, 0, opEnd, c64(0))
			g := guest{pages: pages, hooks: map[string][]byte{abi.ExportQuery: body}}
			i, _ := open(t, g.build(), Definition{Limits: Limits{Call: budget, Memory: pages * abi.PageSize}})
			spent, err := launch(i, ' ')
			wantFailure(t, i, err, FailureTimeout, "time budget")
			if spent > slow*budget {
				t.Errorf("it took %v of processor time", spent)
			}
		})
	}
}

// thorough is a session that takes long to take a statement apart.
type thorough struct {
	everything
	asked int
}

const lexTime = 5 * time.Millisecond

func (s *thorough) AppendTables(dst []byte) ([]byte, bool) {
	for begun := Now(); Now()-begun < int64(lexTime); {
		s.asked++ // the compiler must not leave the loop out
	}
	s.copied++
	return dst, true
}

func TestImportsArePaid(t *testing.T) {
	const budget = 8 * lexTime
	body := code(opLoop, 0x40, c32(0), c32(0), opCall, 0, opDrop, opBr, 0, opEnd, c64(0))
	tpl := template(t, query(body, imported("sql_tables")), Definition{Limits: Limits{Call: budget}})
	s := &thorough{}
	i, err := tpl.Open(t.Context(), abi.OpenNew, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close(abi.CloseSessionEnd)
	var h abi.Header
	_, err = i.Query(&h, make([]byte, 1<<20))
	wantFailure(t, i, err, FailureTimeout, "time budget")
	if s.copied > int(budget/lexTime)+1 {
		t.Errorf("the statement was taken apart %d times in %v, %v each", s.copied, budget, lexTime)
	}
}
