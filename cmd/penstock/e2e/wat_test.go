package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/docs"
)

// assemble makes a module of WebAssembly's text format.
func assemble(t *testing.T, text string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "m.wasm")
	cmd := exec.Command("wat2wasm", "--debug-names", "-", "-o", out)
	cmd.Stdin = strings.NewReader(text)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("wat2wasm (Debian's package wabt): %v\n%s", err, said)
	}
	return out
}

func handWritten(t *testing.T) string {
	t.Helper()
	root, err := rig.Root()
	must(t, err)
	text, err := os.ReadFile(filepath.Join(root, "examples", "filters", "wat", "nodrop.wat"))
	must(t, err)
	return string(text)
}

// A filter written by hand from docs/abi.md alone works.
func TestTheFilterWrittenByHand(t *testing.T) {
	schema(t, "wat_e2e")
	p := rig.Start(t, rig.Setup{Primary: primary.Addr,
		Filters:  fmt.Sprintf("[filters.nodrop]\nmodule = %q\n", assemble(t, handWritten(t))),
		Services: []rig.Service{{Name: "app", Router: "readconnroute", Filters: []string{"nodrop"}}}})
	c := connect(t, p.Addr("app"), rig.Login{})
	const refusal = "DROP and TRUNCATE are not allowed here"
	for _, s := range []struct{ sql, refused string }{
		{"CREATE TABLE wat_e2e.t (a INT)", ""},
		{"INSERT INTO wat_e2e.t VALUES (1)", ""},
		{"DROP TABLE wat_e2e.t", refusal},
		{"truncate /* x */ wat_e2e.t", refusal},
		{"DROP DATABASE wat_e2e", refusal},
		{"PREPARE s FROM 'SELECT 1'", ""},
		{"CREATE TEMPORARY TABLE wat_e2e.u (a INT)", ""},
		{"DROP TEMPORARY TABLE wat_e2e.u", ""},
		{"SELECT 'DROP TABLE wat_e2e.t'", ""},
	} {
		err := c.Exec(s.sql)
		if s.refused == "" && err != nil || s.refused != "" && (err == nil || !strings.Contains(err.Error(), s.refused) || !strings.Contains(err.Error(), "1142")) {
			t.Errorf("%s: %v, want %q", s.sql, err, s.refused)
		}
	}
	if n, err := c.Value("SELECT COUNT(*) FROM wat_e2e.t"); err != nil || n != "1" {
		t.Errorf("%s rows, %v", n, err)
	}
	db := open(t, p.DSN("app"))
	if _, err := db.Prepare("DROP TABLE wat_e2e.t"); err == nil || !strings.Contains(err.Error(), refusal) {
		t.Errorf("prepared: %v", err)
	}
}

// What a plugin died of is in the log as the document has it: where in its code, which
// session, which statement, and nothing of what the statement says.
func TestATrapIsExplained(t *testing.T) {
	text := strings.NewReplacer("(local.set $type", "(unreachable) (local.set $type", `(func (export "ps_query")`, `(func $ps_query (export "ps_query")`).Replace(handWritten(t))
	p := rig.Start(t, rig.Setup{Primary: primary.Addr,
		Filters:  fmt.Sprintf("[filters.mask]\nmodule = %q\n", assemble(t, text)),
		Services: []rig.Service{{Name: "app", Router: "readconnroute", Filters: []string{"mask"}}}})
	c := connect(t, p.Addr("app"), rig.Login{})
	if err := c.Exec("SELECT 'my secret'"); err == nil || !strings.Contains(err.Error(), `filter "mask" failed`) {
		t.Errorf("the client was told %v", err)
	}
	blocks := docs.Blocks(t)
	if len(blocks) != 1 {
		t.Fatalf("%d blocks; this test knows of one", len(blocks))
	}
	explained := regexp.QuoteMeta(strings.TrimSpace(blocks[0].Text()))
	explained = strings.Replace(explained, "session=2", fmt.Sprintf("session=%d", c.ConnectionID), 1)
	must(t, rig.Await("the log to explain it", func() error {
		if log := p.Log(); !regexp.MustCompile(`(?m)` + explained + `$`).MatchString(log) {
			return fmt.Errorf("the log is %s\nwithout %s", log, explained)
		}
		return nil
	}))
	if strings.Contains(p.Log(), "my secret") {
		t.Error("the log holds the statement's text")
	}
}
