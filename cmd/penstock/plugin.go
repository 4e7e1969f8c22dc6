package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/cmd/penstock/ctl"
	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

func newPlugin() *cobra.Command {
	cmd := ctl.Group("plugin", "Begin, look at, test, run, measure and publish plugins")
	cmd.AddCommand(newInspect(), newPluginTest(), newPluginRun(), newPluginBench(), newPluginNew(), newPluginSDK(), newPack(), newPluginPush())
	return cmd
}

// pluginFlags are what the commands about a plugin have in common.
type pluginFlags struct {
	options string
	files   map[string]string
	plugin  string
	timeout time.Duration
	memory  int64
	output  string
}

func (f *pluginFlags) add(cmd *cobra.Command) {
	f.addDefinition(cmd)
	cmd.Flags().DurationVar(&f.timeout, "timeout", 0, "time budget of a call (default 10ms)")
}

// addDefinition adds what a command needs that starts a plugin and calls no hook.
func (f *pluginFlags) addDefinition(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.options, "options", "{}", "the definition's options, as `JSON`, or @FILE to read them from there")
	flags.StringToStringVar(&f.files, "file", nil, "an option that is the text of a file, as `OPTION=PATH`; may be given several times")
	flags.StringVar(&f.plugin, "plugin", "", "which plugin of the module, if it holds several")
	flags.Int64Var(&f.memory, "memory", 0, "cap of an instance's memory in `bytes` (default 32 MiB)")
}

func (f *pluginFlags) addOutput(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.output, "output", "o", "table", "how to print: table or json")
}

// read reads the module and the options, and returns what the flags say of the definition.
func (f *pluginFlags) read(cmd *cobra.Command, name string) (code []byte, def wasm.Definition, err error) {
	if f.output != "" && f.output != "table" && f.output != "json" {
		return nil, def, fmt.Errorf("--output %s: it is table or json", f.output)
	}
	code, builtIn, err := readModule(cmd.Context(), cmd.ErrOrStderr(), name)
	if err != nil {
		return nil, def, err
	}
	options := []byte(f.options)
	if file, ok := strings.CutPrefix(f.options, "@"); ok {
		if options, err = os.ReadFile(file); err != nil {
			return nil, def, fmt.Errorf("--options: %w", err)
		}
	}
	if !json.Valid(options) {
		return nil, def, fmt.Errorf("--options %s: not JSON", f.options)
	}
	if options, err = withFiles(options, f.files); err != nil {
		return nil, def, err
	}
	def = wasm.Definition{Name: name, Plugin: f.plugin, Options: options, Limits: wasm.Limits{Call: f.timeout, Memory: f.memory}}
	if builtIn {
		def.Plugin = cmp.Or(def.Plugin, name) // built-in plugins share a module
	}
	return code, def, nil
}

// withFiles puts the texts of files among the options.
func withFiles(options []byte, files map[string]string) ([]byte, error) {
	if len(files) == 0 {
		return options, nil
	}
	var all map[string]any
	decoder := json.NewDecoder(bytes.NewReader(options))
	decoder.UseNumber()
	if err := decoder.Decode(&all); err != nil || all == nil {
		return nil, fmt.Errorf("--options %s: with --file they have to be an object", options)
	}
	for option, path := range files {
		if _, both := all[option]; both {
			return nil, fmt.Errorf("--file %s: the option is in --options too", option)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("--file: %w", err)
		}
		all[option] = string(text)
	}
	return json.Marshal(all)
}

// newRuntime keeps compiled code where the daemon does by default: a module that
// is tried again and again is compiled once.
func newRuntime(trace func(*wasm.Crossing)) (*wasm.Runtime, error) {
	return wasm.NewRuntime(wasm.Config{Trace: trace, CacheDir: new(config.Plugins).CachePath()})
}

// start loads the module and starts the definition; close gives both back.
func start(ctx context.Context, code []byte, def wasm.Definition, trace func(*wasm.Crossing)) (t *wasm.Template, done func(), err error) {
	r, err := newRuntime(trace)
	if err != nil {
		return nil, nil, err
	}
	end := func() { r.Close(context.WithoutCancel(ctx)) }
	m, err := r.Load(ctx, def.Name, code)
	if err != nil {
		end()
		return nil, nil, err
	}
	defer m.Close()
	if t, err = m.Template(ctx, def); err != nil {
		end()
		return nil, nil, err
	}
	return t, func() { t.Close(); end() }, nil
}

// services are what a definition has without a configuration.
func services(log func(abi.LogLevel, string)) wasm.Services {
	return wasm.Services{KV: wasm.NewKV(wasm.KVLimits{}), Metrics: wasm.NewMetrics(), Sinks: &wasm.Sinks{}, Log: log}
}

// printJSON writes v for machines.
func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
