package admin

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/penstock-db/penstock/engine"
)

// problem is one entry of an error document, and an error that handlers
// return. Its detail says what is wrong and what to do, for a person.
type problem struct {
	status int
	detail string
	source *source
	meta   map[string]string
}

// source is where the fault is: a member of the body (JSON pointer, RFC 6901)
// or a parameter of the query.
type source struct {
	Pointer   *string `json:"pointer,omitempty"`
	Parameter string  `json:"parameter,omitempty"`
	Header    string  `json:"header,omitempty"`
}

// Error returns the detail.
func (p *problem) Error() string { return p.detail }

func problemf(status int, detail string) *problem {
	return &problem{status: status, detail: detail}
}

// at points to a member of the body.
func (p *problem) at(pointer string) *problem {
	p.source = &source{Pointer: &pointer}
	return p
}

// parameter points to a parameter of the query.
func (p *problem) parameter(name string) *problem {
	p.source = &source{Parameter: name}
	return p
}

// header points to a header of the request.
func (p *problem) header(name string) *problem {
	p.source = &source{Header: name}
	return p
}

// problems is an error with several entries; the first one's status is the
// reply's.
type problems []*problem

// Error returns the first detail.
func (p problems) Error() string { return p[0].detail }

// errorDocument is the envelope of every reply that reports an error.
type errorDocument struct {
	Errors []errorEntry `json:"errors"`
}

type errorEntry struct {
	Status string            `json:"status"`
	Detail string            `json:"detail"`
	Source *source           `json:"source,omitempty"`
	Meta   map[string]string `json:"meta,omitempty"`
}

func (p problems) document() errorDocument {
	doc := errorDocument{Errors: make([]errorEntry, len(p))}
	for i, one := range p {
		doc.Errors[i] = errorEntry{strconv.Itoa(one.status), one.detail, one.source, one.meta}
	}
	return doc
}

// explain turns any error into what the client is told. It is the one place
// where the engine's errors become statuses. Errors that nobody foresaw are
// status 500 with no detail of their own: the log has them.
func explain(err error) problems {
	var one *problem
	var many problems
	var restarts engine.RestartErrors
	var restart *engine.RestartError
	var tooLarge *http.MaxBytesError
	var kept *NotKeptError
	var partly *NotInForceError
	var away *engine.UnavailableError
	switch {
	case errors.As(err, &many):
		return many
	case errors.As(err, &one):
		return problems{one}
	case errors.Is(err, engine.ErrNoSession):
		return problems{problemf(http.StatusNotFound, "there is no such session: it has ended, or never was")}
	case errors.As(err, &restarts) && len(restarts) > 0:
		for _, r := range restarts {
			many = append(many, restartProblem(r))
		}
		return many
	case errors.As(err, &restart):
		return problems{restartProblem(restart)}
	case errors.As(err, &tooLarge):
		return problems{problemf(http.StatusRequestEntityTooLarge,
			"the body is larger than "+strconv.FormatInt(tooLarge.Limit, 10)+" bytes")}
	case errors.As(err, &kept):
		return problems{problemf(http.StatusInternalServerError, kept.Error())}
	case errors.As(err, &partly):
		return problems{problemf(http.StatusInternalServerError, partly.Error())}
	case errors.As(err, &away): // why it is may be a timeout of its own
		return problems{problemf(http.StatusServiceUnavailable, err.Error())}
	case errors.Is(err, engine.ErrShutdown):
		return problems{problemf(http.StatusServiceUnavailable, "Penstock is stopping: nothing can be changed any more")}
	case errors.Is(err, context.DeadlineExceeded):
		return problems{problemf(http.StatusGatewayTimeout,
			"the time limit for a request is over; if it was a change, whether it was made is not known: read it again")}
	case errors.Is(err, context.Canceled):
		return problems{problemf(http.StatusRequestTimeout, "the client gave the request up")} // only the log hears of it
	}
	return problems{problemf(http.StatusInternalServerError, "something unforeseen went wrong; Penstock's log has the details")}
}

// restartProblem tells of one session that goes on as it was: the servers, or
// a plugin, would not have it, which can be different later.
func restartProblem(r *engine.RestartError) *problem {
	p := problemf(http.StatusServiceUnavailable, r.Error())
	p.meta = map[string]string{"session": strconv.FormatUint(r.ID, 10)}
	return p
}
