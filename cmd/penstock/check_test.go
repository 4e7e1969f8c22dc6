package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// checked runs penstock check on the base configuration with more behind it.
func checked(t *testing.T, more string) (code int, text, file string) {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	file = writeConfig(t, base+more)
	var out bytes.Buffer
	code = run([]string{"check", "-c", file}, &out, &out)
	return code, out.String(), file
}

// line is the number of the first line of base and more that has the text.
func line(t *testing.T, more, has string) string {
	t.Helper()
	for n, l := range strings.Split(base+more, "\n") {
		if strings.Contains(l, has) {
			return strconv.Itoa(n + 1)
		}
	}
	t.Fatalf("no line has %q", has)
	return ""
}

func TestCheckFindsWhatOptionsAreWrong(t *testing.T) {
	const more = `
[filters.hide]
module = "regexfilter"
[filters.hide.options]
mtch = "card"
log_trace = "yes"

[filters.fw]
module = "dbfwfilter"
[[filters.fw.options.rules]]
name = "a"
type = "wildcard"
[[filters.fw.options.rules]]
name = "b"
type = "collumns"

[services.app2]
servers = ["db"]
user = "penstock"
password = "penstock"
[services.app2.router]
module = "readwritesplit"
options = { master_accept_read = true }
`
	code, text, file := checked(t, more)
	want := ""
	for _, l := range [][2]string{
		{"[filters.hide.options]", "filters.hide.options.replace: option \"replace\" is required: what takes its place; `$1` or `${name}` for groups, `$$` for a dollar sign"},
		{"mtch", `filters.hide.options.mtch: unknown option "mtch"; did you mean "match"?`},
		{"log_trace", `filters.hide.options.log_trace: option "log_trace" must be true or false, not a string`},
		{"collumns", `filters.fw.options.rules.type: option "rules[2].type" must be one of regex, columns, wildcard, no_where_clause, function, limit_queries, operation, not "collumns"; did you mean "columns"?`},
		{"master_accept_read", `services.app2.router.options.master_accept_read: unknown option "master_accept_read"; did you mean "master_accept_reads"?`},
	} {
		want += file + ":" + line(t, more, l[0]) + ": " + l[1] + "\n"
	}
	if code != exitFailed || text != want {
		t.Errorf("exit code %d\n%s\nwant\n%s", code, text, want)
	}
	// Who runs it instead is told the same.
	var out bytes.Buffer
	if code := run([]string{"run", "-c", file}, &out, &out); code != exitFailed || !strings.HasSuffix(out.String(), want) {
		t.Errorf("run: exit code %d\n%s", code, &out)
	}
}

// What the schema cannot say the plugin says itself, of every definition.
func TestCheckStartsPlugins(t *testing.T) {
	const more = `
[filters.hide]
module = "regexfilter"
[filters.hide.options]
match = "("
replace = "x"

[filters.big]
module = "maxrows"
[filters.big.options]
max_resultset_size = "1GiB"
`
	code, text, file := checked(t, more)
	for _, want := range []string{
		file + ":" + line(t, more, "[filters.hide.options]") + ": filters.hide.options: ", "regular expression",
		file + ":" + line(t, more, "[filters.big.options]") + ": filters.big.options: ", "must be from 1 to 8Mi",
	} {
		if code != exitFailed || !strings.Contains(text, want) {
			t.Errorf("%d, no %q in\n%s", code, want, text)
		}
	}
}

func TestCheckLooksAtModules(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "no.wasm")
	if err := os.WriteFile(file, []byte("\x00asm\x01\x00\x00\x00\x00\x13\x10penstock.plugins{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	const plain = `
[filters.a]
module = "regexfiltre"
[filters.b]
module = `
	code, text, _ := checked(t, plain+`"`+file+`"`)
	for _, want := range []string{`filters.a.module: there is no built-in module "regexfiltre"`, `filters.b.module: module "` + file + `": custom section "penstock.plugins": plugins has 0 members`} {
		if code != exitFailed || !strings.Contains(text, want) {
			t.Errorf("%d, no %q in\n%s", code, want, text)
		}
	}
}

// Checking leaves nothing behind that belongs to whoever checks.
func TestCheckCreatesNothing(t *testing.T) {
	dir := t.TempDir()
	more := `
[plugins]
cache_dir = "` + dir + `/cache"
[filters.log]
module = "qlafilter"
sinks = ["` + dir + `/log"]
`
	if code, text, _ := checked(t, more); code != exitOK {
		t.Fatalf("%d\n%s", code, text)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	code, text, _ := checked(t, strings.Replace(more, dir+"/log", dir+"/none/log", 1))
	if code != exitFailed || !strings.Contains(text, "filters.log.sinks: open sink: write to "+dir+"/none: no such file") {
		t.Errorf("%d\n%s", code, text)
	}
}
