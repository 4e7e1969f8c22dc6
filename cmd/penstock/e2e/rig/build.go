package rig

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// Binary returns the path of a penstock binary built from this tree, with its
// plugins embedded. It is built once per process, into a directory that the
// caller of [Cleanup] removes. PENSTOCK_BINARY names one to use instead.
var Binary = sync.OnceValues(func() (string, error) {
	if given := os.Getenv("PENSTOCK_BINARY"); given != "" {
		return filepath.Abs(given)
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	if err := command(root, "make", "--silent", "plugins"); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "penstock-e2e-")
	if err != nil {
		return "", err
	}
	built = dir
	binary := filepath.Join(dir, "penstock")
	args := []string{"build", "-o", binary}
	if os.Getenv("PENSTOCK_E2E_RACE") != "" { // slow, finds data races under real load
		args = append(args, "-race")
	}
	return binary, command(root, "go", append(args, "./cmd/penstock")...)
})

var built string

// Cleanup removes what Binary built.
func Cleanup() {
	if built != "" {
		os.RemoveAll(built)
	}
}

// Root returns the root directory of the repository.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "house_test.go")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("this is not inside Penstock's repository")
		}
		dir = parent
	}
}

func command(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}
