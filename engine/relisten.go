package engine

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/penstock-db/penstock/engine/config"
)

// relisting is a change of what the proxy listens to. Until begin nothing of it
// is seen, and nothing that is listened to has been let go.
type relisting struct {
	proxy  *Proxy
	next   map[string]*listener // all that are to listen
	opened []*listener          // of them: those that have opened their address
}

// openListeners opens what the configuration listens to beside what is open
// already. An address that another listener has now changes hands: nobody who
// connects meanwhile is refused. Its caller holds p.reload.
func (p *Proxy) openListeners(cfg *config.Config) (*relisting, error) {
	r := &relisting{proxy: p, next: map[string]*listener{}}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(cfg.Listeners)) {
		c := cfg.Listeners[name]
		if !cfg.Listens(c) {
			continue
		}
		old := p.listeners[name] // written under p.reload only
		if old != nil && reflect.DeepEqual(old.cfg, c) {
			r.next[name] = old
			continue
		}
		l, err := p.listen(c, p.holder(c))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if l.from == nil {
			r.opened = append(r.opened, l)
		}
		r.next[name] = l
	}
	if err := errors.Join(errs...); err != nil {
		r.discard()
		return nil, err
	}
	return r, nil
}

// holder returns the listener that has the address now; nil if none has.
func (p *Proxy) holder(c *config.Listener) *listener {
	for _, l := range p.listeners {
		if l.cfg.Address == c.Address && l.cfg.Socket == c.Socket && (l.fixed() || l.cfg.Name == c.Name) {
			return l
		}
	}
	return nil
}

// discard closes what was opened.
func (r *relisting) discard() {
	for _, l := range r.opened {
		l.close()
	}
}

// begin serves what is new and closes what is gone. Services have their plans.
func (r *relisting) begin() {
	p := r.proxy
	p.mu.Lock()
	old := p.listeners
	p.listeners = r.next
	services := p.services
	p.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(r.next)) {
		l := r.next[name]
		if old[name] == l {
			continue
		}
		if l.from != nil {
			l.from.yield()
			l.from = nil
		}
		l.service = services[l.cfg.Service] // written under p.reload only
		p.accepting.Go(l.serve)
		p.log.Info("listening", "listener", name, "address", l.address(), "service", l.cfg.Service)
	}
	for name, l := range old {
		if r.next[name] != l && !l.closed.Load() {
			l.close()
			p.log.Info("no longer listening", "listener", name, "address", l.address())
		}
	}
}

// yield stops accepting and leaves the address open, for the next listener.
func (l *listener) yield() {
	l.closed.Store(true)
	l.base.SetDeadline(longAgo)
	<-l.served
	l.base.SetDeadline(time.Time{})
}
