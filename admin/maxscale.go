package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/penstock-db/penstock/admin/process"
	"github.com/penstock-db/penstock/engine/config"
)

// programAttributes are those of the resources maxscale and penstock.
type programAttributes struct {
	Version     string            `json:"version"`
	Commit      string            `json:"commit"`
	StartedAt   *string           `json:"started_at"`
	ActivatedAt *string           `json:"activated_at"` // there is no passive mode: the same
	Uptime      int64             `json:"uptime"`       // seconds
	Now         string            `json:"process_datetime"`
	ConfigFile  *string           `json:"config_file"`
	ConfigSync  *struct{}         `json:"config_sync"` // null: there is none
	Parameters  programParameters `json:"parameters"`
	System      systemAttributes  `json:"system"`
}

type systemAttributes struct {
	Machine  machineAttributes `json:"machine"`
	OS       osAttributes      `json:"os"`
	MaxScale runningAttributes `json:"maxscale"`
}

type machineAttributes struct {
	CoresAvailable  int     `json:"cores_available"`
	CoresPhysical   int     `json:"cores_physical"`
	CoresVirtual    float64 `json:"cores_virtual"`
	MemoryAvailable *int64  `json:"memory_available"` // bytes
	MemoryPhysical  *int64  `json:"memory_physical"`
}

type osAttributes struct {
	Machine  string `json:"machine"`
	NodeName string `json:"nodename"`
	Release  string `json:"release"`
	SysName  string `json:"sysname"`
	Version  string `json:"version"`
}

// runningAttributes are how the program uses the machine.
type runningAttributes struct {
	Threads        *int64 `json:"threads"` // that can run Go code at one time
	Goroutines     *int64 `json:"goroutines"`
	StatementCache int64  `json:"query_classifier_cache_size"` // bytes, the most of all services together
}

// programParameters are what the configuration says about the program as a
// whole, by its sections.
type programParameters struct {
	Admin   adminParameters   `json:"admin"`
	Log     logSettings       `json:"log"`
	Plugins pluginsParameters `json:"plugins"`
	Proxy   proxyParameters   `json:"proxy"`
}

type adminParameters struct {
	Address    string `json:"address"`
	DNSTimeout string `json:"dns_timeout"`
	Enabled    bool   `json:"enabled"`
	TLS        bool   `json:"ssl"`
}

type logSettings struct {
	File   *string `json:"file"`
	Format string  `json:"format"`
	Level  string  `json:"level"`
}

type pluginsParameters struct {
	CacheDir  *string `json:"cache_dir"`
	ParkAfter string  `json:"park_after"`
	Watch     bool    `json:"watch"`
}

type proxyParameters struct {
	DrainTimeout string `json:"drain_timeout"`
}

func newProgramParameters(c *config.Config) programParameters {
	if c == nil {
		c = &config.Config{}
	}
	return programParameters{
		Admin:   adminParameters{c.Admin.Address, duration(c.Admin.DNSTimeout), c.Admin.Enabled, c.Admin.TLS != nil},
		Log:     logSettings{known(c.Log.File), c.Log.Format, c.Log.Level},
		Plugins: pluginsParameters{known(c.Plugins.CacheDir), duration(c.Plugins.ParkAfter), c.Plugins.Watch},
		Proxy:   proxyParameters{duration(c.Proxy.DrainTimeout)},
	}
}

// getProgram answers GET /v1/maxscale and GET /v1/penstock.
func (a *API) getProgram(name string) handler {
	return func(_ context.Context, r *request) (*document, error) {
		res := resource{ID: name, Type: name, Attributes: a.programAttributes(time.Now()), Links: links{Self: r.base + "/" + name + "/"}}
		return &document{Data: res, Links: res.Links}, nil
	}
}

func (a *API) programAttributes(now time.Time) programAttributes {
	p := &a.opts.Program
	attrs := programAttributes{Version: p.Version, Commit: p.Commit, Parameters: newProgramParameters(p.Config),
		Now: now.UTC().Format(http.TimeFormat), System: newSystemAttributes(process.ThisMachine(), process.ThisOS())}
	if p.Config != nil {
		attrs.ConfigFile = known(p.Config.File)
	}
	attrs.StartedAt, attrs.ActivatedAt = httpTime(p.Started), httpTime(p.Started)
	if !p.Started.IsZero() {
		attrs.Uptime = int64(now.Sub(p.Started) / time.Second)
	}
	if f, ok := a.figures(); ok {
		attrs.System.MaxScale.Threads, attrs.System.MaxScale.Goroutines = figure(int64(f.Threads)), figure(int64(f.Goroutines))
	}
	for _, s := range a.proxy.Services() {
		attrs.System.MaxScale.StatementCache += s.Statements.MaxBytes
	}
	return attrs
}

func newSystemAttributes(m process.Machine, o process.OS) systemAttributes {
	return systemAttributes{
		Machine: machineAttributes{m.CoresAvailable, m.Cores, m.CoresVirtual, figure(m.MemoryAvailable), figure(m.Memory)},
		OS:      osAttributes{o.Machine, o.Node, o.Release, o.Name, o.Version},
	}
}

// figures are those of the process, if there is somebody to tell them.
func (a *API) figures() (f process.Figures, ok bool) {
	if a.opts.Program.Process == nil {
		return f, false
	}
	return a.opts.Program.Process.Figures(), true
}

// figure makes a figure that is not known null.
func figure(n int64) *int64 {
	if n == process.Unknown {
		return nil
	}
	return &n
}
