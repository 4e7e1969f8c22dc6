package engine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// The servers and modules that all tests of this package share.
var (
	primary, replica *mariadbtest.Server
	moduleDir        string
)

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "penstock-engine")
	if err == nil {
		defer os.RemoveAll(dir)
		moduleDir = dir
		err = buildModules(dir)
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
	code := m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// buildModules compiles the built-in plugins, as make plugins does, and one that
// misbehaves.
func buildModules(dir string) error {
	for _, name := range []string{
		"../plugins/routers/readwritesplit", "../plugins/routers/readconnroute", "../plugins/filters/regexfilter", "../plugins/filters/maxrows",
		"../plugins/filters/dbfwfilter", "../plugins/filters/qlafilter", "../plugins/filters/throttlefilter", "../plugins/filters/namedserverfilter",
		"./testdata/misfit", "./testdata/teller",
	} {
		cmd := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s -w", "-trimpath",
			"-o", filepath.Join(dir, filepath.Base(name)+".wasm"), name)
		cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("cannot build plugin %s: %v\n%s", name, err, out)
		}
	}
	return nil
}
