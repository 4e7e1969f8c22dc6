package mariadbtest

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const dirPrefix = "pstk-" // short: a Unix socket's path has at most 107 bytes

// makeDir makes a server's directory and locks it. The lock is what tells a
// directory in use from one left behind by a test process that was killed;
// such are removed here.
func makeDir() (string, *os.File, error) {
	parent := os.TempDir()
	if len(parent) > 60 {
		parent = "/tmp"
	}
	removeAbandoned(parent)
	dir, err := os.MkdirTemp(parent, dirPrefix)
	if err != nil {
		return "", nil, fmt.Errorf("make a server's directory: %w", err)
	}
	// Locked first, named afterwards: whoever finds the name finds it locked.
	tmp := filepath.Join(dir, "lock.new")
	lock, err := os.OpenFile(tmp, os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err == nil {
		err = os.Rename(tmp, filepath.Join(dir, "lock"))
	}
	if err != nil {
		os.RemoveAll(dir)
		return "", nil, fmt.Errorf("lock a server's directory: %w", err)
	}
	return dir, lock, nil
}

// removeAbandoned removes directories whose owner is gone. Their servers went
// with it. It is a kindness: errors do not matter.
func removeAbandoned(parent string) {
	locks, _ := filepath.Glob(filepath.Join(parent, dirPrefix+"*", "lock"))
	for _, name := range locks {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(filepath.Dir(name))
		}
		f.Close()
	}
}
