package sdk

import (
	"encoding/binary"
	"errors"

	"github.com/penstock-db/penstock/plugins/sdk/internal/boundary"
	"github.com/penstock-db/penstock/wasm/abi"
)

func init() { boundary.Plugin = &instance }

// guest is the one plugin that this instance is, and what it implements.
type guest struct {
	kind    abi.Kind
	filter  Filter
	router  Router
	replier Replier
	plugin  any
	query   Query
	reply   Reply
}

var instance guest

// Init finds the plugin that the definition names, decodes its options and
// fills in the descriptor.
func (g *guest) Init(features uint64, configLen int) error {
	d, err := choose()
	if err != nil {
		return err
	}
	o, err := readOptions(configLen)
	if err != nil {
		return err
	}
	*g = guest{kind: d.kind}
	if d.kind == abi.KindFilter {
		g.filter, err = d.filter(o)
		g.plugin = g.filter
	} else {
		g.router, err = d.router(o)
		g.plugin = g.router
	}
	// The options' own problems come first: they are usually why the plugin
	// could not make sense of the rest.
	if problems := o.problems(); problems != "" {
		return errors.New(d.name + ": " + problems)
	}
	if err != nil {
		return errors.New(d.name + ": " + err.Error())
	}
	g.replier, _ = g.plugin.(Replier)
	if missing := o.setup.features &^ features; missing != 0 {
		return errors.New(d.name + ": this host lacks a feature that the plugin needs (shared KV, timers, sinks or metrics)")
	}
	g.describe(&o.setup)
	return nil
}

func choose() (*definition, error) {
	if len(registered) == 0 {
		return nil, errors.New("the module registers no plugin")
	}
	var buf [128]byte
	name := ""
	if n := boundary.PluginName(buf[:]); n > 0 && n <= len(buf) {
		name = string(buf[:n])
	}
	names := ""
	for i := range registered {
		if registered[i].name == name {
			return &registered[i], nil
		}
		names += " " + registered[i].name
	}
	if name == "" && len(registered) == 1 {
		return &registered[0], nil
	}
	if name == "" {
		return nil, errors.New("the module has several plugins, say which one with plugin = \"NAME\":" + names)
	}
	return nil, errors.New("plugin \"" + name + "\" is not in this module; it has:" + names)
}

func (g *guest) describe(s *setup) {
	d := boundary.Descriptor[:]
	clear(d)
	put := binary.LittleEndian.PutUint32
	put(d[abi.DescSize:], abi.DescriptorSize)
	put(d[abi.DescKind:], uint32(g.kind))
	put(d[abi.DescMinor:], abi.Minor)
	put(d[abi.DescWindow:], boundary.WindowAddress())
	boundary.WindowCap = s.window
	put(d[abi.DescWindowCap:], uint32(s.window))
	put(d[abi.DescHeader:], boundary.HeaderAddress())
	put(d[abi.DescHeaderCap:], abi.HeaderSize)
	put(d[abi.DescNeeds:], s.needs)
	binary.LittleEndian.PutUint64(d[abi.DescFeatures:], s.features)
	put(d[abi.DescReplyLevel:], uint32(s.level))
	put(d[abi.DescOnFailure:], uint32(s.onFailure))
	copy(d[abi.DescCommands:abi.DescCommands+abi.DescCommandsSize], s.commands[:])
	put(d[abi.DescEvents:], g.events())
	if len(s.texts) > 0 {
		put(d[abi.DescTexts:], boundary.TextsAddress())
		put(d[abi.DescTextsSize:], uint32(copy(boundary.Texts[:], s.texts)))
	}
}

// events subscribes to what the plugin implements.
func (g *guest) events() (mask uint32) {
	set := func(ok bool, kinds ...abi.EventKind) {
		for _, k := range kinds {
			if ok {
				mask |= 1 << k
			}
		}
	}
	_, ok := g.plugin.(TimerHandler)
	set(ok, abi.EventTimer)
	_, ok = g.plugin.(BackendHandler)
	set(ok, abi.EventBackendConnected, abi.EventBackendFailed, abi.EventBackendLost)
	_, ok = g.plugin.(TargetsHandler)
	set(ok, abi.EventTargetsChanged)
	_, ok = g.plugin.(ResetHandler)
	set(ok, abi.EventSessionReset)
	_, ok = g.plugin.(Detacher)
	set(ok, abi.EventDetach)
	_, ok = g.plugin.(Diagnoser)
	set(ok, abi.EventDiagnostics)
	return mask
}

// Open begins the session.
func (g *guest) Open(reason abi.OpenReason) error {
	reseed()
	targetTable.read = false
	if p, ok := g.plugin.(Opener); ok {
		return p.Open(reason)
	}
	return nil
}

// prepare makes the header's outputs say "no wish".
func prepare() {
	boundary.Header.SetU32(abi.HdrErrno, 0)
	boundary.Header.SetU64(abi.HdrSQLState, 0)
	boundary.Header.SetU32(abi.HdrReplyLevel, uint32(abi.ReplyKeep))
	boundary.Header.SetU32(abi.HdrFallback, abi.NoTarget)
}

// Query runs a filter's command hook.
func (g *guest) Query(n int) Verdict {
	if g.filter == nil {
		return Pass
	}
	prepare()
	g.query.begin(n)
	return g.filter.Query(&g.query)
}

// Route runs a router's command hook.
func (g *guest) Route(n int) Verdict {
	if g.router == nil {
		return Pass
	}
	prepare()
	g.query.begin(n)
	return g.router.Route(&g.query)
}

// Reply runs the reply hook.
func (g *guest) Reply(phase abi.ReplyPhase, n int) Verdict {
	if g.replier == nil {
		return Pass
	}
	g.reply.begin(phase, n)
	return g.replier.Reply(&g.reply)
}

// Event hands an event to the interface that stands for it.
//
// The header is the last command's then, so what it says of the targets is not
// trusted.
func (g *guest) Event(kind abi.EventKind, a, b uint64) Verdict {
	prepare()
	targetTable.read = false
	switch kind {
	case abi.EventTimer:
		if p, ok := g.plugin.(TimerHandler); ok {
			return p.Timer(uint32(a))
		}
	case abi.EventBackendConnected:
		if p, ok := g.plugin.(BackendHandler); ok {
			p.BackendConnected(uint32(a))
		}
	case abi.EventBackendFailed:
		if p, ok := g.plugin.(BackendHandler); ok {
			return p.BackendFailed(uint32(a), uint16(b))
		}
	case abi.EventBackendLost:
		if p, ok := g.plugin.(BackendHandler); ok {
			return p.BackendLost(uint32(a), b)
		}
	case abi.EventTargetsChanged:
		if p, ok := g.plugin.(TargetsHandler); ok {
			return p.TargetsChanged(uint32(a))
		}
	case abi.EventSessionReset:
		if p, ok := g.plugin.(ResetHandler); ok {
			p.SessionReset()
		}
	case abi.EventDetach:
		if p, ok := g.plugin.(Detacher); ok {
			return handOut(p.Detach(nil))
		}
	case abi.EventDiagnostics:
		if p, ok := g.plugin.(Diagnoser); ok {
			return handOut(p.Diagnose(nil))
		}
	}
	return Pass
}

func handOut(b []byte) Verdict {
	n, ok := output(0, b)
	if !ok {
		return Pass
	}
	return abi.NewVerdict(abi.Replaced, uint32(n))
}

// Close ends the instance.
func (g *guest) Close(reason abi.CloseReason) {
	if p, ok := g.plugin.(Closer); ok {
		p.Close(reason)
	}
}
