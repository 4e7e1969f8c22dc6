package engine

import (
	"crypto/tls"
	"slices"
	"time"
	"unsafe"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/sessionlog"
	"github.com/penstock-db/penstock/engine/wire"
)

// Snapshot returns the session as it is now. It never waits for the session.
func (s *Session) Snapshot() Snapshot {
	var snap Snapshot
	snap.Log = s.log.Lines()
	queries, queryBytes := s.queries.list()
	snap.Queries = queries

	s.mu.Lock()
	defer s.mu.Unlock()
	s.outline(&snap)
	p := &s.published
	snap.Memory = Memory{Client: bufferMemory(s.client), Backends: map[string]BufferMemory{}, LastQueries: queryBytes,
		History: s.stats.historyBytes.Load(), ExecMetadata: s.stats.execBytes.Load(), Log: int64(s.log.Bytes())}
	for _, u := range p.backends {
		name := u.server.cfg.Name
		sum, m := snap.Memory.Backends[name], bufferMemory(u.conn.Wire())
		snap.Memory.Backends[name] = BufferMemory{Read: sum.Read + m.Read, Write: sum.Write + m.Write, Misc: sum.Misc + m.Misc}
	}
	for _, l := range p.chain {
		snap.Memory.Plugins = append(snap.Memory.Plugins, PluginMemory{Name: l.name, Kind: "filter", Bytes: l.memory()})
	}
	if p.router != nil {
		snap.Memory.Plugins = append(snap.Memory.Plugins, PluginMemory{Name: p.router.name, Kind: "router", Bytes: p.router.memory()})
	}
	return snap
}

// Outline makes snap a Snapshot of the session without Queries, Log and Memory,
// for whoever looks at many sessions one after the other: the memory that snap
// has for slices is used again.
func (s *Session) Outline(snap *Snapshot) {
	*snap = Snapshot{Connections: snap.Connections[:0], Filters: snap.Filters[:0]}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outline(snap)
}

// outline needs s.mu.
func (s *Session) outline(snap *Snapshot) {
	now := monotonic()
	snap.ID, snap.Service, snap.Connected, snap.Alive = s.id, s.service.name, s.connected, now-s.began
	snap.IOActivity, snap.LogFlags = s.activity.sum(now), toLogFlags(s.log.Flags())
	s.addTo(&snap.Statistics)
	if !s.busy.Load() {
		snap.Idle = max(0, now-time.Duration(s.lastActive.Load()))
	}
	p := &s.published
	snap.State, snap.User, snap.Database = p.state, p.user, p.schema
	snap.Remote, snap.Port = p.remote, p.port
	snap.Client = Client{Cipher: p.cipher, Attributes: p.attrs, HistoryLen: int(s.stats.historyLen.Load()),
		HistoryResponses: int(s.stats.historyResponses.Load()), HistoryMetadata: int(s.stats.historyMetadata.Load())}
	snap.Connections = slices.Grow(snap.Connections, len(p.backends))
	for _, u := range p.backends {
		snap.Connections = append(snap.Connections, Connection{Server: u.server.cfg.Name, ConnectionID: u.conn.ThreadID(), Cipher: u.conn.Cipher()})
	}
	snap.Filters, snap.Pending = appendNames(snap.Filters, s.definedChain()), s.pendingChange()
	if p.failed != nil {
		snap.RestartError = p.failed.Error()
	}
}

func bufferMemory(c *wire.Conn) BufferMemory {
	return BufferMemory{Read: int64(c.ReadBuffer()), Write: int64(c.WriteBuffer()), Misc: int64(unsafe.Sizeof(*c))}
}

func (s *Session) publishPlan(p *plan) {
	s.mu.Lock()
	s.published.plan = p
	s.mu.Unlock()
}

// currentPlan is the plan of the session's body, for others than its goroutine.
func (s *Session) currentPlan() *plan {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.published.plan
}

func (s *Session) publishRemote() {
	s.mu.Lock()
	s.published.remote, s.published.port = s.remote.host(), s.remote.port()
	s.mu.Unlock()
}

func (s *Session) publishIdentity() {
	attrs := make(map[string]string, len(s.ident.Attributes))
	for _, a := range s.ident.Attributes {
		attrs[a.Name] = a.Value
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.published.user, s.published.schema, s.published.attrs = s.ident.User, s.schema, attrs
	if s.ident.TLS != nil {
		s.published.cipher = tls.CipherSuiteName(s.ident.TLS.CipherSuite)
	}
}

func fromLogFlags(f config.LogFlags) sessionlog.Flags {
	return sessionlog.FlagsOf(f.Error, f.Warning, f.Notice, f.Info, f.Debug)
}

func toLogFlags(f sessionlog.Flags) config.LogFlags {
	return config.LogFlags{Error: f.Has(sessionlog.Error), Warning: f.Has(sessionlog.Warning), Notice: f.Has(sessionlog.Notice),
		Info: f.Has(sessionlog.Info), Debug: f.Has(sessionlog.Debug)}
}

func (s *Session) fault(msg string, kv ...any)  { s.log.Log(sessionlog.Error, msg, kv...) }
func (s *Session) warn(msg string, kv ...any)   { s.log.Log(sessionlog.Warning, msg, kv...) }
func (s *Session) notice(msg string, kv ...any) { s.log.Log(sessionlog.Notice, msg, kv...) }
func (s *Session) info(msg string, kv ...any)   { s.log.Log(sessionlog.Info, msg, kv...) }
