package ctl

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write writes a file and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Where the API is and who is asking comes from flags, the environment and the
// configuration, in this order.
func TestConnection(t *testing.T) {
	f := newFake(t)
	u, err := url.Parse(f.url)
	if err != nil {
		t.Fatal(err)
	}
	good := write(t, "good.toml", "[admin]\naddress = \"0.0.0.0:"+u.Port()+"\"\npassword = \""+fakePassword+"\"\n[servers.x]\nnonsense = 1\n")
	password := write(t, "password", fakePassword+"\n")
	wrong := write(t, "wrong", "other\n")
	for name, c := range map[string]struct {
		args string
		env  string
		code int
		says string
	}{
		"the configuration":              {"-c " + good, "", 0, ""},
		"it wins over the environment":   {"-c " + good, "PENSTOCK_URL=http://127.0.0.1:1", 0, ""},
		"another user than its own":      {"-c " + good + " -u other", "", exitFailed, "there is no password for other"},
		"its password is not the one":    {"-c " + good + " --password-file " + wrong, "", exitNotAllowed, "the password in " + wrong},
		"a URL and a password":           {"--url " + f.url + " --password-file " + password, "", 0, ""},
		"a URL without a scheme":         {"--url " + u.Host + " --password-file " + password, "", 0, ""},
		"the environment":                {"", "PENSTOCK_URL=" + f.url + " PENSTOCK_PASSWORD=" + fakePassword, 0, ""},
		"the environment's user":         {"", "PENSTOCK_URL=" + f.url + " PENSTOCK_USER=other PENSTOCK_PASSWORD=" + fakePassword, exitNotAllowed, `user "other"`},
		"a flag wins over it":            {"-u admin", "PENSTOCK_URL=" + f.url + " PENSTOCK_USER=other PENSTOCK_PASSWORD=" + fakePassword, 0, ""},
		"a token":                        {"", "PENSTOCK_URL=" + f.url + " PENSTOCK_TOKEN=t0ken", exitNotAllowed, "the token in PENSTOCK_TOKEN"},
		"no password":                    {"--url " + f.url, "", exitFailed, "PENSTOCK_PASSWORD, or give --password-file"},
		"nothing at all":                 {"", "", exitFailed, "where is the API?"},
		"a file that is not there":       {"-c /nowhere.toml", "", exitFailed, "no such file"},
		"no [admin]":                     {"-c " + write(t, "none.toml", "[log]\n"), "", exitFailed, "no [admin] that is enabled"},
		"a port that the system chooses": {"-c " + write(t, "any.toml", "[admin]\naddress = \"127.0.0.1:0\"\npassword = \"x\"\n"), "", exitFailed, "give it with --url"},
		"a token and a user":             {"--url " + f.url + " --token-file " + password + " -u me", "", exitUsage, "--token-file takes the place"},
		"two lines of password":          {"--url " + f.url + " --password-file " + write(t, "two", "a\nb\n"), "", exitFailed, "one line"},
		"a password in the URL":          {"--url http://me:" + fakePassword + "@" + u.Host, "PENSTOCK_PASSWORD=x", exitFailed, "where others can see it"},
		"no time":                        {"--url " + f.url + " --timeout 0s", "", exitUsage, "--timeout"},
		"half a certificate":             {"--url " + f.url + " --password-file " + password + " --cert " + password, "", exitFailed, "--cert and --key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for _, v := range strings.Fields(c.env) {
				key, value, _ := strings.Cut(v, "=")
				t.Setenv(key, value)
			}
			r := penstock(t, "", append([]string{"services"}, strings.Fields(c.args)...)...)
			if r.code != c.code || !strings.Contains(r.stderr, c.says) || c.code == 0 && r.stderr != "" {
				t.Errorf("exit code %d, want %d; %q is to be in %q", r.code, c.code, c.says, r.stderr)
			}
		})
	}
}

func TestAdminURL(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:8989": "http://127.0.0.1:8989", ":8989": "http://127.0.0.1:8989", "0.0.0.0:8989": "http://127.0.0.1:8989",
		"[::]:8989": "http://[::1]:8989", "db.example:8989": "http://db.example:8989",
	} {
		c := connection{file: write(t, "penstock.toml", "[admin]\naddress = \""+address+"\"\npassword = \"x\"\n")}
		admin, err := c.readConfig(true)
		if err != nil {
			t.Fatal(err)
		}
		if got := adminURL(admin); got != want {
			t.Errorf("%s is reached at %s, want %s", address, got, want)
		}
	}
}

func TestCompletion(t *testing.T) {
	f := newFake(t)
	for args, want := range map[string]string{
		"session kill |":              "1\tmaxuser@192.0.2.7, app",
		"session kill 22 |":           "1\tmaxuser@192.0.2.7, app",
		"session filters set 1 |":     "hide\tregexfilter",
		"session filters set 1 log |": "hide\tregexfilter",
		"sessions --filter |":         "hide\tregexfilter",
		"service filters set |":       "app\treadwritesplit",
		"server maintenance |":        "replica\tReplica, Running",
		"server clear replica |":      "drain",
		"session log 1 --info=|":      "off",
		"sessions -o |":               "json",
		"watch --sort |":              "alive",
	} {
		words := strings.Fields(strings.ReplaceAll(args, "|", " "))
		words = append([]string{"__complete"}, words...)
		if strings.HasSuffix(args, " |") {
			words = append(words, "")
		}
		r := f.penstock(t, "", words...)
		if !strings.Contains("\n"+r.stdout, "\n"+want+"\n") || !strings.Contains(r.stdout, ":4\n") {
			t.Errorf("%s offers\n%s, want %q among it and no files", args, r.stdout, want)
		}
		if strings.Contains(args, "kill 22") && strings.Contains(r.stdout, "22\t") {
			t.Errorf("%s offers what is there already:\n%s", args, r.stdout)
		}
		if strings.ContainsAny(r.stdout, "\x1b\u009b") {
			t.Errorf("%s offers control characters: %q", args, r.stdout)
		}
	}
	// It is silent when it cannot find out, and asks nobody.
	f.refuse["GET /v1/filters"] = func(w http.ResponseWriter, _ *http.Request) { problem(w, http.StatusInternalServerError, "a fault") }
	if r := f.penstock(t, "", "__complete", "filter", "show", ""); r.stdout != ":4\n" {
		t.Errorf("after a fault it offers %q", r.stdout)
	}
	t.Setenv(envPassword, "")
	if r := penstock(t, "", "__complete", "services", "-u", "x", "--url", f.url, ""); strings.Contains(r.stdout+r.stderr, "assword of") {
		t.Errorf("it asked: %q", r.stderr)
	}
}
