package admin

import (
	"context"
	"iter"
	"slices"
)

// listing is a collection that can be large. Nothing of it is formatted before
// it is known what is asked for.
type listing struct {
	kind  string
	total int
	// at returns what is in one place as it is now, ready to be formatted, as far
	// as it is named; false if it is gone meanwhile.
	at func(i int, named only) (item, bool)
}

// item formats one resource, always from the same state of it. Members that
// are not named may be left empty. It is good until the listing's next look,
// and so is what it formats without links.
type item func(named only) resource

// only names attributes, "relationships", and "links", which go into both
// the resource and its relationships. nil names everything.
type only []string

func (o only) has(name string) bool { return o == nil || slices.Contains(o, name) }

func (o only) with(more only) only {
	if o == nil || more == nil {
		return nil
	}
	return slices.Concat(o, more)
}

func listingOf(list []resource) listing {
	one := func(i int, _ only) (item, bool) { return func(only) resource { return list[i] }, true }
	return listing{total: len(list), at: one}
}

// compares names what the filters look at.
func (v *view) compares() only {
	names := only{}
	for _, c := range v.filters {
		switch {
		case c.at[0].name == "attributes" && len(c.at) > 1 && !c.at[1].all:
			names = append(names, c.at[1].name)
		case c.at[0].name == "id" || c.at[0].name == "type":
		case c.at[0].name == "relationships" && len(c.at) > 2 && c.at[2].name == "data":
			names = append(names, "relationships")
		default:
			return nil
		}
	}
	return names
}

// prints names what is shown of resources of a type.
func (v *view) prints(kind string) only {
	tree, given := v.fields[kind]
	if !given {
		return nil
	}
	names := only{"links", "relationships"}
	for name := range tree {
		names = append(names, name)
	}
	return names
}

// matching yields the places in a collection of what fulfils the filters at a
// glance. It ends early when ctx does, which the caller has to look at.
func (v *view) matching(ctx context.Context, list listing) iter.Seq[int] {
	compares := v.compares()
	return func(yield func(int) bool) {
		for i := range list.total {
			if ctx.Err() != nil {
				return
			}
			if len(v.filters) > 0 {
				one, there := list.at(i, compares)
				if !there || !v.fulfilled(one, compares) {
					continue
				}
			}
			if !yield(i) {
				return
			}
		}
	}
}

func (v *view) fulfilled(one item, compares only) bool {
	v.sight = one(compares)
	return v.matches(&v.sight)
}

// show formats what is in one place, if it still fulfils the filters: it is
// looked at anew, and what is shown has to be true of itself.
func (v *view) show(list listing, i int, shown only) (res resource, ok bool) {
	compares := v.compares()
	one, there := list.at(i, shown.with(compares))
	if !there || len(v.filters) > 0 && !v.fulfilled(one, compares) {
		return res, false
	}
	return one(shown), true
}

// take returns the resources of the page that is asked for, and how many all
// pages have together.
func (v *view) take(ctx context.Context, list listing) (taken []resource, total int, err error) {
	from, to := v.page.bounds(list.total)
	taken = []resource{}
	for i := range v.matching(ctx, list) {
		if total >= from && total < to {
			if res, ok := v.show(list, i, nil); ok {
				taken = append(taken, res)
			}
		}
		total++
	}
	return taken, total, ctx.Err()
}
