package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// asProgram is the name under which the test's binary is the program.
const asProgram = "penstock"

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == asProgram {
		main()
	}
	cache, err := ownCache()
	if err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(cache)
		os.Exit(code)
	}))
}

// ownCache has the tests keep compiled plugins in a directory of their own:
// compiling under the race detector takes long, once will do.
func ownCache() (dir string, err error) {
	users, err := os.UserCacheDir()
	if err == nil && os.Getenv("GOCACHE") == "" {
		err = os.Setenv("GOCACHE", filepath.Join(users, "go-build")) // stays where it is
	}
	if err != nil {
		return "", err
	}
	if dir, err = os.MkdirTemp("", "penstock-test-cache-"); err != nil {
		return "", err
	}
	return dir, os.Setenv("XDG_CACHE_HOME", dir)
}

// writeConfig writes a configuration and returns its path.
func writeConfig(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "penstock.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// base is a valid configuration that needs no server and listens on a port of
// the kernel's choice.
const base = `
[proxy]
drain_timeout = "1m"

[admin]
address = "127.0.0.1:0"
user = "admin"
password = "penstock"

[servers.db]
address = "127.0.0.1:1"

[services.app]
servers = ["db"]
user = "penstock"
password = "penstock"
router = "readwritesplit"

[listeners.app]
service = "app"
address = "127.0.0.1:4006"
`

func TestCommandLine(t *testing.T) {
	good := writeConfig(t, base)
	bad := writeConfig(t, base+"\n[nonsense]\nx = 1\n")
	for _, c := range []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{[]string{}, exitOK, "Usage:", ""},
		{[]string{"--help"}, exitOK, "penstock [command]", ""},
		{[]string{"version"}, exitOK, "penstock ", ""},
		{[]string{"version", "extra"}, exitUsage, "", "penstock: unknown command \"extra\""},
		{[]string{"serve"}, exitUsage, "", "unknown command"},
		{[]string{"check", "--colour"}, exitUsage, "", "unknown flag"},
		{[]string{"check", "-c", good}, exitOK, good + " is valid: 1 listener, 1 service, 0 filters, 1 server, 0 monitors", ""},
		{[]string{"check", "-c", bad}, exitFailed, "", "nonsense"},
		{[]string{"check", "-c", good + ".gone"}, exitFailed, "", "no such file"},
		{[]string{"run", "-c", bad}, exitFailed, "", "nonsense"},
		{[]string{"plugin", "inspekt"}, exitUsage, "", "unknown command"},
		{[]string{"session", "kil", "7"}, exitUsage, "", "unknown command"},
		{[]string{"sessions", "-o", "xml"}, exitUsage, "", "penstock: -o xml"},
		{[]string{"sessions", "-c", good + ".gone"}, exitFailed, "", "no such file"},
		{[]string{"sessions", "--url", "http://127.0.0.1:1", "--password-file", good + ".gone"}, exitFailed, "", "no such file"},
		{[]string{"completion", "bash"}, exitOK, "__complete", ""},
		{[]string{"run", "--drain-timeout", "x"}, exitUsage, "", "drain-timeout"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(c.args, &stdout, &stderr)
		if code != c.code || !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) {
			t.Errorf("%q: exit code %d\nstdout %s\nstderr %s", c.args, code, &stdout, &stderr)
		}
		if code == exitOK && stderr.Len() > 0 {
			t.Errorf("%q: succeeded with %q on stderr", c.args, &stderr)
		}
	}
}
