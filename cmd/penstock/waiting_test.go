package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"testing"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/module/registrytest"
)

// A registry that does not answer keeps nobody from stopping Penstock at its start.
func TestSignalWhileARegistryIsWaitedFor(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	r := registrytest.New(t)
	asked := make(chan bool, 10)
	r.Answer(func(_ http.ResponseWriter, q *http.Request) bool {
		asked <- true
		<-q.Context().Done()
		return true
	})
	file := writeConfig(t, base+fmt.Sprintf("\n[filters.mask]\nmodule = %q\n[plugins]\ncache_dir = \"off\"\n", r.Name("1")))
	tr := startDaemon(t, file, func(_ *fakeProxy, d *daemon) { d.open = openEngine })
	<-asked
	tr.signals <- syscall.SIGHUP // no reason to end
	tr.signals <- syscall.SIGTERM
	if err := tr.expectEnd(t); err != nil {
		t.Error(err)
	}
	tr.log.await(t, "stopping: signal=")
}

// The same in the middle of a reload; and what SIGHUP asks for meanwhile is done after it.
func TestSignalsDuringReload(t *testing.T) {
	var waiting context.Context
	goOn := make(chan error)
	tr := startDaemon(t, writeConfig(t, base), func(p *fakeProxy, d *daemon) {
		d.open = func(ctx context.Context, _ *config.Config, _ logger) (proxy, error) {
			waiting = ctx
			return p, nil
		}
		p.reloading = func() error {
			select {
			case err := <-goOn:
				return err
			case <-waiting.Done():
				return waiting.Err()
			}
		}
	})
	tr.expectCalls(t, "start")
	tr.log.await(t, "penstock is ready")
	tr.signals <- syscall.SIGHUP
	tr.expectCalls(t, "reload")
	tr.signals <- syscall.SIGHUP
	goOn <- errors.New("not this time")
	tr.expectCalls(t, "reload")
	tr.signals <- syscall.SIGTERM
	tr.expectCalls(t, "drain", "close")
	if err := tr.expectEnd(t); err != nil {
		t.Error(err)
	}
	tr.log.await(t, "canceled")
}
