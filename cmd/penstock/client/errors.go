package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// StatusError is an answer of the API other than success.
type StatusError struct {
	Method, Path string
	Code         int
	Problems     []Problem // none if the answer was no error document
}

// Problem is one entry of an error document.
type Problem struct {
	Detail string
	Source struct{ Pointer, Parameter, Header string }
	Meta   struct{ Session string }
}

// Error lists what the API had to say, one problem a line.
func (e *StatusError) Error() string {
	lines := make([]string, 0, len(e.Problems))
	for i := range e.Problems {
		lines = append(lines, e.Problems[i].String())
	}
	if len(lines) == 0 {
		lines = []string{fmt.Sprintf("the API answers %s %s with %d %s and says no more", e.Method, e.Path, e.Code, http.StatusText(e.Code))}
	}
	return strings.Join(lines, "\n")
}

func (p *Problem) String() string {
	text := p.Detail
	if p.Meta.Session != "" {
		text = "session " + p.Meta.Session + ": " + text
	}
	if at := parameter(p.Source.Pointer) + p.Source.Parameter; at != "" {
		text += " (at " + at + ")"
	}
	return text
}

// parameter is the name of the parameter that a JSON pointer leads to; empty if it
// leads elsewhere in the body, which the user has not written.
func parameter(pointer string) string {
	_, name, _ := strings.Cut(pointer, "/data/attributes/parameters/")
	return strings.ReplaceAll(name, "/", ".")
}

func newStatusError(method, path string, res *http.Response, body []byte) error {
	e := &StatusError{Method: method, Path: path, Code: res.StatusCode}
	var doc struct{ Errors []Problem }
	if json.Unmarshal(body, &doc) == nil {
		for _, p := range doc.Errors {
			if p.Detail != "" {
				e.Problems = append(e.Problems, p)
			}
		}
	}
	return e
}

// UnreachableError says that nobody answered at the API's address, or nobody
// who can be trusted.
type UnreachableError struct {
	URL string
	Err error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("cannot reach the API at %s: %v", e.URL, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// unreachable says what went wrong with a request. net/http's own text repeats
// the method and the URL.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return &UnreachableError{c.URL(), fmt.Errorf("no answer within %v", c.http.Timeout)}
	}
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	return &UnreachableError{c.URL(), err}
}
