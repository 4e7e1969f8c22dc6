package oracle

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/engine/sql"
	"github.com/pingcap/tidb/pkg/parser"
	"github.com/pingcap/tidb/pkg/parser/ast"
)

// TestCanonicalIsStillTheStatement: the parser sees in the canonical text as
// many statements, of the same types, as in the statement itself, and the
// text is its own canonical text.
func TestCanonicalIsStillTheStatement(t *testing.T) {
	p := parser.New()
	held := 0
	for _, text := range corpus(t) {
		nodes := parse(p, text)
		if len(nodes) == 0 {
			continue
		}
		canonical := sql.Canonical(nil, []byte(text), mode)
		if again := sql.Canonical(nil, canonical, mode); !bytes.Equal(canonical, again) {
			t.Errorf("%q: %q is not its own canonical text, but %q", text, canonical, again)
		}
		after := parse(p, string(canonical))
		if len(after) == 0 {
			continue // where the grammar wants a literal, a ? is none
		}
		if len(after) != len(nodes) {
			t.Errorf("%q: %d statements, and %d in %q", text, len(nodes), len(after), canonical)
			continue
		}
		for i := range nodes {
			if was, is := fmt.Sprintf("%T", nodes[i]), fmt.Sprintf("%T", after[i]); was != is {
				t.Errorf("%q is %s, but %s in %q", text, was, is, canonical)
			}
		}
		held++
	}
	t.Logf("%d canonical texts held against the parser", held)
	if held < 1500 {
		t.Errorf("only %d canonical texts could be held against the parser", held)
	}
}

// names collects the tables that a parsed statement names, but those that it
// defines itself.
type names struct {
	found   []string
	defined []string
}

func (n *names) Enter(in ast.Node) (ast.Node, bool) {
	switch in := in.(type) {
	case *ast.CommonTableExpression:
		n.defined = append(n.defined, in.Name.L)
	case *ast.TableName:
		name := in.Name.O
		if in.Schema.O != "" {
			name = in.Schema.O + "." + name
		}
		n.found = append(n.found, name)
	}
	return in, false
}

func (n *names) Leave(in ast.Node) (ast.Node, bool) { return in, true }

// TestTablesAgreesWithTheParser: what Tables finds in statements about rows is
// what the parser finds.
func TestTablesAgreesWithTheParser(t *testing.T) {
	p := parser.New()
	held, bad := 0, 0
	for _, text := range corpus(t) {
		nodes := parse(p, text)
		if len(nodes) != 1 {
			continue
		}
		switch nodes[0].(type) {
		case *ast.SelectStmt, *ast.SetOprStmt, *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt:
		default:
			continue
		}
		var n names
		nodes[0].Accept(&n)
		var want []string
		for _, name := range n.found {
			if !slices.Contains(n.defined, strings.ToLower(name)) && !slices.Contains(want, name) {
				want = append(want, name)
			}
		}
		got := sql.Tables([]byte(text), mode)
		missing := slices.DeleteFunc(slices.Clone(want), func(s string) bool { return slices.Contains(got, s) })
		extra := slices.DeleteFunc(slices.Clone(got), func(s string) bool { return slices.Contains(want, s) })
		if len(missing)+len(extra) > 0 {
			bad++
			t.Logf("%q: Tables is %q, want %q", text, got, want)
		}
		held++
	}
	t.Logf("the tables of %d statements held against the parser, %d differ", held, bad)
	if bad*100 > held || held < 500 {
		t.Errorf("Tables differs in %d of %d statements", bad, held)
	}
}
