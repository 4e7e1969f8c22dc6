package plugins_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/penstock-db/penstock/wasm/tck"
)

// Every built-in plugin keeps the rules that it is a model of.
func TestBuiltInPluginsConform(t *testing.T) {
	code, cache := build(t, "builtin"), t.TempDir()
	for plugin, options := range samples {
		t.Run(filepath.Base(plugin), func(t *testing.T) {
			r, err := tck.Run(t.Context(), code, tck.Config{Plugin: filepath.Base(plugin), Options: []byte(options),
				Call: time.Second, CacheDir: cache}) // a busy machine must not fail it
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Failed() {
				t.Errorf("%s (%s): %q", f.Rule.ID, f.Rule.Demand, f.Seen)
			}
			for _, one := range r.Results {
				if one.Verdict == tck.NotApplicable {
					t.Logf("%s: %s", one.Rule.ID, one.Reason)
				}
			}
			if len(r.Results) != len(tck.Rules()) || r.Crossings < 100 {
				t.Errorf("%d results, %d crossings", len(r.Results), r.Crossings)
			}
		})
	}
}
