package e2e

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/module/registrytest"
)

// pushed makes an artifact of a module with the program, and returns its name by
// digest.
func pushed(t *testing.T, file, name string) string {
	t.Helper()
	binary, err := rig.Binary()
	must(t, err)
	out, err := exec.Command(binary, "plugin", "push", file, name).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, rest, _ := strings.Cut(string(out), `module = "`)
	name, _, _ = strings.Cut(rest, `"`)
	return name
}

// saying is the filter that is written by hand, with another answer to DROP.
func saying(t *testing.T, word string) string {
	t.Helper()
	const old = "not allowed here"
	text := handWritten(t)
	if len(word) != len(old) || !strings.Contains(text, old) {
		t.Fatalf("%q does not fit", word)
	}
	return assemble(t, strings.ReplaceAll(text, old, word))
}

// TestArtifacts has a filter in an image layout whose tag moves below live
// sessions, and another in a registry that is away when Penstock starts again.
func TestArtifacts(t *testing.T) {
	tag := "oci-layout:" + filepath.Join(t.TempDir(), "artifacts") + ":live"
	pushed(t, saying(t, "said by number 1"), tag)
	registry := registrytest.New(t)
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	byDigest := pushed(t, saying(t, "by the registry "), registry.Name("1"))
	p := rig.Start(t, rig.Setup{Primary: primary.Addr,
		Filters: fmt.Sprintf("[filters.a]\nmodule = %q\n[filters.b]\nmodule = %q\n", tag, byDigest),
		Services: []rig.Service{{Name: "layout", Router: "readconnroute", Filters: []string{"a"}},
			{Name: "registry", Router: "readconnroute", Filters: []string{"b"}}},
		More: "[plugins]\ncache_dir = \"cache\"\n"})
	live := connect(t, p.Addr("layout"), rig.Login{})
	says := func(c *rig.Client, word string) error {
		if err := c.Exec("DROP TABLE no_such.t"); err == nil || !strings.Contains(err.Error(), word) {
			return fmt.Errorf("DROP is answered with %v, not with %q", err, word)
		}
		return nil
	}
	must(t, says(live, "said by number 1"))
	must(t, says(connect(t, p.Addr("registry"), rig.Login{}), "by the registry"))

	pushed(t, saying(t, "said by number 2"), tag)
	must(t, p.Signal(syscall.SIGHUP))
	must(t, rig.Await("the live session to follow", func() error { return says(live, "said by number 2") }))

	pushed(t, assemble(t, "(module)"), tag)
	must(t, p.Signal(syscall.SIGHUP))
	must(t, rig.Await("the reload to be refused", func() error {
		if log := p.Log(); !strings.Contains(log, "the configuration cannot be taken over: nothing is changed") {
			return fmt.Errorf("the log is %s", log)
		}
		return nil
	}))
	must(t, says(live, "said by number 2"))
	must(t, says(connect(t, p.Addr("layout"), rig.Login{}), "said by number 2"))
	patch := func() *rig.Answer {
		a, err := p.API.Raw(http.MethodPatch, "/v1/filters/a", `{"data": {}}`, "Authorization", basic("admin", "e2e"), "Content-Type", "application/json")
		must(t, err)
		return a
	}
	if a := patch(); a.Code < 400 || !strings.Contains(string(a.Body), "the old one goes on") {
		t.Errorf("PATCH to what is no plugin: %d %s", a.Code, a.Body)
	}
	must(t, says(live, "said by number 2"))

	pushed(t, saying(t, "said by number 3"), tag)
	if a := patch(); a.Code != http.StatusNoContent && a.Code != http.StatusOK {
		t.Errorf("PATCH: %d %s", a.Code, a.Body)
	}
	must(t, rig.Await("the live session to follow the PATCH", func() error { return says(live, "said by number 3") }))
	a, err := p.API.Raw(http.MethodGet, "/v1/modules/artifacts", "", "Authorization", basic("admin", "e2e"))
	must(t, err)
	if a.Code != http.StatusOK || !strings.Contains(string(a.Body), tag) {
		t.Errorf("the module is %d %s", a.Code, a.Body)
	}

	registry.Away()
	p.Restart(t, syscall.SIGTERM)
	must(t, rig.Await("the filter to work without its registry", func() error {
		c, err := rig.Connect(p.Addr("registry"), rig.Login{}) // it listens a little later than the API
		if err != nil {
			return err
		}
		defer c.Close()
		return says(c, "by the registry")
	}))
}
