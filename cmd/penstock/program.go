package main

import (
	"github.com/penstock-db/penstock/admin"
	"github.com/penstock-db/penstock/cmd/penstock/modules"
	"github.com/penstock-db/penstock/engine/config"
)

// program is what the REST API tells of this program.
func (d *daemon) program(cfg *config.Config) admin.Program {
	v, commit := buildInfo()
	p := admin.Program{Version: v, Commit: commit, Started: d.started, Config: cfg, Process: d.process, Log: d.out}
	for _, plugin := range modules.Plugins() {
		p.Plugins = append(p.Plugins, admin.Plugin(plugin))
	}
	return p
}
