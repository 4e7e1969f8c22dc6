package admin

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// turns keep changes of one resource from coming between another change and
// the look at the state that it depends on. Changes that depend on none go on
// side by side.
type turns struct {
	mu     sync.Mutex
	byPath map[string]*turn
}

type turn struct {
	side  *semaphore.Weighted
	users int // that have it or wait for it
}

// everyone is the weight of a change that is alone.
const everyone = 1 << 30

// take waits for a resource's turn, for as long as ctx allows. done gives it back.
func (t *turns) take(ctx context.Context, path string, alone bool) (done func(), err error) {
	t.mu.Lock()
	one := t.byPath[path]
	if one == nil {
		one = &turn{side: semaphore.NewWeighted(everyone)}
		if t.byPath == nil {
			t.byPath = map[string]*turn{}
		}
		t.byPath[path] = one
	}
	one.users++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if one.users--; one.users == 0 {
			delete(t.byPath, path)
		}
	}
	weight := int64(1)
	if alone {
		weight = everyone
	}
	if err := one.side.Acquire(ctx, weight); err != nil {
		leave()
		return nil, err
	}
	return func() { one.side.Release(weight); leave() }, nil
}
