package client

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Resource is one JSON:API resource.
type Resource struct {
	ID, Type   string
	Attributes map[string]any // numbers are json.Number
	Related    map[string][]string
	Raw        json.RawMessage // as the API wrote it
}

// UnmarshalJSON reads a resource and keeps its text.
func (r *Resource) UnmarshalJSON(text []byte) error {
	var doc struct {
		ID, Type      string
		Attributes    map[string]any
		Relationships map[string]struct{ Data related }
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		return err
	}
	*r = Resource{ID: doc.ID, Type: doc.Type, Attributes: doc.Attributes, Raw: bytes.Clone(text)}
	r.Related = make(map[string][]string, len(doc.Relationships))
	for name, to := range doc.Relationships {
		r.Related[name] = to.Data
	}
	return nil
}

// related are the ids of a relationship, which is to many, to one, or to none.
type related []string

func (ids *related) UnmarshalJSON(text []byte) error {
	type identifier struct{ ID string }
	var many []identifier
	if json.Unmarshal(text, &many) != nil {
		many = make([]identifier, 1)
		if err := json.Unmarshal(text, &many[0]); err != nil {
			return err
		}
	}
	for _, one := range many {
		*ids = append(*ids, one.ID)
	}
	return nil
}

// Value returns an attribute by its dotted path, like "statistics.queries"; nil if
// there is none, or it is null.
func (r *Resource) Value(path string) any {
	var v any = r.Attributes
	for part := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[part]
	}
	return v
}

// Text returns an attribute that is a string; empty if it is not.
func (r *Resource) Text(path string) string {
	s, _ := r.Value(path).(string)
	return s
}

// Number returns an attribute that is a number; 0 if it is not.
func (r *Resource) Number(path string) float64 {
	n, _ := r.Value(path).(json.Number)
	f, _ := n.Float64()
	return f
}
