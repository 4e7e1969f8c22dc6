package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// overlaid writes a configuration file and returns its overlay.
func overlaid(t *testing.T, text string) *Overlay {
	t.Helper()
	file := filepath.Join(t.TempDir(), "test.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := ReadOverlay(file)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func set(t *testing.T, o *Overlay, value any, path ...string) {
	t.Helper()
	if err := o.Set(value, path...); err != nil {
		t.Fatal(err)
	}
}

const hide = `
[filters.hide]
module = "regexfilter"
[filters.hide.options]
match = "card"
replace = "x"
`

func TestOverlayChangesTheFile(t *testing.T) {
	o := overlaid(t, minimal+hide)
	set(t, o, []string{"hide"}, "services", "app", "filters")
	set(t, o, "iban", "filters", "hide", "options", "match")
	set(t, o, map[string]any{"address": "127.0.0.1:3307", "weight": json.Number("3")}, "servers", "other")
	o.Remove("filters", "hide", "options", "replace")
	check := func(c *Config, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if f := c.Services["app"].Filters; !reflect.DeepEqual(f, []string{"hide"}) {
			t.Errorf("filters %v", f)
		}
		if got := string(c.Filters["hide"].Options); got != `{"match":"iban"}` {
			t.Errorf("options %s", got)
		}
		if s := c.Servers["other"]; s == nil || s.Weight != 3 || c.Servers["db"] == nil {
			t.Errorf("servers %v", c.Servers)
		}
	}
	check(o.Load())
	if err := o.Save(); err != nil {
		t.Fatal(err)
	}
	check(Load(o.of))
	info, err := os.Stat(OverlayPath(o.of))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the overlay's mode is %v, %v", info.Mode(), err)
	}
}

func TestWhatIsRemovedAndMadeAgainBeginsFromNothing(t *testing.T) {
	o := overlaid(t, minimal+hide)
	o.Remove("filters", "hide")
	if c, err := o.Load(); err != nil || c.Filters["hide"] != nil {
		t.Fatalf("the filter is still there, or %v", err)
	}
	o.Remove("filters", "hide", "options", "match") // of what is gone
	set(t, o, map[string]any{"module": "maxrows"}, "filters", "hide")
	c, err := o.Load()
	if err != nil || c.Filters["hide"].Module != "maxrows" || string(c.Filters["hide"].Options) != "{}" {
		t.Fatalf("the new filter is %+v, %v", c.Filters["hide"], err)
	}
}

func TestOverlayErrorsHaveTheirPlace(t *testing.T) {
	o := overlaid(t, minimal)
	set(t, o, []string{"gone"}, "services", "app", "filters")
	set(t, o, "127.0.0.1:3307", "servers", "other", "adress")
	for range 2 { // as changed, and as read from the disk
		_, err := o.Load()
		var errs *Errors
		if !errors.As(err, &errs) {
			t.Fatalf("Load answered %v", err)
		}
		lines := strings.Split(string(o.encode()), "\n")
		for _, e := range *errs {
			if e.File != OverlayPath(o.of) || e.Line == 0 {
				t.Errorf("%v is not in the overlay", &e)
			}
			key := e.Key[strings.LastIndex(e.Key, ".")+1:]
			if line := lines[e.Line-1]; !strings.Contains(line, key) && !strings.Contains(line, "[servers.other]") {
				t.Errorf("%v, but line %d is %q", &e, e.Line, line)
			}
		}
		if len(*errs) != 3 { // gone, adress, no address
			t.Errorf("errors:\n%v", err)
		}
		if err := o.Save(); err != nil {
			t.Fatal(err)
		}
		if o, err = ReadOverlay(o.of); err != nil {
			t.Fatal(err)
		}
	}
}

func TestABadOverlay(t *testing.T) {
	for text, want := range map[string]string{
		"removed = 1":            "not a list of paths",
		"removed = [1]":          "an item is no path",
		"removed = [[1]]":        "an item is no path",
		"removed = [[]]":         "an item is no path",
		"x = ":                   "the value is missing",
		"[servers.db]\nrank = 1": "",
	} {
		o := overlaid(t, minimal)
		if err := os.WriteFile(OverlayPath(o.of), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(o.of)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), OverlayPath(o.of)+":1")) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestSetRefusesWhatTOMLHasNot(t *testing.T) {
	o := overlaid(t, minimal)
	for _, value := range []any{nil, []any{nil}, func() {}} {
		if err := o.Set(value, "filters", "x", "options", "y"); err == nil {
			t.Errorf("Set took %v", value)
		}
	}
	if len(o.values) != 0 {
		t.Errorf("values %v", o.values)
	}
}

// TestOverlayIsWhatWasDone applies random changes to an overlay and to plain
// tables, and compares what the file means, before and after a save.
func TestOverlayIsWhatWasDone(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		file := map[string]any{"a": map[string]any{"x": int64(1), "y": map[string]any{"z": "z"}}, "b": map[string]any{}}
		o := overlaid(t, "")
		want := cloneTable(file)
		for range rnd.IntN(12) {
			path := []string{string("ab"[rnd.IntN(2)]), string("xy"[rnd.IntN(2)]), "z"}[:1+rnd.IntN(3)]
			if rnd.IntN(2) == 0 {
				o.Remove(path...)
				forget(want, path)
				continue
			}
			value := any(fmt.Sprint(rnd.IntN(9)))
			if rnd.IntN(3) == 0 || len(path) < 3 {
				value = map[string]any{"z": int64(rnd.IntN(9))}
			}
			clone, text := o.Clone(), string(o.encode())
			set(t, o, value, path...)
			if string(clone.encode()) != text {
				t.Fatalf("seed %d: a clone changed with its original", seed)
			}
			apply := value
			for i := len(path) - 1; i >= 0; i-- {
				apply = map[string]any{path[i]: apply}
			}
			mergeTables(want, apply.(map[string]any))
		}
		if err := o.Save(); err != nil {
			t.Fatal(err)
		}
		back, err := ReadOverlay(o.of)
		if err != nil {
			t.Fatal(err)
		}
		for _, overlay := range []*Overlay{o, back} {
			d := decoded{values: cloneTable(file), positions: &position{}}
			overlay.lay(&d)
			if got, want := dropEmpty(d.values), dropEmpty(want); !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: %v, want %v\n%s", seed, got, want, o.encode())
			}
		}
	}
}

// dropEmpty removes tables without keys, which mean nothing.
func dropEmpty(t map[string]any) map[string]any {
	t = cloneTable(t)
	for key, value := range t {
		if sub, ok := value.(map[string]any); ok {
			if t[key] = dropEmpty(sub); len(t[key].(map[string]any)) == 0 {
				delete(t, key)
			}
		}
	}
	return t
}
