package e2e

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// bare is a configuration that serves nobody but administrators.
const bare = `
[admin]
address = %q
%s

[servers.db]
address = "127.0.0.1:1"

[services.app]
router = "readconnroute"
servers = ["db"]
load_users = false
[[services.app.users]]
name = "app"
password = "app"

[listeners.app]
service = "app"
address = "127.0.0.1:0"
`

// runBare starts penstock with a configuration; the process ends with the test.
func runBare(t *testing.T, text string) (dir string) {
	t.Helper()
	binary, err := rig.Binary()
	must(t, err)
	dir = t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "config.toml"), []byte(text), 0o600))
	cmd := exec.Command(binary, "run", "-c", filepath.Join(dir, "config.toml"))
	log, err := os.Create(filepath.Join(dir, "log"))
	must(t, err)
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("penstock ended with %v:\n%s", err, logOf(t, dir))
		}
	})
	return dir
}

func logOf(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "log"))
	must(t, err)
	return string(text)
}

// TestAPIWithCertificates has the API demand certificates. One that an account
// names is enough; another one is needed beside a password, and is not enough.
func TestAPIWithCertificates(t *testing.T) {
	certDir := t.TempDir()
	ours, err := mariadbtest.MakeCertificates(certDir)
	must(t, err)
	otherDir := t.TempDir()
	theirs, err := mariadbtest.MakeCertificates(otherDir)
	must(t, err)
	address := freeAddress(t)
	const tables = "password = \"a long one\"\n[admin.tls]\ncert = %q\nkey = %q\nca = %q\nverify_peer = %t\n%s"
	certified := "[admin.users.robot]\nrole = \"read-only\"\ncertificate = \"client\"\n"
	pem, err := os.ReadFile(ours.CAFile)
	must(t, err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)

	for name, c := range map[string]struct {
		verify bool
		users  string
		want   map[string]int // by certificate and password; 0: no connection
	}{
		"demanded, and an account's": {true, certified, map[string]int{"": 0, "theirs": 0, "ours": 200, "ours, password": 200, "ours, wrong": 401, "password": 0,
			"ours, change": 403, "ours, password, change": 404}},
		"demanded beside a password": {true, "", map[string]int{"": 0, "theirs": 0, "ours": 401, "ours, password": 200, "password": 0}},
		"asked for":                  {false, certified, map[string]int{"": 401, "theirs": 0, "ours": 200, "password": 200}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := runBare(t, fmt.Sprintf(bare, address, fmt.Sprintf(tables, ours.CertFile, ours.KeyFile, ours.CAFile, c.verify, c.users)))
			ask := func(how string) (int, error) {
				config := &tls.Config{RootCAs: pool, ServerName: "localhost"}
				files := ours
				if strings.Contains(how, "theirs") {
					files = theirs
				}
				if strings.Contains(how, "ours") || strings.Contains(how, "theirs") {
					pair, err := tls.LoadX509KeyPair(files.ClientCertFile, files.ClientKeyFile)
					must(t, err)
					// Sent whether the server names its authority or not.
					config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
				}
				method, path := http.MethodGet, "/v1/servers"
				if strings.Contains(how, "change") {
					method, path = http.MethodDelete, "/v1/sessions/1"
				}
				r, err := http.NewRequest(method, "https://"+address+path, nil)
				must(t, err)
				switch {
				case strings.Contains(how, "password"):
					r.SetBasicAuth("admin", "a long one")
				case strings.Contains(how, "wrong"):
					r.SetBasicAuth("admin", "a wrong one")
				}
				client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}, Timeout: 10 * time.Second}
				res, err := client.Do(r)
				if err != nil {
					return 0, err
				}
				defer res.Body.Close()
				return res.StatusCode, nil
			}
			must(t, rig.Await("penstock to serve", func() error {
				if !strings.Contains(logOf(t, dir), "penstock is ready") {
					return fmt.Errorf("the log is\n%s", logOf(t, dir))
				}
				return nil
			}))
			for how, want := range c.want {
				if got, err := ask(how); got != want {
					t.Errorf("%q: status %d, want %d (%v)", how, got, want, err)
				}
			}
		})
	}
}

// TestOpenAPIsAreRefused tries to have the API where others reach it, without
// a password that would keep them out.
func TestOpenAPIsAreRefused(t *testing.T) {
	binary, err := rig.Binary()
	must(t, err)
	for admin, want := range map[string]string{
		"password = \"penstock\"\n":                               "a password that everybody tries first",
		"user = \"jane\"\npassword = \"jane\"\n":                  "a password that everybody tries first",
		"password_env = \"PENSTOCK_E2E_PASSWORD\"\n":              "a password that everybody tries first",
		"[admin.users.x]\nrole = \"admin\"\npassword = \"admin\"": "a password that everybody tries first",
		"": "nobody could use the REST API",
	} {
		file := filepath.Join(t.TempDir(), "config.toml")
		must(t, os.WriteFile(file, fmt.Appendf(nil, bare, "0.0.0.0:0", admin), 0o600))
		var out bytes.Buffer
		cmd := exec.CommandContext(t.Context(), binary, "run", "-c", file)
		cmd.Env = append(os.Environ(), "PENSTOCK_E2E_PASSWORD=mariadb")
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(out.String(), want) || !strings.Contains(out.String(), file+":") {
			t.Errorf("%q: %v\n%s", admin, err, &out)
		}
	}
	dir := runBare(t, fmt.Sprintf(bare, "0.0.0.0:0", "password = \"a long one\"\n"))
	must(t, rig.Await("the warning of an API without TLS", func() error {
		if text := logOf(t, dir); !strings.Contains(text, "in the clear") || !strings.Contains(text, "penstock is ready") {
			return fmt.Errorf("the log is\n%s", text)
		}
		return nil
	}))
}
