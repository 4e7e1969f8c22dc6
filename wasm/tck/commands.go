package tck

import (
	"slices"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// commands runs the script's commands in one session and shows the replies that
// the plugin asks for.
func (k *kit) commands(t *wasm.Template) {
	s := k.session(t, abi.OpenNew, nil)
	if s == nil {
		return
	}
	window := int(k.desc.u32(abi.DescWindowCap))
	all := slices.Concat(ordinary(), strange(window))
	samples := replies()
	for n, c := range all {
		if !k.asks(&c) {
			continue
		}
		if !s.alive() {
			return
		}
		s.command(c, samples[n%len(samples)])
	}
	// Every kind of reply, to statements that have such.
	for n := range samples {
		for _, c := range []command{ordinary()[1], about("COM_STMT_EXECUTE", comExecute, 0, 1, 0, 0, 0, 0, 1, 3, 0, 42, 0, 0, 0)} {
			if k.asks(&c) && s.alive() {
				s.command(c, samples[n])
			}
		}
	}
	s.close(abi.CloseSessionEnd)
}

// asks says whether the plugin is asked about the command: routers are not
// about what Penstock serves itself.
func (k *kit) asks(c *command) bool {
	served := c.byte() == comStmtClose || c.byte() == comStmtReset || c.byte() == comReset || c.byte() == comLongData || c.byte() == comFetch
	return k.desc.wants(c.byte()) && !(k.router() && served)
}

// most is how often a command that is held is shown again.
const most = 3

// command asks about a command, and judges what comes with the verdict.
func (s *session) command(c command, r sample) {
	k := s.k
	k.kept("hook/trap", "hook/exit", "hook/time", "hook/memory", "hook/stack")
	if c.rule != "" {
		k.kept(c.rule)
	}
	var h abi.Header
	var v abi.Verdict
	for range most {
		ok := false
		if v, ok = s.ask(c, &h); !ok {
			if f := k.lastDeath(); c.rule != "" && f != "" {
				k.broken(c.rule, "%s", f)
			}
			return
		}
		if v.Action() != abi.Hold {
			break
		}
	}
	out := s.i.Output()
	switch v.Action() {
	case abi.Replaced:
		const rule = "verdict/replaced"
		large := c.flags&abi.SessionLarge != 0
		k.check(!large, rule, "%s was replaced; it cannot be", c.name)
		if k.check(len(out) > 0, rule, "%s was replaced by nothing", c.name) {
			k.check(out[0] == c.byte(), rule, "%s (command %#02x) was replaced by command %#02x", c.name, c.byte(), out[0])
		}
		k.check(len(out) < maxPayload, rule, "%s was replaced by %d bytes", c.name, len(out))
	case abi.Reply:
		if c.hasReply() {
			err := s.host.built.whole(false, c.byte() == comExecute)
			k.check(err == nil, "verdict/reply", "%s was answered reply: %v", c.name, err)
		}
		return
	case abi.Close:
		s.close(abi.CloseSessionEnd)
		return
	case abi.Detach:
		s.close(abi.CloseSessionEnd)
		return
	case abi.Pass:
	default:
		return
	}
	s.fire()
	if s.i != nil && !k.router() && c.hasReply() {
		s.reply(&c, &h, r)
	}
}

// lastDeath returns what was said of the instance that died last.
func (k *kit) lastDeath() string {
	for _, rule := range []string{"hook/trap", "hook/exit", "hook/time", "hook/memory", "hook/stack"} {
		if seen := k.of(rule).seen; len(seen) > 0 {
			return seen[len(seen)-1]
		}
	}
	return ""
}

// fire sends the timers that are set, once each, as if they had run out.
func (s *session) fire() {
	ids := make([]uint32, 0, len(s.host.timers))
	for id := range s.host.timers {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		if s.i == nil || !s.k.subscribed(abi.EventTimer) {
			return
		}
		delete(s.host.timers, id)
		if v, ok := s.event(abi.EventTimer, uint64(id), 0); ok && (v.Action() == abi.Detach || v.Action() == abi.Close) {
			s.close(abi.CloseSessionEnd)
		}
	}
}
