package config

import "testing"

// What is found later is reported where it stands: in the file, in the overlay,
// in a table or in an item of a list.
func TestProblemsHavePlaces(t *testing.T) {
	o := overlaid(t, minimal+`
[filters.fw]
module = "dbfwfilter"
[filters.fw.options]
action = "block"
[[filters.fw.options.rules]]
name = "a"
[[filters.fw.options.rules]]
name = "b"
also = [{ x = 1 }, { y = 2 }]
`)
	begins := 0
	for _, c := range minimal {
		if c == '\n' {
			begins++
		}
	}
	set(t, o, "case", "filters", "fw", "options", "dynamic_sql")
	cfg, err := o.Load()
	if err != nil {
		t.Fatal(err)
	}
	const table = "filters.fw.options"
	for _, c := range []struct {
		key     string
		line    int // behind minimal; 0: in the overlay
		overlay bool
		path    []any
	}{
		{table + ".action", 5, false, []any{"action"}},
		{table + ".none", 4, false, []any{"none"}},
		{table + ".rules", 6, false, []any{"rules"}},
		{table + ".rules.name", 9, false, []any{"rules", 1, "name"}},
		{table + ".rules.none", 8, false, []any{"rules", 1, "none"}},
		{table + ".rules.also.y", 10, false, []any{"rules", 1, "also", 1, "y"}},
		{table + ".rules.none", 6, false, []any{"rules", 9, "none"}},
		{table + ".dynamic_sql", 0, true, []any{"dynamic_sql"}},
	} {
		p := cfg.Problem("it is so", "change it", append([]any{"filters", "fw", "options"}, c.path...)...)
		file := cfg.File
		if c.overlay {
			file = OverlayPath(file)
		}
		if p.Key != c.key || p.File != file || !c.overlay && p.Line != begins+c.line || c.overlay && p.Line == 0 {
			t.Errorf("%v: %s, want line %d of %s", c.path, p.Error(), begins+c.line, file)
		}
	}
}
