package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/modules"
	"github.com/penstock-db/penstock/docs"
	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// around is the configuration that the fragments of the documents are about.
const around = `
[admin]
address = "127.0.0.1:0"
password = "penstock"
[servers]
primary.address = "127.0.0.1:1"
replica.address = "127.0.0.1:2"
db1.address = "127.0.0.1:3"
db2.address = "127.0.0.1:4"
db3.address = "127.0.0.1:5"
[filters.hide]
module = "regexfilter"
options = {match = "a", replace = "b"}
[services.app]
router = "readconnroute"
servers = ["primary", "replica"]
user = "penstock"
password_env = "PENSTOCK_PASSWORD"
[services.reports]
router = "readconnroute"
servers = ["primary", "replica"]
user = "penstock"
password_env = "PENSTOCK_PASSWORD"
[listeners.app]
service = "app"
address = "127.0.0.1:4006"
`

// whole is what a configuration has that stands alone.
var whole = regexp.MustCompile(`(?ms)^\[servers\..*^\[services\..*^\[listeners\.`)

// Configurations are read as they stand in the documents, fragments as an
// overlay of the configuration around them, and their plugins accept their options.
func TestConfigurationsOfDocuments(t *testing.T) {
	t.Setenv("PENSTOCK_PASSWORD", "penstock")
	t.Setenv("APP_PASSWORD", "app")
	certificates, err := mariadbtest.MakeCertificates(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(certificates.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	r, err := newRuntime(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(t.Context())
	built := builtIns{r: r, loaded: map[string]*wasm.Module{}}
	defer built.close()
	for _, b := range docs.Blocks(t) {
		dir := t.TempDir()
		for name, text := range map[string]string{"penstock.password": "penstock\n", "noddl.lua": noDDL, "mask.lua": "function row(r, values) end", "mask.js": "function row(r, values) {}", "etc/ssl/db-ca.pem": string(ca), "var/log/penstock/.keep": ""} {
			writeFile(t, filepath.Join(dir, name), text)
		}
		text := strings.NewReplacer(`"/etc/`, `"`+dir+`/etc/`, `"/var/`, `"`+dir+`/var/`, // files of the whole machine
			"$2a$12$…", "$2a$12$4p0pMkXVWn4NfsTpKrMcEO7nDAqnGsRdKQ9QJXyBrLIYCkZyTj8Wu").Replace(b.Text())
		file := filepath.Join(dir, "config.toml")
		if whole.MatchString(text) {
			writeFile(t, file, text)
		} else {
			writeFile(t, file, around)
			writeFile(t, config.OverlayPath(file), text)
		}
		c, err := config.Load(file)
		if err != nil {
			t.Errorf("%s: %v", b, err)
			continue
		}
		for name, f := range c.Filters {
			if err := initialise(t, &built, abi.KindFilter, &f.Plugin); err != nil {
				t.Errorf("%s: filter %s: %v", b, name, err)
			}
		}
		for name, s := range c.Services {
			if err := initialise(t, &built, abi.KindRouter, &s.Router); err != nil {
				t.Errorf("%s: router of %s: %v", b, name, err)
			}
		}
	}
}

// noDDL is a script that has the option of the documents' configurations.
const noDDL = `function setup(o) o.string("message") end function query(q) end`

// builtIns are the modules of built-in plugins, each loaded once.
type builtIns struct {
	r      *wasm.Runtime
	loaded map[string]*wasm.Module
}

func (b *builtIns) load(t *testing.T, plugin string) (*wasm.Module, error) {
	file := "regexfilter" // which is in the same module as most
	if plugin == "luafilter" || plugin == "jsfilter" {
		file = plugin
	}
	if b.loaded[file] == nil {
		code, err := fs.ReadFile(modules.FS(), file+".wasm")
		if err != nil {
			return nil, err
		}
		m, err := b.r.Load(t.Context(), file, code)
		if err != nil {
			return nil, err
		}
		b.loaded[file] = m
	}
	return b.loaded[file], nil
}

func (b *builtIns) close() {
	for _, m := range b.loaded {
		m.Close()
	}
}

// initialise starts a definition of a built-in plugin as Penstock does.
func initialise(t *testing.T, built *builtIns, kind abi.Kind, p *config.Plugin) error {
	t.Helper()
	if p.IsArtifact() {
		return nil // its name was read; what is in the example's registry nobody knows
	}
	if p.IsFile() {
		return fmt.Errorf("%s is not built in: say in this test what such a module is", p.Module)
	}
	def := wasm.Definition{Name: p.Module, Plugin: p.Module, Kind: kind, Options: p.Options, Services: services(nil)}
	if def.Services.Sinks = nil; len(p.Sinks) > 0 {
		sinks, err := wasm.OpenSinks(p.Sinks)
		if err != nil {
			return err
		}
		defer sinks.Close()
		def.Services.Sinks = sinks
	}
	m, err := built.load(t, p.Module)
	if err != nil {
		return err
	}
	tp, err := m.Template(t.Context(), def)
	if err == nil {
		tp.Close()
	}
	return err
}

// The conformance kit is called as the document says, about a plugin that passes.
func TestConformanceKitInGo(t *testing.T) {
	dir := t.TempDir()
	text := "package document\n\nimport (\n\t\"os\"\n\t\"testing\"\n\n\t\"github.com/penstock-db/penstock/wasm/tck\"\n)\n\n"
	for _, b := range docs.Blocks(t) {
		text += b.Text()
	}
	source, test := filepath.Join(dir, "document_test.go"), filepath.Join(dir, "document.test")
	writeFile(t, source, text)
	// It is compiled as a package of this module, which is not on disk.
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root(t), "wasm/tck/document/document_test.go"): source}})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "overlay"), string(overlay))
	code, err := os.ReadFile(nodrop(t, "", ""))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "nodrop.wasm"), string(code))
	build := exec.Command("go", "test", "-vet=off", "-overlay", filepath.Join(dir, "overlay"), "-c", "-o", test, "./wasm/tck/document")
	build.Dir = root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := exec.Command(test, "-test.v")
	run.Dir = dir
	if out, err := run.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestConforms") {
		t.Errorf("%v\n%s", err, out)
	}
}

func writeFile(t *testing.T, file, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file, []byte(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
