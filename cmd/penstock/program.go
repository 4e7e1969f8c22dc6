package main

import (
	"io/fs"
	"maps"
	"sync"

	"github.com/penstock-db/penstock/admin"
	"github.com/penstock-db/penstock/cmd/penstock/modules"
	"github.com/penstock-db/penstock/engine"
	"github.com/penstock-db/penstock/engine/config"
)

// program is what the REST API tells of this program.
func (d *daemon) program(cfg *config.Config) admin.Program {
	v, commit := buildInfo()
	p := admin.Program{Version: v, Commit: commit, Started: d.started, Config: cfg, Process: d.process, Log: d.out}
	for _, plugin := range modules.Plugins() {
		p.Plugins = append(p.Plugins, admin.Plugin{Name: plugin.Name, Kind: plugin.Kind, Description: plugin.Description,
			About: func() engine.About { return builtinAbout()[plugin.Name] }})
	}
	return p
}

// builtinAbout is what the built-in plugins' modules say of them. It cannot be
// wrong: make plugins has written it. Without a module there is nothing. All modules
// are read for it, so it waits until somebody asks.
var builtinAbout = sync.OnceValue(func() map[string]engine.About {
	all := map[string]engine.About{}
	for _, name := range modules.Names() {
		if _, known := all[name]; known {
			continue // its module is another one's, too
		}
		if code, err := fs.ReadFile(modules.FS(), name+".wasm"); err == nil {
			about, _ := engine.ReadAbout(code)
			maps.Copy(all, about)
		}
	}
	return all
})
