package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoadAdmin(t *testing.T) {
	const good = "[admin]\naddress = \"127.0.0.1:9\"\nuser = \"me\"\npassword = \"s3cret\"\n"
	for name, c := range map[string]struct {
		text string
		want string // in the error; empty: none
	}{
		"alone":                      {good, ""},
		"beside unknown sections":    {good + "[nonsense]\nx = 1\n", ""},
		"beside bad values":          {"[servers.db]\naddress = nowhere\n" + good + "[log]\nlevel = 7\n", ""},
		"beside a table there twice": {good + "[log]\n[log]\n", ""},
		"a bad value of its own":     {strings.Replace(good, `"me"`, "me", 1), "admin.user"},
		"a bad key of its own":       {good + "adress = 1\n", "admin.adress"},
		"no password":                {"[admin]\nuser = \"me\"\n", "admin.password"},
		"no TOML at all":             {good + "[servers.db]\n{{{\n", "not TOML"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "penstock.toml")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			a, err := LoadAdmin(file)
			var errs *Errors
			switch {
			case c.want == "" && (err != nil || !a.Enabled || a.Address != "127.0.0.1:9" || a.User != "me" || a.Password != "s3cret"):
				t.Errorf("%+v, %v", a, err)
			case c.want != "" && (!errors.As(err, &errs) || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%v, want %q in it", err, c.want)
			case c.want != "" && len(*errs) > 1:
				t.Errorf("more than one problem: %v", err)
			}
		})
	}
}

func TestLoadAdminWithoutTheSection(t *testing.T) {
	file := filepath.Join(t.TempDir(), "penstock.toml")
	if err := os.WriteFile(file, []byte(minimal), 0o600); err != nil {
		t.Fatal(err)
	}
	if a, err := LoadAdmin(file); err != nil || a.Enabled {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := LoadAdmin(file + ".gone"); err == nil {
		t.Error("a file that is not there was read")
	}
}

// What the REST API has changed counts.
func TestLoadAdminWithOverlay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "penstock.toml")
	for name, text := range map[string]string{
		file:              "[admin]\nuser = \"me\"\npassword = \"old\"\n[log]\nlevel = 7\n",
		OverlayPath(file): "[admin]\npassword = \"new\"\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if a, err := LoadAdmin(file); err != nil || a.User != "me" || a.Password != "new" {
		t.Errorf("%+v, %v", a, err)
	}
}
