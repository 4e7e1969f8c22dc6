package engine

import (
	"maps"

	"github.com/penstock-db/penstock/engine/auth"
)

// atWork returns the services by name, and how many sessions of each work on a
// command now. It holds the lock no longer than that takes: sessions that begin
// and end wait for it.
func (p *Proxy) atWork() (services map[string]*Service, active map[*Service]uint64) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	active = map[*Service]uint64{}
	for _, s := range p.sessions {
		if s.busy.Load() {
			active[s.service]++
		}
	}
	return maps.Clone(p.services), active
}

// listUsers lists who may log in.
func (s *Service) listUsers() []auth.Listed {
	if users := s.users(); users != nil {
		return users.Table().List()
	}
	return nil
}
