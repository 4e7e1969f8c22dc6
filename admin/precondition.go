package admin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// perform calls a route's handler, if the state of what it changes is what the
// request says it has to be. No other change of the same resource comes between
// the look at the state and the change.
func (a *API) perform(ctx context.Context, rt route, r *request) (*document, error) {
	if reads(rt.method) {
		return rt.do(ctx, r)
	}
	conditional := slices.ContainsFunc(preconditionHeaders, func(name string) bool { return r.Header.Get(name) != "" })
	kills := rt.method == http.MethodDelete && strings.HasPrefix(rt.path, sessionsPath)
	if !conditional && (kills || rt.state == nil) {
		return rt.do(ctx, r) // a session that goes away overwrites nothing: killing never waits
	}
	if rt.takes != nil {
		// A client that is slow with its body must not hold up others.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, bodyProblem(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	done, err := a.turns.take(ctx, changed(r.URL.Path), conditional)
	if err != nil {
		return nil, problemf(http.StatusGatewayTimeout, "another change of this took longer than a request may; nothing was changed by this one: send it again")
	}
	defer done()
	if conditional {
		if err := a.check(ctx, rt, r); err != nil {
			return nil, err
		}
	}
	return rt.do(ctx, r)
}

// preconditionHeaders are those that a change heeds.
var preconditionHeaders = []string{"If-Match", "If-None-Match", "If-Unmodified-Since"}

func reads(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// changed names what a change of a path can change: one session; or else the
// configuration, for one resource of that can be changed by way of others, a
// service by the relationships of its servers for instance.
func changed(path string) string {
	parts := strings.SplitN(path, "/", 5) // "", "v1", type, id, the rest
	if len(parts) < 4 || parts[2] != typeSessions {
		return "configuration"
	}
	return strings.Join(parts[:4], "/")
}

// check holds the preconditions of a change against the state of what it changes.
func (a *API) check(ctx context.Context, rt route, r *request) error {
	if rt.state == nil {
		return failed("this changes nothing that has a state to compare with: send it without conditions", firstOf(r.Header, preconditionHeaders))
	}
	bare := *r
	bare.Request = r.Clone(ctx)
	bare.URL.RawQuery, bare.view = "", &view{}
	doc, err := rt.state(ctx, &bare)
	var missing *problem
	if errors.As(err, &missing) && missing.status == http.StatusNotFound && r.Header.Get("If-Match")+r.Header.Get("If-Unmodified-Since") == "" {
		return nil // If-None-Match asks for just that
	}
	if err != nil {
		return err
	}
	a.validate(&bare, doc)
	doc.tag.content = ""
	_, err = doc.conditions(r.Header, false)
	return err
}

// conditions holds the headers of a request against a document: unchanged says
// that the client has it already (304), the error that the request must not be
// carried out (412). The order is RFC 9110's, section 13.2.2.
func (d *document) conditions(h http.Header, reading bool) (unchanged bool, _ error) {
	match, err := readTags(h, "If-Match")
	if err != nil {
		return false, err
	}
	none, err := readTags(h, "If-None-Match")
	if err != nil {
		return false, err
	}
	since := h.Get("If-Unmodified-Since")
	switch {
	case match != nil && !match.any && !slices.ContainsFunc(match.tags, func(t string) bool { return d.tag.defines(t) }):
		return false, failed("it has been changed meanwhile: read it again", "If-Match")
	case match == nil && since != "":
		if err := d.unmodified(since); err != nil {
			return false, err
		}
	}
	switch {
	case none != nil && reading:
		return none.any || d.stream == nil && slices.ContainsFunc(none.tags, func(t string) bool { return d.tag.String() == strings.TrimPrefix(t, "W/") }), nil
	case none != nil && (none.any || slices.ContainsFunc(none.tags, func(t string) bool { return d.tag.defines(strings.TrimPrefix(t, "W/")) })):
		return false, failed("it exists, and is as the request says it must not be", "If-None-Match")
	case none == nil && reading && !d.modified.IsZero():
		at, err := http.ParseTime(h.Get("If-Modified-Since"))
		return err == nil && !d.modified.After(at), nil
	}
	return false, nil
}

// unmodified refuses what it cannot read or compare with: a change whose
// condition is not understood is not made.
func (d *document) unmodified(since string) error {
	at, err := http.ParseTime(since)
	switch {
	case err != nil:
		return problemf(http.StatusBadRequest, "this has to be a date as Last-Modified has it: "+time.Unix(0, 0).UTC().Format(http.TimeFormat)).header("If-Unmodified-Since")
	case d.modified.IsZero():
		return failed("a collection has no Last-Modified: use If-Match", "If-Unmodified-Since")
	case d.modified.After(at):
		return failed("it has been changed since: read it again", "If-Unmodified-Since")
	}
	return nil
}

// defines reports whether an entity tag has the same definition. A weak one
// never has.
func (t tag) defines(entity string) bool {
	definition, _, _ := strings.Cut(strings.TrimPrefix(entity, `"`), "-")
	return t.definition != "" && entity != "" && entity[0] == '"' && definition == t.definition
}

func failed(detail, header string) *problem {
	return problemf(http.StatusPreconditionFailed, detail).header(header)
}

func firstOf(h http.Header, names []string) string {
	return names[slices.IndexFunc(names, func(name string) bool { return h.Get(name) != "" })]
}

// tagList is what If-Match and If-None-Match hold.
type tagList struct {
	any  bool     // *
	tags []string // with quotes, and W/ in front of weak ones
}

// readTags reads a header; nil if it is not there.
func readTags(h http.Header, name string) (*tagList, error) {
	rest := strings.TrimSpace(strings.Join(h.Values(name), ","))
	if rest == "" {
		return nil, nil
	}
	if rest == "*" {
		return &tagList{any: true}, nil
	}
	var list tagList
	for rest != "" {
		weak := ""
		if after, is := strings.CutPrefix(rest, "W/"); is {
			weak, rest = "W/", after
		}
		opening, after, _ := strings.Cut(rest, `"`)
		text, after, closed := strings.Cut(after, `"`)
		after = strings.TrimLeft(after, " \t")
		if opening != "" || !closed || after != "" && after[0] != ',' {
			return nil, problemf(http.StatusBadRequest, `this has to be * or entity tags in quotes, as ETag has them, with commas between`).header(name)
		}
		list.tags = append(list.tags, weak+`"`+text+`"`)
		rest = strings.TrimLeft(after, ", \t")
	}
	return &list, nil
}
