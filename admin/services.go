package admin

import (
	"net/http"
	"slices"
	"time"

	"github.com/penstock-db/penstock/engine"
	"github.com/penstock-db/penstock/engine/config"
)

type serviceAttributes struct {
	Router      string            `json:"router"`
	State       string            `json:"state"`
	Started     string            `json:"started,omitempty"`
	Connections uint64            `json:"connections"`       // as in statistics: older clients look here
	Total       uint64            `json:"total_connections"` // likewise
	Statistics  serviceStatistics `json:"statistics"`
	Parameters  map[string]any    `json:"parameters"`
	Diagnostics pluginDiagnostics `json:"router_diagnostics"`
	Users       []serviceUser     `json:"users"`
	Listeners   []resource        `json:"listeners"`
}

// serviceUser is an account that may log in, without its password.
type serviceUser struct {
	User       string `json:"user"`
	Host       string `json:"host"`
	Plugin     string `json:"plugin"`
	Configured bool   `json:"configured"` // it is the configuration's, not the servers'
	Locked     bool   `json:"locked"`
	TLS        bool   `json:"ssl"` // demanded
}

func (a *API) services(base string) []resource {
	listeners := a.listeners(base)
	infos := a.proxy.Services()
	monitors := a.proxy.Monitors()
	out := make([]resource, 0, len(infos))
	for _, s := range infos {
		mine, names := listenersOf(s.Config.Name, listeners)
		res := newResource(base, typeServices, s.Config.Name, newServiceAttributes(s, mine))
		res.relate(base, typeServers, s.Config.Servers)
		res.relate(base, typeFilters, s.Config.Filters)
		res.relate(base, typeListeners, names)
		var watching []string
		for _, m := range monitors {
			if shareOne(m.Config.Servers, s.Config.Servers) {
				watching = append(watching, m.Config.Name)
			}
		}
		res.relate(base, typeMonitors, watching)
		res.section = s.Config
		out = append(out, res)
	}
	return out
}

func newServiceAttributes(s engine.ServiceInfo, listeners []resource) serviceAttributes {
	attrs := serviceAttributes{
		Router:      s.Config.Router.Module,
		State:       runState(s.Running),
		Connections: s.Connections,
		Total:       s.Total,
		Statistics:  newServiceStatistics(&s),
		Parameters:  serviceParameters(s.Config),
		Diagnostics: newPluginDiagnostics(&s.Router),
		Users:       make([]serviceUser, len(s.Users)),
		Listeners:   listeners,
	}
	if !s.Started.IsZero() {
		attrs.Started = s.Started.UTC().Format(http.TimeFormat)
	}
	for i, u := range s.Users {
		attrs.Users[i] = serviceUser{u.User, u.Host, u.Plugin, u.Configured, u.Locked, u.RequireTLS}
	}
	return attrs
}

// serviceParameters names what is configured as the configuration names it,
// the router's options among them; passwords are stars.
func serviceParameters(c *config.Service) map[string]any {
	p := map[string]any{
		"user":                   c.User,
		"password":               c.Password,
		"load_users":             c.LoadUsers,
		"max_connections":        c.MaxConnections,
		"connection_timeout":     duration(c.ConnectionTimeout),
		"net_timeout":            duration(c.NetTimeout),
		"max_history":            c.MaxHistory,
		"retain_last_statements": c.RetainLastStatements,
		"session_trace":          c.SessionTrace,
		"local_infile":           c.LocalInfile,
		"allow_replication":      c.AllowReplication,
		"version_string":         c.VersionString,
		"log_debug":              c.LogFlags.Debug,
		"log_error":              c.LogFlags.Error,
		"log_info":               c.LogFlags.Info,
		"log_notice":             c.LogFlags.Notice,
		"log_warning":            c.LogFlags.Warning,
		"router":                 pluginParameters(&c.Router),
	}
	return p
}

// listenersOf picks the listeners of a service, for its attributes and its
// relationship.
func listenersOf(service string, all []resource) (mine []resource, names []string) {
	mine = []resource{}
	for _, l := range all {
		if l.Attributes.(listenerAttributes).Parameters.Service == service {
			mine = append(mine, l)
			names = append(names, l.ID)
		}
	}
	return mine, names
}

// shareOne reports whether two lists of names have one in common.
func shareOne(a, b []string) bool {
	return slices.ContainsFunc(a, func(name string) bool { return slices.Contains(b, name) })
}

func runState(running bool) string {
	if running {
		return "Started"
	}
	return "Stopped"
}

// duration prints a duration as the configuration takes it.
func duration(d time.Duration) string { return d.String() }
