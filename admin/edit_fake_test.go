package admin

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/penstock-db/penstock/engine"
	"github.com/penstock-db/penstock/engine/config"
)

// editableConfig is a configuration in which everything is used.
const editableConfig = `
[admin]
password = "penstock"
[servers.primary]
address = "10.0.0.1:3306"
[servers.replica]
socket = "/run/mysqld/mysqld.sock"
weight = 2
[servers.spare]
address = "10.0.0.3:3306"
[servers.spare.tls]
verify_peer = false
[monitors.watch]
servers = ["primary", "replica"]
user = "penstock"
password = "hunter2"
[filters.hide]
module = "regexfilter"
[filters.hide.options]
match = "card"
replace = "x"
api_token = "hunter2"
[filters.log]
module = "qlafilter"
[services.app]
router = "readwritesplit"
servers = ["primary", "replica"]
filters = ["hide"]
user = "penstock"
password_env = "PENSTOCK_TEST_PASSWORD"
[services.other]
router = "readconnroute"
servers = ["primary"]
[[services.other.users]]
name = "app"
password = "hunter2"
[listeners.app]
service = "app"
address = "127.0.0.1:4006"
[listeners.other]
service = "other"
socket = "/run/penstock.sock"
`

// desk is an editor and the engine that it edits: resources are what the
// configuration says.
type desk struct {
	*fakeProxy
	editing sync.Mutex
	reading sync.Mutex
	file    string
	overlay *config.Overlay
	cfg     *config.Config
	refuse  error // what the engine says of every change
}

func newDesk(t testing.TB, sessions ...engine.Snapshot) *desk {
	t.Helper()
	t.Setenv("PENSTOCK_TEST_PASSWORD", "hunter2")
	d := &desk{fakeProxy: newFake(sessions...), file: filepath.Join(t.TempDir(), "penstock.toml")}
	if err := os.WriteFile(d.file, []byte(editableConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.overlay, err = config.ReadOverlay(d.file); err != nil {
		t.Fatal(err)
	}
	if d.cfg, err = d.overlay.Load(); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) Edit(_ context.Context, change func(*config.Config, *config.Overlay) error) error {
	d.editing.Lock()
	defer d.editing.Unlock()
	next := d.overlay.Clone()
	if err := change(d.cfg, next); err != nil {
		return err
	}
	cfg, err := next.Load()
	if err != nil {
		return err
	}
	for _, f := range cfg.Filters {
		if strings.Contains(string(f.Options), "refused") {
			return errors.New(`filter "` + f.Name + `": the plugin's own words`)
		}
	}
	if d.refuse != nil {
		return d.refuse
	}
	if err := next.Save(); err != nil {
		return err
	}
	d.reading.Lock()
	defer d.reading.Unlock()
	d.cfg, d.overlay = cfg, next
	return nil
}

func (d *desk) config() *config.Config {
	d.reading.Lock()
	defer d.reading.Unlock()
	return d.cfg
}

func (d *desk) Services() (list []engine.ServiceInfo) {
	for _, c := range inOrder(d.config().Services) {
		list = append(list, engine.ServiceInfo{Config: c, Running: !c.Stopped})
	}
	return list
}

func (d *desk) Servers() (list []engine.ServerInfo) {
	for _, c := range inOrder(d.config().Servers) {
		list = append(list, engine.ServerInfo{Config: c, Monitor: d.watching(c.Name)})
	}
	return list
}

func (d *desk) Filters() (list []engine.FilterInfo) {
	for _, c := range inOrder(d.config().Filters) {
		list = append(list, engine.FilterInfo{Config: c})
	}
	return list
}

func (d *desk) Listeners() (list []engine.ListenerInfo) {
	for _, c := range inOrder(d.config().Listeners) {
		list = append(list, engine.ListenerInfo{Config: c, Running: !c.Stopped})
	}
	return list
}

func (d *desk) Monitors() (list []engine.MonitorInfo) {
	for _, c := range inOrder(d.config().Monitors) {
		list = append(list, engine.MonitorInfo{Config: c, Running: !c.Stopped})
	}
	return list
}

func deskAPI(t testing.TB, d *desk) *API {
	return newTestAPI(t, d, func(o *Options) { o.Editor = d })
}

func inOrder[T any](m map[string]T) (list []T) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, m[name])
	}
	return list
}

func (d *desk) watching(server string) string {
	for _, m := range d.config().Monitors {
		if slices.Contains(m.Servers, server) {
			return m.Name
		}
	}
	return ""
}
