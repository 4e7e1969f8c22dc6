package dbfwfilter

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/pattern"
	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
)

// A text that is passed without being cut into tokens would have been passed
// by the rules as well.
func TestInnocent(t *testing.T) {
	s := sdktest.Start(t, `{"rules":[{"name":"x","type":"wildcard"}]}`)
	regex, err := pattern.Compile("(?is)drop.*table")
	if err != nil {
		t.Fatal(err)
	}
	all := []*rule{
		{kind: "regex", regex: regex},
		{kind: "columns", values: []string{"secret", "straße"}},
		{kind: "columns", values: []string{"kiss"}, operations: []string{"select"}},
		{kind: "function", values: []string{"sleep", "benchmark"}},
		{kind: "wildcard", operations: []string{"select", "update"}},
		{kind: "no_where_clause", operations: []string{"delete"}},
		{kind: "no_where_clause"},
		{kind: "operation", operations: []string{"drop", "truncate", "kill"}},
	}
	for _, r := range all {
		r.mine = true
		r.needs()
	}
	pieces := strings.Split("select|SELECT|update|Delete|from|where|drop|table|truncate|kill|secret|`secret`|'secret'|\"kiss\"|"+
		"\u212aiss|ki\u017fs|sleep|sleep(|benchmark (|*|t.*|,|;|/*|*/|/*!|-- |\n|#|'|\\|prepare|execute|immediate|stra\u00dfe|STRA\u1e9eE|x|1|(|)|\xff|\xe2\x84", "|")
	random := rand.New(rand.NewPCG(1, 2))
	innocent := 0
	for range 50_000 {
		f := &filter{dynamic: random.IntN(2) == 0}
		for range 1 + random.IntN(2) {
			f.rules = append(f.rules, all[random.IntN(len(all))])
		}
		var b strings.Builder
		for range random.IntN(8) {
			b.WriteString(pieces[random.IntN(len(pieces))])
			b.WriteString([]string{" ", "", " "}[random.IntN(3)])
		}
		sql := []byte(b.String())
		if !f.innocent(sql) {
			continue
		}
		innocent++
		s.Prepare(sdktest.Command{SQL: b.String()})
		for _, as := range readings {
			if r, why := f.judge(&sdk.Query{}, sql, as); r != nil || why != "" {
				t.Fatalf("%q is innocent, but %+v %s", sql, r, why)
			}
		}
	}
	if innocent < 5000 {
		t.Errorf("only %d texts were innocent", innocent)
	}
}
