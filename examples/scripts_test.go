package examples

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/cmd/penstock/modules"
	"github.com/penstock-db/penstock/wasm"
)

// The script filters do the same in each language. A script stands in a file here.
var scriptLanguages = map[string]struct{ plugin, script string }{
	"lua": {"luafilter", `
function query(q)
  if q.sql:find("loop for ever", 1, true) then while true do end end
  if q.is("ddl") then return q.reject(1142, "42000", "no DDL for " .. q.user) end
  if q.sql:find("old_table", 1, true) then return q.rewrite((q.sql:gsub("old_table", "scripted"))) end
end

function row(r, values)
  for _, i in ipairs(r.find("a_secret")) do
    if values[i] ~= nil then values[i] = "***" end
  end
  for _, i in ipairs(r.find("salary")) do values[i] = nil end
end
`},
	"js": {"jsfilter", `
function query(q) {
  if (q.sql.includes("loop for ever")) for (;;) {}
  if (q.is("ddl")) return q.reject(1142, "42000", "no DDL for " + q.user)
  if (q.sql.includes("old_table")) return q.rewrite(q.sql.replaceAll("old_table", "scripted"))
}

function row(r, values) {
  for (const i of r.find("a_secret")) if (values[i] !== null) values[i] = "***"
  for (const i of r.find("salary")) values[i] = null
}
`},
}

// compileScripts has the proxy find interpreters compiled: it would take seconds for each.
func compileScripts(t *testing.T) {
	t.Helper()
	out, err := outputs()
	must(t, err)
	r, err := wasm.NewRuntime(wasm.Config{CacheDir: filepath.Join(out, "penstock")})
	must(t, err)
	defer r.Close(context.Background())
	for _, l := range scriptLanguages {
		code, err := fs.ReadFile(modules.FS(), l.plugin+".wasm")
		must(t, err)
		m, err := r.Load(context.Background(), l.plugin, code)
		must(t, err)
		m.Close()
	}
}

// startScripts starts a proxy with a service for each language, and returns the scripts' files.
func startScripts(t *testing.T) (p *rig.Proxy, files map[string]string) {
	t.Helper()
	compileScripts(t)
	out, err := outputs()
	must(t, err)
	setup := rig.Setup{Primary: primary.Addr, Env: []string{"XDG_CACHE_HOME=" + out}}
	files = map[string]string{}
	for lang, l := range scriptLanguages {
		files[lang] = filepath.Join(t.TempDir(), "script."+lang)
		must(t, os.WriteFile(files[lang], []byte(l.script), 0o600))
		setup.Filters += fmt.Sprintf("[filters.%s]\nmodule = %q\ntimeout = \"500ms\"\nfiles = { script = %q }\n", lang, l.plugin, files[lang])
		setup.Services = append(setup.Services, rig.Service{Name: lang, Router: "readconnroute", Servers: []string{"primary"}, Filters: []string{lang}})
	}
	return rig.Start(t, setup), files
}

func TestScripts(t *testing.T) {
	p, files := startScripts(t)
	primary.Exec(t, "CREATE OR REPLACE TABLE test.scripted (id INT, a_secret TEXT, salary INT, plain TEXT, day DATETIME)",
		"INSERT INTO test.scripted SELECT seq, IF(seq = 1, NULL, CONCAT('hidden', seq)), seq, CONCAT('é', seq), '2024-02-29 01:02:03' FROM test.seq_1_to_2000")
	for lang := range scriptLanguages {
		t.Run(lang, func(t *testing.T) {
			db, err := sql.Open("mysql", p.DSN(lang))
			must(t, err)
			defer db.Close()
			db.SetMaxOpenConns(1)
			for name, args := range map[string][]any{"text": nil, "binary": {0}} {
				t.Run(name, func(t *testing.T) { readScripted(t, db, args) })
			}
			if _, err := db.Exec("DROP TABLE test.scripted"); errno(err) != 1142 || !strings.Contains(err.Error(), "no DDL for app") {
				t.Errorf("DDL: %v", err)
			}
			if _, err := db.Prepare("DROP TABLE test.scripted"); errno(err) != 1142 {
				t.Errorf("prepared DDL: %v", err)
			}
			stopLoop(t, p, lang)
			reload(t, p, lang, files[lang])
		})
	}
}

// readScripted reads a table by the name that the script gives it, masked.
func readScripted(t *testing.T, db *sql.DB, args []any) {
	t.Helper()
	where := ""
	if len(args) > 0 {
		where = " WHERE id > ?"
	}
	rows, err := db.Query("SELECT id, a_secret AS alias, salary, plain, day FROM test.old_table"+where+" ORDER BY id", args...)
	must(t, err)
	defer rows.Close()
	n := 0
	for rows.Next() {
		var r row
		var day string
		must(t, rows.Scan(&r.id, &r.secret, &r.salary, &r.plain, &day))
		n++
		if r.id != n || r.secret.Valid != (n != 1) || r.secret.Valid && r.secret.String != "***" || r.salary.Valid || r.plain != fmt.Sprint("é", n) ||
			day != "2024-02-29 01:02:03" {
			t.Fatalf("row %d is %+v %q", n, r, day)
		}
	}
	must(t, rows.Err())
	if n != 2000 {
		t.Errorf("%d rows", n)
	}
}

// stopLoop has one session's script loop for ever while another session goes on.
func stopLoop(t *testing.T, p *rig.Proxy, lang string) {
	t.Helper()
	victim, err := rig.Connect(p.Addr(lang), rig.Login{})
	must(t, err)
	defer victim.Close()
	other, err := rig.Connect(p.Addr(lang), rig.Login{})
	must(t, err)
	defer other.Close()
	ended := make(chan error, 1)
	go func() { ended <- victim.Exec("DO 'loop for ever'") }()
	for answered := 0; ; answered++ {
		if v, err := other.Value("SELECT 41 + 1"); err != nil || v != "42" {
			t.Fatalf("another session: %q, %v", v, err)
		}
		select {
		case err := <-ended:
			if err == nil || !strings.Contains(err.Error(), lang) {
				t.Errorf("the loop ended with %v", err)
			}
			if answered == 0 {
				t.Error("another session had no answer meanwhile")
			}
			if err := victim.Exec("DO 1"); err == nil {
				t.Error("the session goes on with a plugin that has failed")
			}
			if log := p.Log(); !strings.Contains(log, "time budget used up") {
				t.Errorf("the log does not say why:\n%s", log)
			}
			return
		default:
		}
	}
}

// reload has a bad script refused, with its file and line, and a good one take effect.
func reload(t *testing.T, p *rig.Proxy, lang, file string) {
	t.Helper()
	good, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, append([]byte("\n= 1\n"), good...), 0o600))
	must(t, p.Signal(syscall.SIGHUP))
	must(t, rig.Await("the refusal", func() error {
		if log := p.Log(); !strings.Contains(log, "script:2: ") || !strings.Contains(log, file) {
			return fmt.Errorf("the log says nothing of line 2 of %s", file)
		}
		return nil
	}))
	must(t, os.WriteFile(file, []byte(strings.Replace(string(good), "no DDL for", "never for", 1)), 0o600))
	must(t, p.Signal(syscall.SIGHUP))
	must(t, rig.Await("the new script", func() error {
		c, err := rig.Connect(p.Addr(lang), rig.Login{})
		if err != nil {
			return err
		}
		defer c.Close()
		if err := c.Exec("DROP TABLE test.scripted"); err == nil || !strings.Contains(err.Error(), "never for app") {
			return fmt.Errorf("DDL: %w", err)
		}
		return nil
	}))
}
