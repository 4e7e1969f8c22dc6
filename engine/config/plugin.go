package config

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/penstock-db/penstock/wasm/spelling"
)

// Limits of a plugin by default, and what an administrator can make of them.
const (
	DefaultCallTimeout = 10 * time.Millisecond
	DefaultMemory      = 32 << 20

	maxPluginMemory = 4 << 30 // what 32-bit WebAssembly can address
)

// IsFile reports whether Module is the path of a file rather than the name of
// a built-in module or of an OCI artifact.
func (p *Plugin) IsFile() bool {
	return !p.IsArtifact() && (strings.Contains(p.Module, "/") || strings.HasSuffix(p.Module, ".wasm"))
}

// IsBuiltIn reports whether Module is the name of a built-in module.
func (p *Plugin) IsBuiltIn() bool { return !p.IsFile() && !p.IsArtifact() }

func readFilter(t *table) *Filter { return &Filter{Name: t.name, Plugin: readPlugin(t)} }

// readPlugin reads the keys that filters and routers have in common.
func readPlugin(t *table) Plugin {
	p := Plugin{Module: t.required("module", `write the name of a built-in module, or the path of a .wasm file, like "./my.wasm"`)}
	t.module("module", &p)
	p.Plugin = t.str("plugin", "")
	if p.Plugin != "" && p.Plugin != p.Module && p.Module != "" && p.IsBuiltIn() {
		t.fail("plugin", fmt.Sprintf("the built-in module %q has no plugin %q", p.Module, p.Plugin), "leave it out")
	}
	p.SHA256 = strings.ToLower(t.str("sha256", ""))
	if t.has("sha256") && isString(t.values["sha256"]) {
		if sum, err := hex.DecodeString(p.SHA256); err != nil || len(sum) != 32 {
			t.fail("sha256", "this is not a SHA-256 sum", "write its 64 hexadecimal digits, as sha256sum prints them")
		} else if p.Module != "" && p.IsBuiltIn() {
			t.fail("sha256", "a built-in module cannot be pinned: it is a part of penstock", "leave it out")
		}
	}
	p.OnFailure = t.oneOf("on_failure", "", "close", "restart", "bypass")
	p.Timeout = t.duration("timeout", DefaultCallTimeout, time.Microsecond)
	p.Memory = t.size("memory", DefaultMemory, 64<<10, maxPluginMemory)
	sinks, places := t.strings("sinks")
	for i, s := range sinks {
		path := t.r.path(s)
		if slices.Contains(p.Sinks, path) {
			t.r.fail(places[i], t.full("sinks"), fmt.Sprintf("%q is listed twice", s), "leave one of them out")
		}
		p.Sinks = append(p.Sinks, path)
	}
	p.Options, p.Files = t.options("options", "files")
	t.hint = func(key string) string {
		if spelling.Nearest(key, t.known) != "" {
			return ""
		}
		return fmt.Sprintf("options of the plugin belong into [%s.options]", t.path)
	}
	t.finish()
	return p
}

// module resolves the path of a module's file and makes sure that it is there.
func (t *table) module(key string, p *Plugin) {
	switch {
	case p.IsArtifact():
		t.artifact(key, p)
		return
	case p.IsBuiltIn():
		return
	case strings.Contains(p.Module, "://"):
		t.fail(key, fmt.Sprintf("%q is neither the path of a file nor the name of an OCI artifact", p.Module), `an artifact in a registry is "oci://registry.example.com/team/mask:1.2"`)
		return
	}
	p.Module = t.r.path(p.Module)
	if !strings.Contains(p.Module, "/") {
		p.Module = "./" + p.Module
	}
	switch info, err := os.Stat(p.Module); {
	case err != nil:
		t.fail(key, err.Error(), "relative paths begin at the configuration file's directory; built-in modules have no slash and no .wasm")
	case !info.Mode().IsRegular():
		t.fail(key, p.Module+" is not a file", "write the path of a .wasm file")
	}
}

// options returns a sub-table as JSON, and the files whose texts are among them. What may
// be in it is the plugin's business, which it checks when it is loaded.
func (t *table) options(key, filesKey string) (text []byte, files []OptionFile) {
	t.note(key, "table", "{}")
	values := maps.Clone(t.sub(key).values)
	if values == nil {
		values = map[string]any{}
	}
	files = t.optionFiles(filesKey, values)
	v, err := plain(values)
	if err == nil {
		if text, err = json.Marshal(v); err == nil {
			return text, files
		}
	}
	t.fail(key, err.Error(), "write it as a string")
	return []byte("{}"), files
}

var (
	errTime   = errors.New("dates and times cannot be passed to a plugin")
	errNumber = errors.New("infinity and NaN cannot be passed to a plugin")
)

// plain returns v if JSON can say it.
func plain(v any) (any, error) {
	switch v := v.(type) {
	case time.Time:
		return nil, errTime
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errNumber
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if _, err := plain(v[k]); err != nil {
				return nil, fmt.Errorf("%s: %w", k, err)
			}
		}
	case []any:
		for i := range v {
			if _, err := plain(v[i]); err != nil {
				return nil, err
			}
		}
	case []map[string]any:
		for i := range v {
			if _, err := plain(v[i]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}
