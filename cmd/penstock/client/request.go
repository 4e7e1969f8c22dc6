package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// maxReply bounds an answer: thousands of sessions with all their statements fit.
const maxReply = 1 << 30

// Do sends a request and returns the body of the answer, which is empty if there
// is none. path begins with /v1, its parts escaped (see [Path]). query and body
// may be nil; body is sent as JSON. Errors are *[StatusError] if the API refuses,
// and *[UnreachableError] if it does not answer.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, body any) ([]byte, error) {
	target := c.base.String() + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("the request cannot be written as JSON: %w", err)
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, target, content)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.opts.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.opts.Token)
	} else if c.opts.User != "" || c.opts.Password != "" {
		req.SetBasicAuth(c.opts.User, c.opts.Password)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxReply+1))
	switch {
	case err != nil:
		return nil, c.unreachable(ctx, err)
	case len(text) > maxReply:
		return nil, fmt.Errorf("the answer to %s %s is larger than %d MiB", method, path, maxReply>>20)
	case res.StatusCode/100 != 2:
		return nil, newStatusError(method, path, res, text)
	}
	return text, nil
}

// Path is the path of a resource, or of what belongs to it: Path("filters", "hide")
// is /v1/filters/hide.
func Path(parts ...string) string {
	path := "/v1"
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	return path
}

// Get returns one resource.
func (c *Client) Get(ctx context.Context, path string, query url.Values) (*Resource, error) {
	text, err := c.Do(ctx, http.MethodGet, path, query, nil)
	if err != nil {
		return nil, err
	}
	var doc struct{ Data *Resource }
	if err := json.Unmarshal(text, &doc); err != nil || doc.Data == nil {
		return nil, c.strange(path, err)
	}
	return doc.Data, nil
}

// strange is the error of an answer that is no JSON:API document.
func (c *Client) strange(path string, err error) error {
	if err == nil {
		return fmt.Errorf("%s%s answers without data: is this Penstock's REST API?", c.URL(), path)
	}
	return fmt.Errorf("%s%s does not answer in JSON:API (%w): is this Penstock's REST API?", c.URL(), path, err)
}
