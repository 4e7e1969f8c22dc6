package modules

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestMissingModule(t *testing.T) {
	if _, err := Open("nosuchplugin"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestOnlyPluginsShow(t *testing.T) {
	f := files{fstest.MapFS{"README.md": {}, "modules.go": {}, shared: {Data: []byte("all of them")}, "luafilter.wasm": {Data: []byte("lua")}}}
	got := names(f.all)
	if len(got) != len(builtin)-1 || got[0] != builtin[0].Name || slices.Contains(got, "jsfilter") {
		t.Errorf("names %q", got)
	}
	if got, err := fs.Glob(f, "read*"); err != nil || !slices.Equal(got, []string{"readconnroute.wasm", "readwritesplit.wasm"}) {
		t.Errorf("glob %q, %v", got, err)
	}
	if _, err := fs.Glob(f, "[a"); !errors.Is(err, path.ErrBadPattern) {
		t.Errorf("a bad pattern: %v", err)
	}
	for name, want := range map[string]string{"maxrows.wasm": "all of them", "luafilter.wasm": "lua"} {
		if data, err := fs.ReadFile(f, name); err != nil || string(data) != want {
			t.Errorf("read %s: %q, %v", name, data, err)
		}
	}
	for _, name := range []string{"README.md", "README", shared, "maxrows", "jsfilter.wasm"} {
		if _, err := fs.ReadFile(f, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is a plugin: %v", name, err)
		}
	}
	if got := names(fstest.MapFS{}); got != nil {
		t.Errorf("without any module there is %q", got)
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
	scripts, err := filepath.Glob("../../../plugins/scripts/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, main := range scripts {
		written = append(written, "filter "+filepath.Base(filepath.Dir(main)))
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
		t.Fatal("the plugins were not built; `make plugins` does")
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
