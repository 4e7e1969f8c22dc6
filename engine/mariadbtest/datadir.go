package mariadbtest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// ErrNotInstalled is returned when this machine has no MariaDB server.
var ErrNotInstalled = errors.New("MariaDB is not installed: install mariadb-server (make deps)")

// templateFormat is part of the cached template's name: raise it when the way
// the template is made changes.
const templateFormat = "2"

// find returns the path of the first of names that exists. Debian keeps
// mariadbd in /usr/sbin, which is not in every user's PATH.
func find(names ...string) (string, error) {
	for _, name := range names {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
		for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/libexec"} {
			if p, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
				return p, nil
			}
		}
	}
	return "", fmt.Errorf("%s: %w", names[0], ErrNotInstalled)
}

// template returns a data directory as mariadb-install-db makes it, which
// must only be copied. It is made when there is none yet for this version.
func template(mariadbd string) (string, error) {
	version, err := exec.Command(mariadbd, "--no-defaults", "--version").Output()
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", mariadbd, err)
	}
	sum := sha256.Sum256([]byte(templateFormat + string(version)))
	cache, err := os.UserCacheDir()
	if err != nil { // no HOME, as in some containers
		cache = os.TempDir()
	}
	cache = filepath.Join(cache, "penstock-test")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("make the cache directory for prepared data directories: %w", err)
	}
	dir := filepath.Join(cache, "mariadb-"+hex.EncodeToString(sum[:6]))

	// Test binaries of several packages run at once; one makes it, the others wait.
	lock, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", fmt.Errorf("lock the prepared data directory: %w", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("lock %s: %w", lock.Name(), err)
	}
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	tmp, err := os.MkdirTemp(cache, "making-")
	if err != nil {
		return "", fmt.Errorf("prepare a data directory: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := install(tmp); err != nil {
		return "", err
	}
	if err := os.Rename(tmp, dir); err != nil {
		return "", fmt.Errorf("keep the prepared data directory: %w", err)
	}
	return dir, nil
}

// install runs mariadb-install-db on the empty directory dir.
func install(dir string) error {
	installDB, err := find("mariadb-install-db", "mysql_install_db")
	if err != nil {
		return err
	}
	args := []string{
		"--no-defaults", "--datadir=" + dir, "--auth-root-authentication-method=normal",
		"--skip-test-db", "--innodb-log-file-size=" + logFileSize, "--innodb-use-native-aio=0",
	}
	if os.Geteuid() == 0 {
		args = append(args, "--user=root")
	}
	out, err := exec.Command(installDB, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", installDB, err, out)
	}
	return nil
}

// copyTree copies the regular files and directories of src into dst, which exists.
func copyTree(dst, src string) error {
	return filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dst, rel)
		switch {
		case d.IsDir():
			return os.MkdirAll(to, 0o700)
		case d.Type().IsRegular():
			return copyFile(to, path)
		}
		return nil
	})
}

func copyFile(dst, src string) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(dst, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
