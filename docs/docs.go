// Package docs finds the code blocks of the repository's Markdown, and hands each
// to the one test that runs it: list claims says which, and a block that no
// test claims fails this package's own tests. It is for tests only.
package docs

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Block is one code block.
type Block struct {
	File    string // the document, from the repository's root, with slashes
	Line    int    // of the block's fence
	Section string // the heading of level 2 that it stands under, empty before the first
	Lang    string // the fence's first word; empty if it says none, or there is no fence
	Name    string // the fence's second word: the name of a file that the block is
	text    string
	read    bool
}

// Text is what stands in the block. It is for the test that the block belongs
// to: a block whose text nobody asked for was not tested.
func (b *Block) Text() string {
	b.read = true
	return b.text
}

// String says where the block is, as FILE:LINE.
func (b *Block) String() string { return fmt.Sprintf("%s:%d", b.File, b.Line) }

// Blocks returns the blocks that the list has for the calling test, in the
// order of the documents. It has to be called by the test function itself. The test
// fails if there are none, or if it ends without having read one of them.
func Blocks(t testing.TB) []*Block {
	t.Helper()
	pc, _, _, _ := runtime.Caller(1)
	caller := strings.TrimPrefix(runtime.FuncForPC(pc).Name(), module)
	caller = strings.Replace(caller, "_test.", ".", 1) // a package of tests is named by its directory
	root, err := top()
	if err != nil {
		t.Fatal(err)
	}
	var mine []*Block
	for _, c := range claims {
		if c.test != caller {
			continue
		}
		for _, file := range c.files(t, root) {
			all, err := Read(root, file)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range all {
				if c.has(b) {
					mine = append(mine, b)
				}
			}
		}
	}
	if len(mine) == 0 {
		t.Fatalf("%s claims no block of any document: see docs/claims.go", caller)
	}
	t.Cleanup(func() {
		if t.Failed() || t.Skipped() || strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
			return // or some of its subtests were asked for only
		}
		for _, b := range mine {
			if !b.read {
				t.Errorf("%s: %s has done nothing with this block of %q", b, caller, b.Lang)
			}
		}
	})
	return mine
}

const module = "github.com/penstock-db/penstock/"

// Read returns all blocks of one document, whoever claims them. file is
// relative to root, with slashes.
func Read(root, file string) ([]*Block, error) {
	source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		return nil, err
	}
	var all []*Block
	section := ""
	err = ast.Walk(goldmark.DefaultParser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		b := &Block{File: file, Section: section}
		switch n := n.(type) {
		case *ast.Heading:
			if n.Level == 2 {
				section = string(n.Lines().Value(source))
			}
			return ast.WalkContinue, nil
		case *ast.FencedCodeBlock:
			if n.Info != nil {
				words := strings.Fields(string(n.Info.Segment.Value(source)))
				b.Lang = words[0]
				if len(words) > 1 {
					b.Name = words[1]
				}
			}
		case *ast.CodeBlock: // indented, so it has no language
		default:
			return ast.WalkContinue, nil
		}
		b.text = string(n.Lines().Value(source))
		b.Line = bytes.Count(source[:n.Pos()], []byte("\n")) + 1
		all = append(all, b)
		return ast.WalkContinue, nil
	})
	return all, err
}

// documents lists the repository's Markdown files, relative to root, with slashes.
func documents(root string) (files []string, err error) {
	err = fs.WalkDir(os.DirFS(root), ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (slices.Contains([]string{"node_modules", "testdata", "target", "bin"}, d.Name()) || len(p) > 1 && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case strings.HasSuffix(p, ".md"):
			files = append(files, p)
		}
		return nil
	})
	return files, err
}

// top is the repository's root directory, above the working directory.
func top() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "house_test.go")); e == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", fmt.Errorf("no house_test.go above the working directory: tests run inside of the repository")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}
