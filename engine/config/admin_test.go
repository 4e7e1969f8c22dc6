package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const someHash = "$2a$12$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"

func TestAdminAccounts(t *testing.T) {
	c := load(t, minimal+`
[admin]
password = "choose-me"
hosts = ["db-gate.example"]
jwt_key = "0123456789abcdef0123456789abcdef"
audit_log = "audit.json"
[admin.users.watch]
role = "read-only"
password_hash = "`+someHash+`"
created = "2026-01-31T12:00:00Z"
`)
	got := c.Admin.Accounts()
	if len(got) != 2 || got[0].Name != "admin" || got[0].Role != RoleAdmin || got[0].Password != "choose-me" ||
		got[1].Name != "watch" || got[1].Role != RoleReadOnly || got[1].PasswordHash != someHash || got[1].Password != "" || got[1].Created.Year() != 2026 {
		t.Errorf("accounts %+v", got)
	}
	if fmt.Sprintf("%v %+v %#v", got, got, got) != strings.ReplaceAll(fmt.Sprintf("%v %+v %#v", got, got, got), "choose-me", "") {
		t.Error("an account shows its password")
	}
	if a := c.Admin; len(a.Hosts) != 1 || a.JWTKey != "0123456789abcdef0123456789abcdef" || !filepath.IsAbs(a.AuditLog) {
		t.Errorf("%+v", a)
	}
	c = load(t, minimal+"[admin.users.only]\nrole = \"admin\"\npassword = \"x\"\n")
	if got := c.Admin.Accounts(); !c.Admin.Enabled || c.Admin.User != "" || len(got) != 1 || got[0].Name != "only" {
		t.Errorf("without an account of [admin] itself: %+v", got)
	}
}

// TestDefaultPasswords has passwords that everybody knows, on addresses that
// everybody or nobody else can reach.
func TestDefaultPasswords(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "password")
	if err := os.WriteFile(file, []byte("mariadb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PENSTOCK_TEST_PASSWORD", "penstock")
	for _, password := range []string{`password = "penstock"`, `password = "MariaDB"`, `password = "jane"`, `password_env = "PENSTOCK_TEST_PASSWORD"`,
		fmt.Sprintf("password_file = %q", file)} {
		for _, section := range []string{"[admin]\naddress = %q\nuser = \"jane\"\n%s\n", "[admin]\naddress = %q\n[admin.users.jane]\nrole = \"admin\"\n%s\n"} {
			for address, ok := range map[string]bool{"127.0.0.1:0": true, "[::1]:0": true, "localhost:0": true, "127.9.9.9:1": true,
				"0.0.0.0:0": false, ":8989": false, "[::]:0": false, "192.0.2.1:1": false, "example.org:1": false} {
				_, err := LoadBytes(filepath.Join(dir, "test.toml"), []byte(minimal+fmt.Sprintf(section, address, password)))
				if (err == nil) != ok {
					t.Errorf("%s on %s: %v", password, address, err)
				}
				if err != nil && (!strings.Contains(err.Error(), "everybody tries first") || !strings.Contains(err.Error(), address)) {
					t.Errorf("%s on %s: %v", password, address, err)
				}
			}
		}
	}
}

func TestNobodyAtAll(t *testing.T) {
	t.Setenv("PENSTOCK_TEST_PASSWORD", "")
	for section, want := range map[string]string{
		"[admin]\n":                  "nobody could use the REST API",
		"[admin]\n[admin.users]\n":   "nobody could use the REST API",
		"[admin]\nuser = \"jane\"\n": "write password",
		"[admin]\npassword_env = \"PENSTOCK_TEST_PASSWORD\"\n": "everybody could administer",
		"[admin]\nusers = 3\n":                                 "not a table",
		"[admin]\nenabled = false\n":                           "",
	} {
		_, err := LoadBytes("test.toml", []byte(minimal+section))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", section, err)
		}
	}
}
