package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// minimal is the shortest file that Load takes.
const minimal = `
[servers.db]
address = "127.0.0.1:3306"
[services.app]
router = "readconnroute"
servers = ["db"]
user = "penstock"
password = "secret"
[listeners.app]
service = "app"
address = "127.0.0.1:0"
`

func load(t *testing.T, text string) *Config {
	t.Helper()
	c, err := LoadBytes(filepath.Join(t.TempDir(), "test.toml"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheRepositorysFileLoads(t *testing.T) {
	c, err := Load("../../config.toml")
	if err != nil {
		t.Fatal(err)
	}
	app := c.Services["app"]
	if app == nil || app.Router.Module != "readwritesplit" || len(app.Users) != 1 || app.Users[0].Name != "app" ||
		app.Users[0].Password != "app" || !reflect.DeepEqual(app.Users[0].Schemas, []string{"demo"}) || len(app.Filters) != 0 {
		t.Errorf("service app is %+v", app)
	}
	if c.Listeners["app"].Address != "127.0.0.1:4006" || c.Admin.Address != "127.0.0.1:8989" || !c.Admin.Enabled ||
		c.Admin.User != "admin" || c.Admin.Password != "penstock" {
		t.Errorf("addresses or accounts are not those that the README promises: %+v %+v", c.Listeners["app"], c.Admin)
	}
	if c.Servers["primary"].Address != "127.0.0.1:4011" || c.Servers["replica"].Address != "127.0.0.1:4012" {
		t.Errorf("servers are %+v %+v", c.Servers["primary"], c.Servers["replica"])
	}
}

func TestDefaults(t *testing.T) {
	c := load(t, minimal)
	want := &Service{
		Name:    "app",
		Router:  Plugin{Module: "readconnroute", Timeout: 10 * time.Millisecond, Memory: 32 << 20, Options: []byte("{}")},
		Servers: []string{"db"}, User: "penstock", Password: "secret", LoadUsers: true,
		NetTimeout: time.Minute, MaxHistory: 50, RetainLastStatements: 20, SessionTrace: 100,
		LogFlags: LogFlags{Error: true, Warning: true, Notice: true},
	}
	if !reflect.DeepEqual(c.Services["app"], want) {
		t.Errorf("service\n%#v, want\n%#v", c.Services["app"], want)
	}
	if s := c.Servers["db"]; s.Weight != 1 || s.ConnectTimeout != 5*time.Second || s.Name != "db" {
		t.Errorf("server %+v", s)
	}
	if c.Admin.Enabled {
		t.Error("the REST API is on without [admin]")
	}
}

func TestRouterInBothForms(t *testing.T) {
	table := strings.Replace(minimal, `router = "readconnroute"`, `router = { module = "readconnroute", timeout = "20ms", options = { b = [1, 2.5, "x"], a = true } }`, 1)
	r := load(t, table).Services["app"].Router
	if r.Module != "readconnroute" || r.Timeout != 20*time.Millisecond || string(r.Options) != `{"a":true,"b":[1,2.5,"x"]}` {
		t.Errorf("router %+v with options %s", r, r.Options)
	}
}

func TestPathsBeginAtTheFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "penstock.toml")
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("my.wasm", "")
	write("secret", "s3cr et\r\n")
	text := strings.Replace(minimal, `password = "secret"`, `password_file = "secret"`, 1) + `
[filters.mine]
module = "my.wasm"
sinks = ["log/a.csv", "/var/log/b.csv"]
[plugins]
cache_dir = "cache"
`
	text = strings.Replace(text, `address = "127.0.0.1:0"`, `socket = "app.sock"`, 1)
	write("penstock.toml", text)
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	f := c.Filters["mine"]
	if f.Module != filepath.Join(dir, "my.wasm") || !f.IsFile() ||
		!reflect.DeepEqual(f.Sinks, []string{filepath.Join(dir, "log/a.csv"), "/var/log/b.csv"}) {
		t.Errorf("filter %+v", f)
	}
	if c.Services["app"].Password != "s3cr et" {
		t.Error("the password is not what is in the file without its line end")
	}
	if c.Listeners["app"].Socket != filepath.Join(dir, "app.sock") || c.Plugins.CacheDir != filepath.Join(dir, "cache") || c.File != file {
		t.Errorf("%+v %+v %s", c.Listeners["app"], c.Plugins, c.File)
	}
}

func TestSecretFromEnvironment(t *testing.T) {
	t.Setenv("PENSTOCK_TEST_PASSWORD", "from env\n")
	c := load(t, strings.Replace(minimal, `password = "secret"`, `password_env = "PENSTOCK_TEST_PASSWORD"`, 1))
	if c.Services["app"].Password != "from env" {
		t.Error("the password is not the variable's value")
	}
}

func TestSecretsDoNotShow(t *testing.T) {
	c := load(t, minimal)
	service := c.Services["app"]
	text, err := json.Marshal(service)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{string(text), fmt.Sprintf("%v %+v %#v %s", service, service, service, service.Password)} {
		if strings.Contains(s, "secret") {
			t.Errorf("the password shows in %s", s)
		}
	}
}

func TestMissingFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.toml"))
	var errs *Errors
	if !errors.Is(err, fs.ErrNotExist) || errors.As(err, &errs) {
		t.Errorf("Load answered %v", err)
	}
}

func TestByteOrderMarkAndCRLF(t *testing.T) {
	load(t, "\ufeff"+strings.ReplaceAll(minimal, "\n", "\r\n"))
}
