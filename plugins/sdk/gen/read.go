package main

import (
	"errors"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"unicode"
)

// group is a block of constants with one explanation.
type group struct {
	doc  string // a few lines, may be empty
	list []number
}

// number is one constant.
type number struct {
	words []string // of its name: "Hdr", "Reply", "Level"
	value uint64   // its bits
	minus bool     // it is negative, and value its amount
	kind  kind
	doc   string // one line, may be empty
}

// kind says which type a constant has in a language that wants to know.
type kind int

const (
	size   kind = iota // an offset, a length or a count
	code               // a number for something, in a field of 32 bits
	bits32             // 1 << n in such a field, or one with all bits set
	bits64
	signed // an errno
	octet  // a byte: an action, a command, a type of column
)

// sources are where constants come from: all of a directory, or one file.
var sources = []string{"wasm/abi/*.go", "plugins/sdk/protocol.go"}

// read returns the constants in the order of the sources.
func read() ([]group, error) {
	var all []group
	for _, pattern := range sources {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, err
		}
		set := token.NewFileSet()
		var files []*ast.File
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(set, name, nil, parser.ParseComments)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
		// What the packages import is not looked at: no constant depends on it.
		config := types.Config{Error: func(error) {}}
		pkg, _ := config.Check(filepath.Base(filepath.Dir(pattern)), set, files, nil)
		for _, f := range files {
			for _, d := range f.Decls {
				if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.CONST {
					if g := block(pkg, d); len(g.list) > 0 {
						all = append(all, g)
					}
				}
			}
		}
	}
	if len(all) == 0 {
		return nil, errors.New("found no constants: is this run in plugins/sdk/gen?")
	}
	return all, nil
}

// block reads one declaration.
func block(pkg *types.Package, d *ast.GenDecl) group {
	g := group{doc: d.Doc.Text()}
	for _, spec := range d.Specs {
		spec := spec.(*ast.ValueSpec)
		doc := strings.TrimSpace(spec.Comment.Text())
		if doc == "" && len(d.Specs) > 1 {
			doc = strings.Join(strings.Fields(spec.Doc.Text()), " ")
		}
		for _, name := range spec.Names {
			c, ok := pkg.Scope().Lookup(name.Name).(*types.Const)
			if !ok || !c.Exported() || c.Val().Kind() != constant.Int || c.Name() == "I32" || c.Name() == "I64" {
				continue // names of exports, and WebAssembly's own numbers
			}
			n := number{words: words(c), kind: kindOf(c, spec), doc: doc}
			v := c.Val()
			if n.minus = constant.Sign(v) < 0; n.minus {
				v = constant.UnaryOp(token.SUB, v, 0)
			}
			n.value, _ = constant.Uint64Val(v)
			g.list = append(g.list, n)
		}
	}
	return g
}

// kindOf chooses a constant's type.
func kindOf(c *types.Const, spec *ast.ValueSpec) kind {
	name := c.Name()
	if t, ok := c.Type().(*types.Named); ok {
		switch t.Obj().Name() {
		case "Errno":
			return signed
		case "Action":
			return octet
		}
		if v, exact := constant.Uint64Val(c.Val()); !exact || v < 1<<31 {
			return code
		}
		return bits32
	}
	if c.Pkg().Name() == "sdk" {
		return octet
	}
	if strings.HasPrefix(name, "Type") || strings.HasPrefix(name, "Feature") {
		return bits64
	}
	if v, exact := constant.Uint64Val(c.Val()); exact && v > 1<<31 {
		return bits32
	}
	if len(spec.Values) == 1 {
		if shift, ok := spec.Values[0].(*ast.BinaryExpr); ok && shift.Op == token.SHL {
			if one, ok := shift.X.(*ast.BasicLit); ok && one.Value == "1" {
				return bits32
			}
		}
	}
	return size
}

// prefixes are put before names that need one where there are no packages and types.
var prefixes = map[string]string{"Errno": "Err", "Action": "Action"}

// words splits a constant's name: HdrReplySQLSt is Hdr, Reply, SQL, St.
func words(c *types.Const) []string {
	name := c.Name()
	if t, ok := c.Type().(*types.Named); ok && name != "OK" {
		name = prefixes[t.Obj().Name()] + name
	}
	if c.Pkg().Name() == "sdk" && strings.HasPrefix(name, "Type") {
		name = "Field" + strings.TrimPrefix(name, "Type") // a statement's bits are Type, too
	}
	if c.Name() == "Major" || c.Name() == "Minor" {
		name = "ABI" + name
	}
	var out []string
	runes := []rune(name)
	start := 0
	for i := 1; i < len(runes); i++ {
		lowerBefore := unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1])
		lowerAfter := i+1 < len(runes) && unicode.IsLower(runes[i+1])
		if unicode.IsUpper(runes[i]) && (lowerBefore || lowerAfter) {
			out = append(out, string(runes[start:i]))
			start = i
		}
	}
	return append(out, string(runes[start:]))
}

// screaming is the name in capital letters: HDR_REPLY_SQL_ST.
func (n *number) screaming() string { return strings.ToUpper(strings.Join(n.words, "_")) }
