package modules

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
)

func TestMissingModule(t *testing.T) {
	_, err := Open("nosuchplugin")
	var missing *MissingError
	if !errors.As(err, &missing) || missing.Name != "nosuchplugin" || !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("error %v", err)
	}
	for _, c := range []struct {
		names []string
		want  string
	}{
		{nil, "this binary was built without the built-in plugin x; build with `make`"},
		{[]string{"a", "b"}, "there is no built-in plugin x; there are a, b"},
	} {
		if got := (&MissingError{"x", c.names}).Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestOnlyModulesShow(t *testing.T) {
	f := files{fstest.MapFS{"README.md": {}, "modules.go": {}, "b.wasm": {Data: []byte("b")}, "a.wasm": {Data: []byte("a")}}}
	if got := names(f); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("names %q", got)
	}
	if got, err := fs.Glob(f, "*"); err != nil || !slices.Equal(got, []string{"a.wasm", "b.wasm"}) {
		t.Errorf("glob %q, %v", got, err)
	}
	if data, err := fs.ReadFile(f, "a.wasm"); err != nil || string(data) != "a" {
		t.Errorf("read %q, %v", data, err)
	}
	if _, err := fs.ReadFile(f, "README.md"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the README is a module: %v", err)
	}
}

func TestEmbeddedModulesOpen(t *testing.T) {
	for _, name := range Names() {
		file, err := Open(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		head := make([]byte, 4)
		if _, err := file.Read(head); err != nil || string(head) != "\x00asm" {
			t.Errorf("%s is no WebAssembly: %q, %v", name, head, err)
		}
		file.Close()
	}
}
