package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every block of every document is claimed by one test.
func TestEveryBlockIsClaimed(t *testing.T) {
	root, err := top()
	if err != nil {
		t.Fatal(err)
	}
	all, err := documents(root)
	if err != nil || !slices.Contains(all, "README.md") || !slices.Contains(all, "plugins/sdk/c/README.md") {
		t.Fatalf("%v, %q", err, all)
	}
	claimed := map[claim][]string{}
	for _, c := range claims {
		claimed[c] = c.files(t, root)
	}
	used := map[claim]bool{}
	n := 0
	for _, file := range all {
		blocks, err := Read(root, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range blocks {
			var by []string
			for _, c := range claims {
				if slices.Contains(claimed[c], file) && c.has(b) {
					by, used[c] = append(by, c.test), true
				}
			}
			switch {
			case b.Lang == "":
				t.Errorf("%s: a block without a language: put it between fences and say what it is", b)
			case len(by) == 0:
				t.Errorf("%s: no test runs this block of %q: see docs/claims.go", b, b.Lang)
			case len(by) > 1:
				t.Errorf("%s: several tests claim this block: %q", b, by)
			}
			n++
		}
	}
	if n < 60 {
		t.Errorf("only %d blocks were found", n)
	}
	for _, c := range claims {
		if !used[c] {
			t.Errorf("%s claims %q in %s: there is no such block", c.test, c.languages, c.documents)
		}
	}
}

// Every test of the list exists, and asks for its blocks.
func TestClaimsAreTests(t *testing.T) {
	root, err := top()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range claims {
		dir, name, _ := strings.Cut(c.test, ".")
		if !asks(t, filepath.Join(root, dir), name) {
			t.Errorf("%s has no %s that calls docs.Blocks", dir, name)
		}
	}
}

// asks reports whether a test of that name in the directory calls docs.Blocks.
func asks(t *testing.T, dir, name string) (found bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == name {
				ast.Inspect(fn, func(n ast.Node) bool {
					if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Blocks" {
						if x, ok := s.X.(*ast.Ident); ok && x.Name == "docs" {
							found = true
						}
					}
					return true
				})
			}
		}
	}
	return found
}

func TestRead(t *testing.T) {
	root := t.TempDir()
	const text = "# Title\n\n```sh\none\n```\n\n## First\n\n- item\n\n  ```go main.go\n  two\n  ```\n\n    indented\n\n## Last `x`\n\n````text\n```\n````\n\n```c\n```\n\nand\n\n    plain\n"
	if err := os.WriteFile(filepath.Join(root, "x.md"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := Read(root, "x.md")
	want := []Block{
		{File: "x.md", Line: 3, Lang: "sh", text: "one\n"},
		{File: "x.md", Line: 11, Section: "First", Lang: "go", Name: "main.go", text: "two\n"},
		{File: "x.md", Line: 19, Section: "Last `x`", Lang: "text", text: "```\n"},
		{File: "x.md", Line: 23, Section: "Last `x`", Lang: "c"},
		{File: "x.md", Line: 28, Section: "Last `x`", text: "plain\n"},
	}
	if err != nil || len(all) != len(want) {
		t.Fatalf("%d blocks, %v", len(all), err)
	}
	for i, w := range want {
		if *all[i] != w {
			t.Errorf("got  %+v\nwant %+v", *all[i], w)
		}
	}
}
