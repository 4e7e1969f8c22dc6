package watch

import (
	"cmp"
	"slices"
	"strings"
)

// view says which sessions are shown, and in which order.
type view struct {
	sort    Order
	reverse bool
	match   string // only sessions that have it in their id, names, address, state or filters; statements are not known of all
	first   int    // how many are above the first that is shown
	rows    int    // how many are shown
}

// Order is what sessions are sorted by.
type Order string

// orders in the order in which the key goes through them; the first is the default.
var orders = []Order{"qps", "idle", "alive", "id", "user", "service"}

// compare puts first what is looked for: the busiest, the longest, the lowest
// id, the first name.
var compare = map[Order]func(a, b *session) int{
	"qps":     func(a, b *session) int { return cmp.Compare(b.qps, a.qps) },
	"idle":    func(a, b *session) int { return cmp.Compare(b.idle, a.idle) },
	"alive":   func(a, b *session) int { return cmp.Compare(b.alive, a.alive) },
	"id":      func(a, b *session) int { return cmp.Compare(a.number, b.number) },
	"user":    func(a, b *session) int { return cmp.Compare(a.user, b.user) },
	"service": func(a, b *session) int { return cmp.Compare(a.service, b.service) },
}

// arrange returns the sessions that fit, sorted. The list stays as it is.
func (v *view) arrange(list []session) []session {
	var fit []session
	for i := range list {
		if v.fits(&list[i]) {
			fit = append(fit, list[i])
		}
	}
	by := compare[v.sort]
	slices.SortFunc(fit, func(a, b session) int {
		c := by(&a, &b)
		if v.reverse {
			c = -c
		}
		return cmp.Or(c, cmp.Compare(a.number, b.number)) // equals keep their places from look to look
	})
	return fit
}

func (v *view) fits(s *session) bool {
	if v.match == "" {
		return true
	}
	for _, text := range []string{s.id, s.user, s.client, s.service, s.database, s.state, s.filters} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(v.match)) {
			return true
		}
	}
	return false
}

// shown are the sessions of a sorted list that there is room for.
func (v *view) shown(list []session) []session {
	first := max(0, min(v.first, len(list)-v.rows))
	return list[first:min(len(list), first+v.rows)]
}
