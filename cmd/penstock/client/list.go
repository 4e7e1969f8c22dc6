package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

// PageSize is how many resources List asks for at once: enough to be quick, few
// enough that a page is small.
const PageSize = 500

// List yields the resources of a collection, page by page as they are needed. A
// resource that is on two pages, because others came or went meanwhile, is
// yielded once. The sequence ends after an error.
func (c *Client) List(ctx context.Context, path string, query url.Values) iter.Seq2[*Resource, error] {
	return func(yield func(*Resource, error) bool) {
		q := url.Values{}
		for name, values := range query {
			q[name] = values
		}
		q.Set("page[size]", strconv.Itoa(PageSize))
		seen := make(map[string]bool)
		for q != nil {
			page, err := c.page(ctx, path, q)
			if err != nil {
				yield(nil, err)
				return
			}
			fresh := 0
			for _, r := range page.Data {
				if seen[r.ID] {
					continue
				}
				seen[r.ID] = true
				fresh++
				if !yield(r, nil) {
					return
				}
			}
			if q = next(page.Links.Next); fresh == 0 {
				return // whatever the link says, there is nothing new behind it
			}
		}
	}
}

// page is one page of a collection.
type page struct {
	Data  []*Resource
	Links struct{ Next string }
}

func (c *Client) page(ctx context.Context, path string, query url.Values) (*page, error) {
	text, err := c.Do(ctx, http.MethodGet, path, query, nil)
	if err != nil {
		return nil, err
	}
	var p page
	if err := json.Unmarshal(text, &p); err != nil || p.Data == nil {
		return nil, c.strange(path, err)
	}
	return &p, nil
}

// next is what a link to the next page asks for, nil if there is none. Its host
// is of no interest: credentials go to the API's own address only.
func next(link string) url.Values {
	if link == "" {
		return nil
	}
	u, err := url.Parse(link)
	if err != nil || len(u.Query()) == 0 {
		return nil
	}
	return u.Query()
}
