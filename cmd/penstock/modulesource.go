package main

import (
	"context"
	"io"

	"github.com/penstock-db/penstock/cmd/penstock/modules"
	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/module"
)

// moduleSource is where commands without a configuration have modules from. What
// it waits for is printed to errs.
func moduleSource(errs io.Writer) *module.Source {
	return &module.Source{BuiltIn: modules.FS(), Cache: new(config.Plugins).CachePath(), Log: newLogger(config.Log{Level: "notice", Format: "text"}, errs)}
}

// readModule reads a module by the name that a configuration would give it.
func readModule(ctx context.Context, errs io.Writer, name string) (code []byte, builtIn bool, err error) {
	p := &config.Plugin{Module: name}
	code, err = moduleSource(errs).Read(ctx, p)
	return code, p.IsBuiltIn(), err
}
