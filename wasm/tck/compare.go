package tck

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
	"github.com/penstock-db/penstock/wasm/binary"
)

// How long settles waits for memory to settle. A garbage collector may have
// megabytes of play before it begins: Go's has four.
const (
	period  = 4000 // statements
	periods = 16
	growth  = 256 << 10 // bytes: less in a period, and it has settled
)

// settles looks at an instance's memory over thousands of statements.
func (k *kit) settles(t *wasm.Template) {
	const rule = "hook/grows"
	c := ordinary()[1]
	if !k.asks(&c) || k.anyBroken("hook/") {
		return
	}
	s := k.session(t, abi.OpenNew, nil)
	if s == nil {
		return
	}
	defer func() { s.close(abi.CloseSessionEnd) }()
	k.deaf = true // what these statements are like has been seen
	defer func() { k.deaf = false }()
	r := replies()[0]
	var before, now int64
	for n := range periods {
		for range period {
			if k.ctx.Err() != nil {
				return
			}
			deaths := k.deaths
			if s.command(c, r); s.i == nil {
				k.check(deaths == k.deaths, rule, "it does not settle: with %d KiB %s", now>>10, k.lastDeath())
				return // or it has left the chain
			}
		}
		now = s.i.Memory()
		if n > 0 && now-before < growth {
			k.kept(rule)
			return
		}
		before = now
	}
	k.broken(rule, "it does not settle: after %d statements it held %d KiB", periods*period, now>>10)
}

// comparisons asks several sessions the same and compares their answers.
func (k *kit) comparisons() error {
	if k.anyBroken("hook/") || k.anyBroken("start/") {
		for _, rule := range []string{"state/clones", "state/sessions", "state/sleep"} {
			k.of(rule).reason = "its hooks fail"
		}
		return nil
	}
	k.deaf = true
	defer func() { k.deaf = false }()
	r, err := wasm.NewRuntime(wasm.Config{CacheDir: k.cfg.CacheDir})
	if err != nil {
		return err
	}
	defer r.Close(context.WithoutCancel(k.ctx))
	clones, err := r.Load(k.ctx, k.cfg.Name, k.code)
	if err != nil {
		return err
	}
	defer clones.Close()
	plain, err := wasm.NewRuntime(wasm.Config{CacheDir: k.cfg.CacheDir, Rewrite: unbound})
	if err != nil {
		return err
	}
	defer plain.Close(context.WithoutCancel(k.ctx))
	own, err := plain.Load(k.ctx, k.cfg.Name, k.code)
	if err != nil {
		return err
	}
	defer own.Close()

	k.compare(own, clones)
	return nil
}

// Sessions that are asked the same before a plugin counts as one that is always
// answered the same, and then again when an answer differs after all: some
// choose at random.
const (
	likely = 6
	sure   = 20
)

// compare compares sessions of instances that were started for themselves with
// those of copies.
func (k *kit) compare(own, clones *wasm.Module) {
	first := k.steady(own, likely)
	if first == nil {
		return
	}
	for _, c := range []struct {
		rule, who, other string
		course
	}{
		{"state/clones", "one that was started for itself", "a copy", course{}},
		{"state/sessions", "alone in the definition it", "beside another session it", course{beside: true}},
		{"state/sleep", "awake it", "after sleeping it", course{beside: true, sleeps: true}},
	} {
		if c.rule == "state/sessions" && k.shares {
			k.of(c.rule).reason = "its instances share what they know in the key-value store"
			continue
		}
		answers := k.answers(clones, c.course)
		if !slices.Equal(first, answers) && k.steady(own, sure) == nil {
			return
		}
		k.same(c.rule, c.who, first, c.other, answers)
	}
}

// steady returns what n sessions were answered, nil if they were not all
// answered the same.
func (k *kit) steady(m *wasm.Module, n int) []string {
	first := k.answers(m, course{})
	for range n - 1 {
		if !slices.Equal(first, k.answers(m, course{})) {
			return nil
		}
	}
	return first
}

// unbound is a rewriter for instances that are started one by one.
func unbound(code []byte) (*binary.Module, error) {
	m, err := binary.Rewrite(code)
	if err == nil && m.Bound == "" {
		m.Bound = "the conformance kit wants to compare"
	}
	return m, err
}

// same compares two courses of answers.
func (k *kit) same(rule, who string, a []string, other string, b []string) {
	for n := range max(len(a), len(b)) {
		x, y := "nothing", "nothing"
		if n < len(a) {
			x = a[n]
		}
		if n < len(b) {
			y = b[n]
		}
		if !k.check(x == y, rule, "%s answered %s; %s answered %s", who, x, other, y) {
			return
		}
	}
}

// course is how a session passes.
type course struct {
	beside bool // another session of the definition is asked other things meanwhile
	sleeps bool // it sleeps between commands, and the other uses the machine
}

// answers runs commands in a session of a definition of its own, and returns
// what it was answered to each.
func (k *kit) answers(m *wasm.Module, c course) (list []string) {
	t, err := m.Template(k.ctx, k.definition(k.cfg.Options))
	if err != nil {
		return nil
	}
	defer t.Close()
	s := k.session(t, abi.OpenNew, nil)
	if s == nil {
		return nil
	}
	defer func() { s.close(abi.CloseSessionEnd) }()
	var other *session
	if c.beside {
		if other = k.session(t, abi.OpenNew, nil); other == nil {
			return nil
		}
		defer func() { other.close(abi.CloseSessionEnd) }()
	}
	disturb := command{}
	for _, d := range ordinary() {
		if k.asks(&d) {
			disturb = d
		}
	}
	all := slices.Concat(ordinary(), ordinary(), strange(int(k.desc.u32(abi.DescWindowCap))))
	for _, cmd := range all {
		if !k.asks(&cmd) || s.i == nil {
			continue
		}
		var h abi.Header
		v, ok := s.ask(cmd, &h)
		if !ok {
			return nil
		}
		hint, name := h.Hint()
		sum := fnv.New64a()
		if v.Action() == abi.Replaced || v.Action() == abi.Reject {
			sum.Write(s.i.Output())
		}
		list = append(list, fmt.Sprintf("%s (%d, hint %d %s, sum %x) to %s", v.Action(), v.Arg(), hint, name, sum.Sum64(), cmd.name))
		if v.Action() == abi.Close || v.Action() == abi.Detach {
			break
		}
		if c.sleeps && s.i != nil {
			s.i.Park()
		}
		if other != nil && other.i != nil && len(disturb.payload) > 0 {
			other.ask(disturb, &h)
			if c.sleeps && other.i != nil {
				other.i.Park()
			}
		}
	}
	return list
}
