package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/wasm"
)

// The servers and modules that all tests of this package share.
var (
	primary, replica *mariadbtest.Server
	moduleDir        string
	runtime          *wasm.Runtime // with every module loaded: loading takes long under the race detector
)

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "penstock-engine")
	if err == nil {
		defer os.RemoveAll(dir)
		moduleDir = dir
		err = buildModules(dir)
	}
	var loaded []*wasm.Module
	if err == nil {
		loaded, err = loadModules(dir)
	}
	if err == nil {
		primary, replica, err = mariadbtest.StartPairMain()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer primary.Close()
	defer replica.Close()
	before := runtime.Modules()
	code := m.Run()
	if n := runtime.Modules(); n != before {
		fmt.Fprintf(os.Stderr, "%d modules are loaded, %d were before the tests\n", n, before)
		code = 1
	}
	for _, m := range loaded {
		m.Close()
	}
	runtime.Close(context.Background())
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// loadModules makes the runtime and loads every module.
func loadModules(dir string) (loaded []*wasm.Module, err error) {
	if runtime, err = wasm.NewRuntime(wasm.Config{CacheDir: filepath.Join(dir, "cache")}); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.wasm"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		m, err := runtime.Load(context.Background(), file, code)
		if err != nil {
			return nil, err
		}
		loaded = append(loaded, m)
	}
	return loaded, nil
}

// buildModules builds the built-in plugins, as make plugins does, and some that
// misbehave, and has them compiled into the cache that the tests' proxies use.
func buildModules(dir string) error {
	warm := []string{"run", "./testdata/warm", filepath.Join(dir, "cache")}
	for _, name := range []string{"../plugins/builtin", "./testdata/misfit", "./testdata/teller"} {
		cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath",
			"-o", filepath.Join(dir, filepath.Base(name)+".wasm"), name)
		cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("cannot build plugin %s: %v\n%s", name, err, out)
		}
		warm = append(warm, filepath.Join(dir, filepath.Base(name)+".wasm"))
	}
	plugins, err := filepath.Glob("../plugins/*ers/*")
	for _, plugin := range plugins {
		err = errors.Join(err, os.Link(filepath.Join(dir, "builtin.wasm"), filepath.Join(dir, filepath.Base(plugin)+".wasm")))
	}
	if err != nil {
		return err
	}
	if out, err := exec.Command("go", warm...).CombinedOutput(); err != nil {
		return fmt.Errorf("cannot compile the plugins: %v\n%s", err, out)
	}
	return nil
}
