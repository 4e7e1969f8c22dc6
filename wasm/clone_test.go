package wasm

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

// scribbler is a guest that does to its own state whatever its command says:
// byte 0 is 'w': write the bytes from 8 on to the address at 4; 'g': grow by
// the pages at 4; 's': set its global to the number at 4. It returns Pass.
func scribbler(pages uint32) []byte {
	word := code(c32(guestWindow+4), opI32Load, 2, 0)
	when := func(letter byte, body []byte) []byte {
		// if window[0] == letter
		return code(c32(guestWindow), 0x2d, 0, 0, c32(int32(letter)), 0x46, 0x04, 0x40, body, opEnd)
	}
	return guest{
		pages:   pages,
		globals: vec(code(0x7f, 1, c32(7), opEnd)), // a mutable i32
		hooks: map[string][]byte{abi.ExportQuery: code(
			when('w', code(word, c32(guestWindow+8), opLocalGet, 0, c32(8), opI32Sub, 0xfc, 10, 0, 0)),
			when('g', code(word, opMemoryGrow, 0, opDrop)),
			when('s', code(word, 0x24, 0)),
			c64(0))},
	}.build()
}

func scribble(t *testing.T, i *Instance, what byte, n uint32, data []byte) {
	t.Helper()
	command := append([]byte{what, 0, 0, 0, byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}, data...)
	var h abi.Header
	if _, err := i.Query(&h, command); err != nil {
		t.Fatal(err)
	}
}

// asNew checks that a machine is exactly what its image is.
func asNew(t *testing.T, m *machine) {
	t.Helper()
	if !bytes.Equal(m.memory.bytes, m.image.bytes) {
		t.Fatal("the memory differs from the frozen one")
	}
	if rest := m.memory.mapped[len(m.image.bytes):]; len(bytes.Trim(rest, "\x00")) != 0 {
		t.Fatal("there is something behind the frozen memory")
	}
	for n, g := range m.globals {
		if g.Get() != m.image.globals[n] {
			t.Fatalf("global %d is %d, frozen was %d", n, g.Get(), m.image.globals[n])
		}
	}
	if n := m.mod.Memory().Size(); int(n) != len(m.image.bytes) {
		t.Fatalf("the engine believes in %d bytes of memory", n)
	}
}

// What an instance was before it slept, it is afterwards; what it was, the next
// one that gets its machine cannot see.
func TestRandomGuestsParkAndRecycle(t *testing.T) {
	const limit = 40
	tpl := template(t, scribbler(2), Definition{Limits: Limits{Memory: limit * abi.PageSize}})
	if tpl.Plain() != "" {
		t.Fatal(tpl.Plain())
	}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 0))
		i, err := tpl.Open(t.Context(), abi.OpenNew, &session{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		asNew(t, i.machine)
		for range 40 {
			switch r.IntN(6) {
			case 0:
				scribble(t, i, 'g', r.Uint32N(4), nil)
			case 1:
				scribble(t, i, 's', r.Uint32(), nil)
			case 2:
				memory, globals := bytes.Clone(i.memory.bytes), values(i.machine)
				if !i.Park() || !i.Parked() || i.Park() {
					t.Fatal("it does not park exactly once")
				}
				if err := i.ready(); err != nil || i.Parked() {
					t.Fatal(err)
				}
				forgetLoose(i, memory)
				if !bytes.Equal(memory, i.memory.bytes) {
					t.Fatalf("seed %d: another memory after the sleep", seed)
				}
				for n, v := range values(i.machine) {
					if n != i.program.fuel && v != globals[n] {
						t.Fatalf("seed %d: global %d was %d and is %d", seed, n, globals[n], v)
					}
				}
			default:
				size := 1 + r.IntN(5000)
				at := uint32(guestWindow + guestCap + r.IntN(len(i.memory.bytes)-guestWindow-guestCap-size))
				data := make([]byte, size)
				for n := range data {
					data[n] = byte(r.Uint32() >> (8 + r.IntN(2)*24)) // zeros, too
				}
				scribble(t, i, 'w', at, data)
			}
		}
		m := i.machine
		if err := i.Close(abi.CloseSessionEnd); err != nil {
			t.Fatal(err)
		}
		asNew(t, m)
	}
	if n := tpl.Stats().Made; n > warmMachines {
		t.Errorf("%d machines were made for one instance at a time", n)
	}
}

// forgetLoose makes header and window of a copy of an instance's memory what
// they are in the image: a sleeper does not keep them.
func forgetLoose(i *Instance, memory []byte) {
	for _, s := range i.desc.loose() {
		for p := s.from; p < s.to; p++ {
			memory[p] = original(i.image.bytes, p)
		}
	}
}

func values(m *machine) []uint64 {
	var list []uint64
	for _, g := range m.globals {
		list = append(list, g.Get())
	}
	return list
}

func TestInstancesShareNoWrittenPage(t *testing.T) {
	tpl := template(t, scribbler(4), Definition{})
	open := func() *Instance {
		i, err := tpl.Open(t.Context(), abi.OpenNew, &session{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { i.Close(abi.CloseSessionEnd) })
		return i
	}
	a, b := open(), open()
	frozen := bytes.Clone(tpl.pool.image.bytes)
	everywhere := bytes.Repeat([]byte{0xAA}, 12000)
	for at := guestWindow + guestCap; at+len(everywhere) < len(a.memory.bytes); at += len(everywhere) {
		scribble(t, a, 'w', uint32(at), everywhere)
	}
	scribble(t, a, 'g', 3, nil)
	scribble(t, a, 'w', 5*abi.PageSize, everywhere)
	if !bytes.Equal(frozen, tpl.pool.image.bytes) {
		t.Error("the image has changed")
	}
	asNew(t, b.machine)
	scribble(t, b, 'g', 3, nil)
	if behind := b.memory.bytes[len(frozen):]; len(bytes.Trim(behind, "\x00")) != 0 {
		t.Error("new pages are not zeros")
	}
	if a.Memory() < int64(len(frozen))/2 || b.Memory() > 64<<10 {
		t.Errorf("a holds %d bytes, b %d", a.Memory(), b.Memory())
	}
}

func TestSecretsDoNotOutliveTheirSession(t *testing.T) {
	const secret = "4556-7375-8689-9855"
	tpl := templateOn(t, goRuntime(t), buildGoGuest(t), Definition{})
	if tpl.Plain() != "" {
		t.Fatal(tpl.Plain())
	}
	for n := range 2 * warmMachines {
		i, err := tpl.Open(t.Context(), abi.OpenNew, &session{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(i.memory.mapped, []byte(secret)) {
			t.Fatalf("session %d finds what another one's statement said", n)
		}
		var h abi.Header
		if _, err := i.Query(&h, []byte("rUPDATE t SET credit_card = '"+secret+"'")); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(i.memory.mapped, []byte(secret)) {
			t.Fatal("the test looks in the wrong place")
		}
		if n%2 == 0 {
			i.Park()
		}
		i.Close(abi.CloseSessionEnd)
	}
}

func TestFailedMachinesAreNotUsedAgain(t *testing.T) {
	// Traps if the payload is not empty, after it has written.
	tpl := template(t, query(code(store(c32(99)), opLocalGet, 0, 0x04, 0x40, opUnreachable, opEnd, c64(0))), Definition{})
	before := tpl.pool.counts.Made
	for range 20 {
		i, err := tpl.Open(t.Context(), abi.OpenNew, &session{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		asNew(t, i.machine)
		var h abi.Header
		if _, err := i.Query(&h, []byte("x")); err == nil {
			t.Fatal("no failure")
		}
		if i.Park() {
			t.Fatal("a dead instance sleeps")
		}
		i.Close(abi.CloseSessionEnd)
	}
	if made := tpl.pool.counts.Made - before; made != 20-warmMachines {
		t.Errorf("%d machines were made for 20 failures", made)
	}
}

func TestPlainWhereCloningIsImpossible(t *testing.T) {
	// A guest that changes its table.
	module := guest{tables: vec([]byte{0x70, 0, 1}), hooks: map[string][]byte{
		abi.ExportQuery: code(c32(0), 0xd0, 0x70, 0x26, 0, store(c32(5)), c64(0))}}.build()
	tpl := template(t, module, Definition{})
	if !strings.Contains(tpl.Plain(), "table") || tpl.pool != nil {
		t.Fatalf("plain: %q", tpl.Plain())
	}
	i, err := tpl.Open(t.Context(), abi.OpenNew, &session{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close(abi.CloseSessionEnd)
	var h abi.Header
	if _, err := i.Query(&h, nil); err != nil || i.stored() != 5 {
		t.Fatal(err)
	}
	if i.Park() || i.Parked() || i.Memory() < 2*abi.PageSize {
		t.Errorf("parked %v, %d bytes", i.Parked(), i.Memory())
	}
}

func TestPoolIsTrimmed(t *testing.T) {
	tpl := template(t, scribbler(2), Definition{})
	var all []*Instance
	for range 3 * warmMachines {
		i, err := tpl.Open(t.Context(), abi.OpenNew, &session{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, i)
	}
	for _, i := range all {
		i.Close(abi.CloseSessionEnd)
	}
	if n := len(tpl.pool.free); n != 3*warmMachines {
		t.Fatalf("%d machines wait", n)
	}
	tpl.pool.trimNow() // some were in use since the timer was set
	tpl.pool.trimNow() // none was
	if n := len(tpl.pool.free); n != warmMachines {
		t.Errorf("%d machines are kept", n)
	}
}

func TestReloadingGrowsNothing(t *testing.T) {
	r := newRuntime(t)
	reload := func() {
		m, err := r.Load(t.Context(), "m", scribbler(2))
		if err != nil {
			t.Fatal(err)
		}
		tpl, err := m.Template(t.Context(), Definition{Name: "reloaded"})
		m.Close()
		if err != nil {
			t.Fatal(err)
		}
		i, err := tpl.Open(t.Context(), abi.OpenNew, &session{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		i.Park()
		tpl.Close() // before its instance
		if err := i.Close(abi.CloseSessionEnd); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		reload()
	}
	fds, maps := descriptors(t), mapsOf(t)
	for range 10_000 {
		reload()
	}
	if n := descriptors(t); n > fds+2 {
		t.Errorf("%d file descriptors, %d before", n, fds)
	}
	if n := mapsOf(t); n > maps+50 {
		t.Errorf("%d mappings, %d before", n, maps)
	}
	if n := r.Modules(); n != 0 {
		t.Errorf("%d modules", n)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func mapsOf(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(text, []byte("\n"))
}
