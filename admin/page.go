package admin

import (
	"maps"
	"net/url"
	"strconv"
)

// documentMeta is what a document says of itself.
type documentMeta struct {
	Total int `json:"total"` // resources on all pages together
}

// bounds are where the page begins and ends in a collection.
func (p page) bounds(total int) (from, to int) {
	if p.size == 0 {
		return 0, total
	}
	// Both are below 2^31: their product does not overflow.
	from = min(p.number*p.size, total)
	return from, min(from+p.size, total)
}

// paged adds to links those to other pages; whatever else the query says stays
// as it is. A page behind the last one has the last one before it.
func (v *view) paged(l links, total int) links {
	base := l.Self
	to := func(number int) string {
		query := maps.Clone(v.query)
		query["page[number]"] = []string{strconv.Itoa(number)}
		return base + "?" + url.Values(query).Encode()
	}
	last := max(0, total-1) / v.page.size
	l.Self, l.First, l.Last = to(v.page.number), to(0), to(last)
	if v.page.number > 0 {
		l.Prev = to(min(v.page.number-1, last))
	}
	if v.page.number < last {
		l.Next = to(v.page.number + 1)
	}
	return l
}
