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
	// at returns what is in one place, ready to be formatted; false if it is
	// gone meanwhile.
	at func(i int) (item, bool)
}

// item formats one resource, always from the same state of it. Members that
// are not named may be left empty.
type item func(named only) resource

// only names attributes, "relationships", and "links", which go into both
// the resource and its relationships. nil names everything.
type only []string

func (o only) has(name string) bool { return o == nil || slices.Contains(o, name) }

func listingOf(list []resource) listing {
	one := func(i int) (item, bool) { return func(only) resource { return list[i] }, true }
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

// chosen yields what of a collection fulfils the filters. It ends early when
// ctx does, which the caller has to look at.
func (v *view) chosen(ctx context.Context, list listing) iter.Seq[item] {
	compares := v.compares()
	return func(yield func(item) bool) {
		for i := range list.total {
			if ctx.Err() != nil {
				return
			}
			one, there := list.at(i)
			if !there {
				continue
			}
			if len(v.filters) > 0 {
				if res := one(compares); !v.matches(&res) {
					continue
				}
			}
			if !yield(one) {
				return
			}
		}
	}
}

// take returns the resources of the page that is asked for, and how many all
// pages have together.
func (v *view) take(ctx context.Context, list listing) (taken []resource, total int, err error) {
	taken = []resource{}
	from, to := v.page.bounds(list.total)
	if len(v.filters) == 0 { // it is known where the page begins without looking at all
		for i := from; i < to; i++ {
			if one, there := list.at(i); there {
				taken = append(taken, one(nil))
			}
		}
		return taken, list.total, ctx.Err()
	}
	for one := range v.chosen(ctx, list) {
		if total >= from && total < to {
			taken = append(taken, one(nil))
		}
		total++
	}
	return taken, total, ctx.Err()
}
