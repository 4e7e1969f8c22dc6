package modules

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
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

func TestOnlyPluginsShow(t *testing.T) {
	f := files{fstest.MapFS{"README.md": {}, "modules.go": {}, file: {Data: []byte("all of them")}}}
	if got := names(f.all); len(got) != len(builtin) || got[0] != builtin[0].Name || got[7] != builtin[7].Name {
		t.Errorf("names %q", got)
	}
	if got, err := fs.Glob(f, "read*"); err != nil || !slices.Equal(got, []string{"readconnroute.wasm", "readwritesplit.wasm"}) {
		t.Errorf("glob %q, %v", got, err)
	}
	if _, err := fs.Glob(f, "[a"); !errors.Is(err, path.ErrBadPattern) {
		t.Errorf("a bad pattern: %v", err)
	}
	if data, err := fs.ReadFile(f, "maxrows.wasm"); err != nil || string(data) != "all of them" {
		t.Errorf("read %q, %v", data, err)
	}
	for _, name := range []string{"README.md", "README", file, "maxrows"} {
		if _, err := fs.ReadFile(f, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is a plugin: %v", name, err)
		}
	}
}

// A plugin that is written is built in, and the other way round.
func TestEveryPluginIsBuiltIn(t *testing.T) {
	var written, listed []string
	for _, kind := range []string{"filters", "routers"} {
		dirs, err := os.ReadDir("../../../plugins/" + kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range dirs {
			written = append(written, strings.TrimSuffix(kind, "s")+" "+d.Name())
		}
	}
	for _, p := range builtin {
		listed = append(listed, p.Kind+" "+p.Name)
	}
	if !slices.IsSortedFunc(builtin, func(a, b Plugin) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the list is not in order")
	}
	slices.Sort(listed)
	if slices.Sort(written); !slices.Equal(written, listed) {
		t.Errorf("plugins/filters and plugins/routers have %q, the list has %q", written, listed)
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

// A trap in a built-in plugin says in which function it was.
func TestFunctionsHaveNames(t *testing.T) {
	if len(Names()) == 0 {
		t.Skip("the plugins were not built; `make plugins` does")
	}
	code, err := fs.ReadFile(FS(), Names()[0]+".wasm")
	if err != nil {
		t.Fatal(err)
	}
	for rest := code[8:]; len(rest) > 0; {
		id := rest[0]
		size, n := binary.Uvarint(rest[1:])
		section := rest[1+n:][:size]
		if rest = rest[1+n+int(size):]; id == 0 && bytes.HasPrefix(section, []byte("\x04name")) {
			if !bytes.Contains(section, []byte("plugins_filters_maxrows.")) {
				t.Error("the functions' names are not among the names")
			}
			return
		}
	}
	t.Error("the module has no names: is it built with -ldflags=-s?")
}
