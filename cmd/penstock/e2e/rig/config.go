package rig

import (
	"bytes"
	"fmt"
	"text/template"

	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// Service is one service of the generated configuration, with a listener of
// its own.
type Service struct {
	Name   string
	Router string // name of a built-in module
	// Servers are primary, replica; both if empty.
	Servers []string
	Filters []string
	// Keys are further lines of the service's section, Listener of its listener's.
	Keys, Listener string
}

// Setup is what a [Proxy] is started with.
type Setup struct {
	Primary, Replica string // addresses; no replica if empty
	Services         []Service
	Filters          string   // TOML: the [filters.*] sections
	More             string   // TOML: further sections
	LogLevel         string   // notice if empty
	LogFile          string   // standard error if empty
	Env              []string // NAME=value, beside this process's environment
}

// The administrator of the REST API.
const (
	adminUser     = "admin"
	adminPassword = "e2e"

	// Admin is that account as curl takes it.
	Admin = adminUser + ":" + adminPassword
)

var configTemplate = template.Must(template.New("config").Parse(`
[admin]
address = "{{.Admin}}"
user = "{{.AdminUser}}"
password = "{{.AdminPassword}}"

[log]
level = "{{or .LogLevel "notice"}}"
file = "{{.LogFile}}"

[servers.primary]
address = "{{.Primary}}"
{{if .Replica}}
[servers.replica]
address = "{{.Replica}}"
{{end}}
[monitors.main]
servers = ["primary"{{if .Replica}}, "replica"{{end}}]
user = "{{.User}}"
password = "{{.Password}}"
interval = "500ms"

{{.Filters}}
{{range .Listening}}
[services.{{.Name}}]
router = "{{.Router}}"
servers = [{{range $i, $s := .Servers}}{{if $i}}, {{end}}"{{$s}}"{{end}}]
filters = [{{range $i, $f := .Filters}}{{if $i}}, {{end}}"{{$f}}"{{end}}]
user = "{{$.User}}"
password = "{{$.Password}}"
{{.Keys}}
[listeners.{{.Name}}]
service = "{{.Name}}"
address = "{{.Address}}"
{{.Service.Listener}}
{{end}}
{{.More}}
`))

type listening struct {
	Service
	Address string
}

// render writes the configuration, and chooses the ports.
func (s *Setup) render() (text []byte, admin string, addresses map[string]string, err error) {
	data := struct {
		*Setup
		Admin, AdminUser, AdminPassword, User, Password string
		Listening                                       []listening
	}{Setup: s, AdminUser: adminUser, AdminPassword: adminPassword,
		User: mariadbtest.ServiceUser, Password: mariadbtest.ServicePassword}
	if data.Admin, err = address(); err != nil {
		return nil, "", nil, err
	}
	addresses = make(map[string]string)
	for _, service := range s.Services {
		if len(service.Servers) == 0 {
			service.Servers = []string{"primary"}
			if s.Replica != "" {
				service.Servers = append(service.Servers, "replica")
			}
		}
		l := listening{Service: service}
		if l.Address, err = address(); err != nil {
			return nil, "", nil, err
		}
		addresses[service.Name] = l.Address
		data.Listening = append(data.Listening, l)
	}
	var b bytes.Buffer
	if err := configTemplate.Execute(&b, data); err != nil {
		return nil, "", nil, err
	}
	return b.Bytes(), data.Admin, addresses, nil
}

func address() (string, error) {
	port, err := mariadbtest.FreePort()
	return fmt.Sprintf("127.0.0.1:%d", port), err
}
