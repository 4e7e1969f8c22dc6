package scripttest

import (
	"os"
	"strings"

	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/metadata"
)

// described holds what the module says of its options (plugin.json) against what
// the plugin makes of them.
func described(k *Kit) {
	text, err := os.ReadFile("plugin.json")
	if err != nil {
		k.Fatal(err)
	}
	module, err := metadata.Decode(text)
	if err != nil {
		k.Fatal(err)
	}
	plugin := module.Plugin(k.Language + "filter")
	if plugin == nil {
		k.Fatalf("plugin.json is about %v", module.Names())
	}
	s := Scripts{"lua": "function setup(o) o.int('own', 1) end function query(q) end", "js": "function setup(o) { o.int('own', 1) } function query(q) {}"}
	for _, c := range []struct {
		options string
		part    string // of both complaints; empty: there is none
	}{
		{`{}`, "script"},
		{`{"script": 1}`, "script"},
		{k.options(s), ""},
		{k.options(s, map[string]any{"max_statement_size": "4MiB"}), ""},
		{k.options(s, map[string]any{"max_statement_size": 4096}), ""},
		{k.options(s, map[string]any{"max_statement_size": "4 buckets"}), "max_statement_size"},
		{k.options(s, map[string]any{"max_statement_size": -1}), "max_statement_size"},
		{k.options(s, map[string]any{"own": 7}), ""},
	} {
		schema := ""
		for _, p := range plugin.Check([]byte(c.options)) {
			schema += p.String() + "; "
		}
		code := ""
		if c.part == "" {
			sdktest.Start(k.T, c.options)
		} else {
			code = sdktest.InitError(k.T, c.options)
		}
		if (schema == "") != (c.part == "") || !strings.Contains(schema, c.part) || !strings.Contains(code, c.part) {
			k.Errorf("%s: by the schema %q, by the code %q", c.options, schema, code)
		}
	}
	for _, o := range plugin.Options() {
		if o.Name == "max_statement_size" && o.Default != "1MiB" {
			k.Errorf("by the schema the default is %v", o.Default)
		}
	}
}
