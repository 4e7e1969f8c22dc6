package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// tag is what ETag says of a document, in two parts: what was defined, by the
// configuration or through the API, and all that is shown. A session that
// works changes its content all the time, but its definition only when somebody
// changes it: that is what If-Match is to protect.
type tag struct{ definition, content string }

// String is the entity tag in its quotes.
func (t tag) String() string {
	return `"` + t.definition + "-" + t.content + `"`
}

// describe sets the headers that tell one state of a document from another. A
// date that is still to come is not told: see [sightings].
func (d *document) describe(h http.Header) {
	if d.stream != nil {
		return
	}
	h.Set("ETag", d.tag.String())
	if !d.modified.IsZero() && !d.modified.After(time.Now()) {
		h.Set("Last-Modified", d.modified.UTC().Format(http.TimeFormat))
	}
}

// digest is short, and as good as unique among the states of one resource.
func digest(texts ...[]byte) string {
	h := sha256.New()
	for _, text := range texts {
		h.Write(text)
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// definer is implemented by attributes that change by themselves. All others
// are definition as a whole.
type definer interface {
	// definition is the part that only an administrator changes.
	definition() any
}

// definition is a resource without what changes by itself, and without links,
// which differ by the name that the API was asked under.
type definition struct {
	ID, Type      string
	Attributes    any
	Relationships map[string][]identifier
	Section       []byte // fingerprint
}

func definitionOf(res *resource) definition {
	d := definition{res.ID, res.Type, res.Attributes, map[string][]identifier{}, fingerprint(res.section)}
	if attributes, ok := res.Attributes.(definer); ok {
		d.Attributes = attributes.definition()
	}
	for name, rel := range res.Relationships {
		d.Relationships[name] = rel.Data
	}
	return d
}

// validate notes a document's definition, before anything is left out of it,
// and since when it is so.
func (a *API) validate(r *request, doc *document) {
	var d any = doc.Data
	single := true
	switch data := doc.Data.(type) {
	case listing:
		return
	case resource:
		d = definitionOf(&data)
	case []resource:
		single = false
		list := make([]definition, len(data))
		for i := range data {
			list[i] = definitionOf(&data[i])
		}
		d = list
	}
	text, err := json.Marshal(d)
	if err != nil {
		return // encoding the document fails too, and is told
	}
	doc.tag.definition = digest(text)
	if single && doc.Links.Self != "" {
		doc.modified = a.sightings.since(strings.TrimPrefix(doc.Links.Self, r.base), doc.tag.definition, time.Now())
	}
}

// sightings remember since when definitions are known to be as they are, in
// whole seconds, as HTTP's dates are. What was not seen before is as it is since
// now: a date that is too late makes somebody read again, one that is too early
// would make a change get lost.
type sightings struct {
	mu   sync.Mutex
	last map[string]sighting
}

type sighting struct {
	definition string
	since      int64 // seconds
}

// maxSightings bounds what is remembered.
const maxSightings = 4096

func (s *sightings) since(of, definition string, now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, there := s.last[of]
	if there && known.definition == definition {
		return time.Unix(known.since, 0)
	}
	if s.last == nil || !there && len(s.last) >= maxSightings {
		s.last = map[string]sighting{}
	}
	// Two definitions never have the same date, however quickly one follows
	// the other.
	known = sighting{definition, max(now.Unix(), known.since+1)}
	s.last[of] = known
	return time.Unix(known.since, 0)
}
