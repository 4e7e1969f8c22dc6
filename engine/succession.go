package engine

import (
	"slices"
	"sync"
)

// succession is all versions of one definition: each configuration and each
// upgrade may make one. A session that uses an older version than the newest
// one that an upgrade has named is to follow. What a reload alone has made is
// named by nobody: it is for new sessions and restarts.
type succession struct {
	mu    sync.Mutex
	made  uint64        // versions ever
	alive []*definition // that somebody holds, the newest last
	named *definition   // by the last upgrade; held while an older version is alive
}

// add takes d in as the newest version.
func (v *succession) add(d *definition) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.made++
	v.alive = append(v.alive, d)
	d.versions, d.version = v, v.made
}

// name has the sessions of all other versions follow to d, the newest one.
func (v *succession) name(d *definition) {
	v.mu.Lock()
	was := v.named
	v.named = nil
	if v.alive[0] != d {
		d.acquire()
		v.named = d
	}
	v.mu.Unlock()
	if was != nil {
		was.release()
	}
}

// after returns the version to which d's sessions are to follow, held for the
// caller; nil if they may stay. The caller holds d.
func (v *succession) after(d *definition) *definition {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.named == nil || v.named.version <= d.version {
		return nil
	}
	v.named.acquire()
	return v.named
}

// leave takes d out: nobody holds it any more.
func (v *succession) leave(d *definition) {
	v.mu.Lock()
	v.alive = slices.DeleteFunc(v.alive, func(o *definition) bool { return o == d })
	var awaited *definition
	if v.named != nil && v.alive[0] == v.named { // whoever was to follow is gone
		awaited, v.named = v.named, nil
	}
	v.mu.Unlock()
	if awaited != nil {
		awaited.release()
	}
}

// extinct reports whether no version is alive.
func (v *succession) extinct() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.alive) == 0
}

// behind counts the instances that sessions have of versions older than d.
func (v *succession) behind(d *definition) (n int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, o := range v.alive {
		if o.version < d.version {
			n += o.instances.Load()
		}
	}
	return n
}
