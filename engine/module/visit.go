package module

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/penstock-db/penstock/engine/config"
)

// patience is how long a registry is waited for.
type patience struct {
	stall   time.Duration // without a byte from it, or taken by it
	longest time.Duration // altogether
	moment  time.Duration // between two lines in the log about what is waited for
}

// usual are docs/configuration.md's.
var usual = patience{15 * time.Second, 10 * time.Minute, 2 * time.Second}

// UnavailableError says that a registry could not be asked: it cannot be
// reached, or does not answer, or says that it cannot now.
type UnavailableError struct {
	Registry string
	Err      error
}

// Error names the registry.
func (e *UnavailableError) Error() string {
	return fmt.Sprintf("the registry %s cannot be asked: %v", e.Registry, e.Err)
}

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// visit is one conversation about an artifact. It ends when nothing moves any
// more, and tells the log what it waits for.
type visit struct {
	of       config.Artifact
	patience patience
	asked    context.Context // the caller's
	ctx      context.Context
	cancel   context.CancelCauseFunc
	dead     *time.Timer
	log      hclog.Logger
	awaited  atomic.Pointer[awaited]
	finished chan struct{}
	reporter sync.WaitGroup
	network  *http.Transport // nil until there is a registry to talk to
}

// awaited is what a visit waits for.
type awaited struct {
	what string
	size int64 // in bytes; 0: it is not known
	done atomic.Int64
}

func (s *Source) visit(ctx context.Context, a config.Artifact) *visit {
	v := &visit{of: a, patience: usual, asked: ctx, log: s.log(), finished: make(chan struct{})}
	if s.patience != nil {
		v.patience = *s.patience
	}
	v.ctx, v.cancel = context.WithCancelCause(ctx)
	v.dead = time.AfterFunc(v.patience.stall, func() { v.cancel(fmt.Errorf("nothing has come from it for %v", v.patience.stall)) })
	v.await("the registry", 0)
	v.reporter.Go(v.report)
	return v
}

// end gives everything back.
func (v *visit) end() {
	v.dead.Stop()
	v.cancel(nil)
	close(v.finished)
	v.reporter.Wait()
	if v.network != nil {
		v.network.CloseIdleConnections()
	}
}

// await notes what is waited for from now on; size is 0 if it is not known.
func (v *visit) await(what string, size int64) { v.awaited.Store(&awaited{what: what, size: size}) }

// report tells the log what is waited for, as long as that is.
func (v *visit) report() {
	began := time.Now()
	tick := time.NewTicker(v.patience.moment)
	defer tick.Stop()
	for {
		select {
		case <-v.finished:
			return
		case now := <-tick.C:
			if now.Sub(began) > v.patience.longest {
				v.cancel(fmt.Errorf("it has taken longer than %v", v.patience.longest))
			}
		}
		w := v.awaited.Load()
		if w.size > 0 {
			v.log.Info("waiting for a module from a registry", "artifact", v.of.String(), "for", w.what, "bytes", w.done.Load(), "of", w.size)
		} else {
			v.log.Info("waiting for a module from a registry", "artifact", v.of.String(), "for", w.what)
		}
	}
}

// moved notes that n bytes have come or gone.
func (v *visit) moved(n int) {
	v.dead.Reset(v.patience.stall)
	v.awaited.Load().done.Add(int64(n))
}

// explain makes an error that says whether it was the registry that is away.
func (v *visit) explain(err error) error {
	if err == nil || v.of.Layout != "" {
		return err
	}
	if v.asked.Err() != nil {
		return context.Cause(v.asked)
	}
	if cause := context.Cause(v.ctx); cause != nil {
		return &UnavailableError{v.of.Registry, cause}
	}
	var refused *plainError
	if errors.As(err, &refused) {
		return refused
	}
	var answer *errcode.ErrorResponse
	if errors.As(err, &answer) && (answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden) ||
		errors.Is(err, auth.ErrBasicCredentialNotFound) {
		return fmt.Errorf("%w: the credentials are those that docker login leaves in $DOCKER_CONFIG/config.json or ~/.docker/config.json", err)
	}
	var network net.Error
	var request *url.Error
	switch {
	case errors.As(err, &answer):
		if s := answer.StatusCode; s < 500 && s != http.StatusTooManyRequests && s != http.StatusRequestTimeout {
			return err
		}
	case !errors.As(err, &request) && !errors.As(err, &network) && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	}
	return &UnavailableError{v.of.Registry, err}
}
