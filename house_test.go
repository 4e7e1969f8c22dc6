// Package penstock_test holds the house rules that a compiler does not: which
// package may import which, that every package explains itself, how long a
// file may be. Where a rule stands in the way for a good reason, change the rule
// here, together with the code, and say why in RATIONALE.md.
package penstock_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/penstock-db/penstock/"

// imports says what of Penstock itself each package may import. A pattern
// ends in /... to mean a whole subtree. The first pattern that fits counts.
var imports = []struct {
	pkg     string
	allowed []string
}{
	{"cmd/penstock/e2e/...", []string{"cmd/penstock/e2e/...", "engine/wire", "engine/mariadbtest", "admin/openapi/openapitest"}},
	{"cmd/penstock/modules", nil},
	{".", nil}, // it is files only
	{"cmd/penstock/scaffold", []string{"."}},
	{"cmd/penstock/client", nil},
	{"cmd/penstock/watch", []string{"cmd/penstock/client", "cmd/penstock/table"}},
	{"cmd/penstock/table", nil},
	{"cmd/penstock/ctl", []string{"cmd/penstock/client", "cmd/penstock/watch", "cmd/penstock/table", "engine/config"}},
	{"cmd/penstock", []string{"admin", "admin/access", "admin/process", "engine", "engine/config", "engine/module", "engine/monitor", "engine/rehearsal", "engine/sessionlog", "wasm", "wasm/abi", "wasm/metadata", "wasm/tck", "cmd/penstock/modules", "cmd/penstock/scaffold", "cmd/penstock/ctl"}},
	{"admin/openapi", nil},
	{"docs", nil},                      // for tests only
	{"admin/openapi/openapitest", nil}, // for tests only
	{"admin/process", nil},
	{"admin", []string{"admin/access", "admin/openapi", "admin/process", "engine", "engine/config", "engine/monitor", "engine/sessionlog"}},
	{"admin/access", nil},
	{"engine", []string{"engine/auth", "engine/backend", "engine/config", "engine/header", "engine/module", "engine/monitor", "engine/sessionlog", "engine/socket", "engine/sql", "engine/wire", "wasm", "wasm/abi", "wasm/metadata"}},
	{"engine/backend", []string{"engine/auth", "engine/config", "engine/socket", "engine/sql", "engine/wire", "wasm/abi"}},
	{"engine/auth", []string{"engine/config", "engine/wire", "wasm/abi"}},
	{"engine/module", []string{"engine/config"}},
	{"engine/module/registrytest", nil}, // for tests only
	{"engine/monitor", []string{"engine/config", "wasm/abi"}},
	{"engine/header", []string{"engine/wire", "wasm/abi"}},
	{"engine/rehearsal", []string{"engine/header", "engine/sql", "engine/wire", "wasm", "wasm/abi"}},
	{"engine/sql", []string{"engine/wire", "wasm/abi"}},
	{"engine/config", []string{"wasm/spelling"}},
	{"engine/sessionlog", nil},
	{"engine/socket", nil},
	{"engine/wire", nil},
	{"engine/mariadbtest", nil},
	{"wasm", []string{"wasm/binary", "wasm/lines", "wasm/abi", "wasm/metadata"}},
	{"wasm/metadata", []string{"wasm/binary", "wasm/spelling"}},
	{"wasm/spelling", nil},
	{"wasm/tck", []string{"wasm", "wasm/abi", "wasm/binary", "wasm/metadata"}},
	{"wasm/binary", []string{"wasm/abi"}},
	{"wasm/lines", []string{"wasm/binary"}},
	{"wasm/abi", nil},
	{"plugins", []string{"wasm", "wasm/abi", "wasm/tck"}},                               // a test only: the modules in the real sandbox
	{"examples", []string{"wasm", "wasm/abi", "wasm/metadata", "cmd/penstock/e2e/rig"}}, // tests only
	{"examples/...", []string{"plugins/sdk/...", "wasm/abi"}},
	{"plugins/builtin", []string{"plugins/filters/...", "plugins/routers/...", "wasm/metadata"}}, // the latter in tests only
	{"plugins/sdk/...", []string{"plugins/sdk/...", "wasm/abi"}},
	{"plugins/...", []string{"plugins/sdk/...", "wasm/abi"}},
}

// inTests may be imported by any package's tests besides.
var inTests = []string{"admin/openapi/openapitest", "engine/mariadbtest", "engine/config", "engine/module/registrytest", "engine/wire", "wasm/abi", "plugins/sdk/sdktest", "cmd/penstock/modules", "docs"}

const (
	maxLines     = 350 // of a Go file; most have 60 to 200
	maxTestLines = 450 // of a test file: tables grow
	minDocLength = 40  // characters of a package comment that explains anything
)

func TestHouse(t *testing.T) {
	documented := map[string]bool{}
	for _, file := range goFiles(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, file, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		pkg := path.Dir(filepath.ToSlash(file))
		test := strings.HasSuffix(file, "_test.go")
		limit := maxLines
		if test {
			limit = maxTestLines
		}
		if n := strings.Count(string(text), "\n"); n > limit && !ast.IsGenerated(f) {
			t.Errorf("%s has %d lines, more than %d: does it hold one thing?", file, n, limit)
		}
		if !test {
			documented[pkg] = documented[pkg] || f.Doc != nil && len(f.Doc.Text()) >= minDocLength
		}
		checkImports(t, file, pkg, test, f)
		if test {
			checkNoSleep(t, set, f)
		}
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("package %s has no doc comment that says what it is for", pkg)
		}
	}
}

func checkImports(t *testing.T, file, pkg string, test bool, f *ast.File) {
	t.Helper()
	rule := slices.IndexFunc(imports, func(r struct {
		pkg     string
		allowed []string
	}) bool {
		return matches(r.pkg, pkg)
	})
	for _, spec := range f.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		imported, ours := strings.CutPrefix(name, module)
		if name+"/" == module {
			imported, ours = ".", true
		}
		if !ours || imported == pkg {
			continue
		}
		if rule < 0 {
			t.Errorf("%s: package %s has no rule in house_test.go: what may it import?", file, pkg)
			return
		}
		allowed := imports[rule].allowed
		if test {
			allowed = append(slices.Clone(allowed), inTests...)
		} else if imported == "engine/mariadbtest" && !strings.HasPrefix(pkg, "cmd/penstock/e2e") {
			t.Errorf("%s imports %s, which is for tests only", file, imported)
			continue
		}
		if !slices.ContainsFunc(allowed, func(a string) bool { return matches(a, imported) }) {
			t.Errorf("%s: %s must not import %s (allowed: %s)", file, pkg, imported, strings.Join(allowed, ", "))
		}
	}
}

// checkNoSleep reports calls of time.Sleep: a test waits for what it needs, not for a while.
func checkNoSleep(t *testing.T, set *token.FileSet, f *ast.File) {
	t.Helper()
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Sleep" {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
				t.Errorf("%s: time.Sleep in a test: wait for the thing itself", set.Position(n.Pos()))
			}
		}
		return true
	})
}

// goFiles lists this module's Go files.
func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != "." {
			_, otherModule := os.Stat(filepath.Join(p, "go.mod"))
			if otherModule == nil || d.Name() == "testdata" || d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") {
				return filepath.SkipDir
			}
		}
		if strings.HasSuffix(p, ".go") {
			files = append(files, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("found no Go files: is this the root of the repository?")
	}
	return files
}

// matches says whether the package fits the pattern.
func matches(pattern, pkg string) bool {
	if tree, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == tree || strings.HasPrefix(pkg, tree+"/")
	}
	return pattern == pkg
}
