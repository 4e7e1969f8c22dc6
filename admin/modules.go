package admin

import (
	"cmp"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/penstock-db/penstock/engine"
	"github.com/penstock-db/penstock/engine/config"
)

type moduleAttributes struct {
	Type        string            `json:"module_type"` // Router, Filter or Monitor
	Version     string            `json:"version"`
	Description string            `json:"description"`
	Author      *string           `json:"author"` // null: not said, as are the others
	License     *string           `json:"license"`
	API         string            `json:"api"`      // router, filter or monitor
	ABI         *string           `json:"abi"`      // that the plugin was built for; null for what is no plugin, or not in use
	Maturity    string            `json:"maturity"` // MaxScale's word for built-in modules; of others nothing is known
	File        *string           `json:"file"`     // or the artifact; null: built in
	SHA256      *string           `json:"sha256"`   // of the module; null if it is not in use
	Parameters  []moduleParameter `json:"parameters"`
	Commands    []struct{}        `json:"commands"` // there are none
}

// moduleParameter is a key of the configuration.
type moduleParameter struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Default     any      `json:"default_value"`
	Mandatory   bool     `json:"mandatory"`
	Modifiable  bool     `json:"modifiable"`
	Description string   `json:"description"`
	Words       []string `json:"enum_values,omitempty"`
}

// module is a module with what is made of it.
type module struct {
	id         string
	attributes moduleAttributes

	filters, services, monitors []string // that are made of it
}

// The kinds of modules as MaxScale names them.
var moduleTypes = map[string]string{"router": "Router", "filter": "Filter", "monitor": "Monitor"}

// modules lists the built-in plugins and monitors, and the plugins of files and
// artifacts that the configuration uses.
func (a *API) modules(base string) []resource {
	version := a.opts.Program.Version
	var list []*module
	built := func(name, kind, description string, parameters []moduleParameter) *module {
		m := &module{id: name, attributes: moduleAttributes{Type: moduleTypes[kind], Version: version, Description: description,
			API: kind, Maturity: "GA", Parameters: parameters, Commands: []struct{}{}}}
		list = append(list, m)
		return m
	}
	for _, p := range a.opts.Program.Plugins {
		m := built(p.Name, p.Kind, p.Description, pluginKeys)
		if p.About != nil {
			about := p.About()
			m.attributes.tell(&about)
		}
	}
	built(config.MonitorMariaDB, "monitor", "watches a primary and its replicas", monitorKeys)
	built(config.MonitorGalera, "monitor", "watches a Galera cluster", monitorKeys)

	for _, f := range a.proxy.Filters() {
		m := moduleOf(&list, "filter", &f.Config.Plugin, &f.Status)
		m.filters = append(m.filters, f.Config.Name)
	}
	for _, s := range a.proxy.Services() {
		m := moduleOf(&list, "router", &s.Config.Router, &s.Router)
		m.services = append(m.services, s.Config.Name)
	}
	for _, w := range a.proxy.Monitors() {
		for _, m := range list {
			if m.attributes.API == "monitor" && m.id == w.Config.Module {
				m.monitors = append(m.monitors, w.Config.Name)
			}
		}
	}
	distinguish(list)
	slices.SortStableFunc(list, func(a, b *module) int { return cmp.Compare(a.id, b.id) })
	out := make([]resource, len(list))
	for i, m := range list {
		out[i] = newResource(base, typeModules, m.id, m.attributes)
		for kind, names := range map[string][]string{typeFilters: m.filters, typeServices: m.services, typeMonitors: m.monitors} {
			out[i].relate(top(base), kind, names)
		}
	}
	return out
}

// moduleOf finds the module that a definition is made of, or adds it: a file's
// is known by its path and plugin. A definition tells what only one that is in
// use knows.
func moduleOf(list *[]*module, kind string, p *config.Plugin, st *engine.PluginStatus) *module {
	i := slices.IndexFunc(*list, func(m *module) bool {
		if !p.IsBuiltIn() {
			return m.attributes.File != nil && *m.attributes.File == p.Module && m.attributes.API == kind && m.id == fileModule(p)
		}
		return m.id == p.Module && m.attributes.API == kind
	})
	if i < 0 {
		m := &module{id: p.Module, attributes: moduleAttributes{Type: moduleTypes[kind], API: kind, Description: "a built-in plugin",
			Parameters: pluginKeys, Commands: []struct{}{}}}
		if !p.IsBuiltIn() {
			m.id = fileModule(p)
			m.attributes.File = &p.Module
			m.attributes.Description = "the plugin of a file"
			if p.IsArtifact() {
				m.attributes.Description = "the plugin of an OCI artifact"
			}
			m.attributes.Version = cmp.Or(st.About.Version, "sha256:"+hex.EncodeToString(st.Hash[:6]))
			m.attributes.tell(&st.About)
		}
		*list = append(*list, m)
		i = len(*list) - 1
	}
	m := (*list)[i]
	m.attributes.SHA256 = known(hex.EncodeToString(st.Hash[:]))
	m.attributes.ABI = known("1." + strconv.FormatUint(uint64(st.Minor), 10))
	return m
}

// fileModule names the plugin of a file or artifact: the file's name, or the
// repository's or layout's, and the plugin's if the configuration chooses one. A
// path would not do for an id: it would be many segments of a URL.
func fileModule(p *config.Plugin) string {
	path := p.Module
	if a, err := config.ParseArtifact(path); err == nil {
		path = a.Repository + a.Layout // one of them
	}
	name := filepath.Base(path)
	if p.Plugin != "" {
		name += ":" + p.Plugin
	}
	return name
}

// distinguish gives modules of the same name names of their own: with the
// beginning of the file's hash, or a number if even that is the same.
func distinguish(list []*module) {
	count := map[string]int{}
	for _, m := range list {
		count[m.id]++
	}
	taken := map[string]bool{}
	for _, m := range list {
		if count[m.id] > 1 && m.attributes.SHA256 != nil && m.attributes.File != nil {
			m.id += "@" + (*m.attributes.SHA256)[:8]
		}
		id := m.id
		for n := 2; taken[m.id]; n++ {
			m.id = id + "~" + strconv.Itoa(n)
		}
		taken[m.id] = true
	}
}

// pluginKeys are what the configuration of every filter and router has. What
// a plugin's options are, its module may say.
var pluginKeys = []moduleParameter{
	{"module", "string", nil, true, true, "name of a built-in plugin, path of a .wasm file, or an OCI artifact", nil},
	{"plugin", "string", nil, false, false, "which plugin of the module, if it has several", nil},
	{"sha256", "string", nil, false, false, "what the SHA-256 of the module has to be", nil},
	{"on_failure", "enum", nil, false, false, "what a failure of the plugin costs: close, restart or bypass", nil},
	{"timeout", "duration", duration(config.DefaultCallTimeout), false, false, "budget of one call", nil},
	{"memory", "size", config.DefaultMemory, false, false, "most memory of one instance, in bytes", nil},
	{"sinks", "list", []string{}, false, false, "files that the plugin may append to", nil},
	{"options", "table", struct{}{}, false, true, "the plugin's own options", nil},
	{"files", "table", struct{}{}, false, true, "options that are the texts of files, and their paths", nil},
}

var monitorKeys = []moduleParameter{
	{"servers", "list", nil, true, false, "names of the servers to watch", nil},
	{"user", "string", nil, true, false, "account that the servers are asked with", nil},
	{"password", "password", nil, false, false, "its password", nil},
	{"interval", "duration", "2s", false, false, "time between two looks at a server", nil},
	{"timeout", "duration", "1s", false, false, "of one look", nil},
	{"fail_count", "count", 3, false, false, "looks in a row that have to fail before a server is down", nil},
}
