package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// describedModule is the filter that is written by hand, with metadata that says
// that it has one option and no other.
func describedModule(t *testing.T) string {
	t.Helper()
	module := assemble(t, handWritten(t))
	document := filepath.Join(t.TempDir(), "plugin.json")
	must(t, os.WriteFile(document, []byte(`{"version": "1.2.0", "author": "A. Nybody", "license": "MIT", "plugins": {"nodrop": {
		"description": "keeps tables",
		"options": {"additionalProperties": false, "properties": {"timeout": {"type": "boolean", "description": "not the definition's"}}}}}}`), 0o600))
	penstock(t, 0, "plugin", "pack", module, document)
	return module
}

// A typo in an option of a file's plugin is found by check, and by the REST API
// at the option; nothing of the module has to run for it. What the API lists of
// the module is what it says of itself.
func TestMetadataOfAFile(t *testing.T) {
	module := describedModule(t)
	config := filepath.Join(t.TempDir(), "penstock.toml")
	text := fmt.Sprintf(`[servers.db]
address = "127.0.0.1:1"
[filters.keep]
module = %q
[filters.keep.options]
timout = true
[services.s]
servers = ["db"]
filters = ["keep"]
users = [{ name = "app", password = "app" }]
router = "readconnroute"
[listeners.l]
service = "s"
address = "127.0.0.1:0"
`, module)
	must(t, os.WriteFile(config, []byte(text), 0o600))
	_, out := penstock(t, 1, "check", "-c", config)
	if want := config + `:6: filters.keep.options.timout: unknown option "timout"; did you mean "timeout"?` + "\n"; out != want {
		t.Errorf("check:\n%swant\n%s", out, want)
	}

	p := rig.Start(t, rig.Setup{Primary: primary.Addr, Filters: fmt.Sprintf("[filters.keep]\nmodule = %q\n", module),
		Services: []rig.Service{{Name: "app", Router: "readconnroute", Filters: []string{"keep"}}}})
	for _, c := range []struct{ name, parameters, pointer, detail string }{
		{"an option", `"options":{"timout":true}`, "/data/attributes/parameters/options/timout", `unknown option "timout"; did you mean "timeout"?`},
		{"as maxctrl sends it", `"timout":true`, "/data/attributes/parameters/timout", `unknown option "timout"; did you mean "timeout"?`},
		{"an option with a key's name", `"options.timeout":7`, "/data/attributes/parameters/options.timeout", `option "timeout" must be true or false, not 7`},
	} {
		a := maxctrl(t, p, "PATCH", "filters/keep", `{"data":{"attributes":{"parameters":{`+c.parameters+`}}}}`)
		var doc struct {
			Errors []struct {
				Detail string
				Source struct{ Pointer string }
			}
		}
		must(t, json.Unmarshal(a.Body, &doc))
		if a.Code != 400 || len(doc.Errors) != 1 || doc.Errors[0].Source.Pointer != c.pointer || doc.Errors[0].Detail != c.detail {
			t.Errorf("%s: %d %s", c.name, a.Code, a.Body)
		}
	}
	id := "modules/" + filepath.Base(module)
	for path, want := range map[string]any{"version": "1.2.0", "author": "A. Nybody", "license": "MIT", "description": "keeps tables"} {
		if got := attribute(t, p, id, "attributes."+path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	list, _ := attribute(t, p, id, "attributes.parameters").([]any)
	last, _ := list[len(list)-1].(map[string]any)
	if last["name"] != "options.timeout" || last["type"] != "bool" || last["description"] != "not the definition's" {
		t.Errorf("the last parameter is %v", last)
	}
	// A built-in plugin that nothing uses is described as well.
	all := string(maxctrl(t, p, "GET", "modules/throttlefilter", "").Body)
	for _, want := range []string{`"max_qps"`, `"author":"Penstock"`, `"default_value":"250ms"`} {
		if !strings.Contains(strings.Join(strings.Fields(all), ""), want) {
			t.Errorf("no %s in %s", want, all)
		}
	}
}
