package main

import (
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/modules"
)

// The built-in plugins' module describes each of them, and no other, in the
// words of the list.
func TestBuiltInPluginsAreDescribed(t *testing.T) {
	about, list := builtinAbout(), modules.Plugins()
	if len(list) == 0 || len(about) != len(list) {
		t.Errorf("%d plugins, %d descriptions (make plugins)", len(list), len(about))
	}
	for _, p := range list {
		if a := about[p.Name]; a.Description != p.Description || len(a.Options) == 0 || a.License == "" {
			t.Errorf("%s: the list says %q, the module %q, with %d options", p.Name, p.Description, a.Description, len(a.Options))
		}
	}
}
