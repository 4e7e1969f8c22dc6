// Command maskrows is a filter: what columns hold whose names match a pattern does not reach
// the client. Texts become the mask, values of other types NULL; NULL stays NULL.
//
// Names are those that the server gives the result's columns: what an expression has made of a
// column is another one. Cursors are refused, because their rows come without columns.
//
// Options: columns, a list of patterns with * and ?, required; mask, a text.
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o maskrows.wasm .
package main

import (
	"path"
	"strings"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

func main() {}

func init() { sdk.RegisterFilter("maskrows", setup) }

type filter struct {
	patterns []string
	mask     []byte
	masked   []bool // by column of the result
	any      bool
	out      []byte
	values   sdk.Metric
}

func setup(o *sdk.Options) (sdk.Filter, error) {
	f := &filter{patterns: o.Strings("columns"), mask: []byte(o.String("mask", "***"))}
	if len(f.patterns) == 0 {
		o.Fail("columns", `is required: patterns of column names, such as "*password*"`)
	}
	for i, p := range f.patterns {
		if f.patterns[i] = strings.ToLower(p); strings.ContainsAny(p, `[]\/`) {
			o.Fail("columns", "must not have brackets and slashes: only * and ? stand for something")
		}
	}
	o.Commands(sdk.ComQuery, sdk.ComStmtExecute, sdk.ComStmtBulkExecute, sdk.ComStmtFetch)
	o.ReplyLevel(abi.ReplyRows)
	f.values = sdk.NewMetric(abi.MetricCounter, "values_masked")
	return f, nil
}

// Query implements sdk.Filter.
func (f *filter) Query(q *sdk.Query) sdk.Verdict {
	if q.Command() == sdk.ComStmtFetch {
		return sdk.Reject(1235, "42000", "maskrows: rows of a cursor cannot be masked")
	}
	return sdk.Pass
}

// Reply implements sdk.Replier.
func (f *filter) Reply(r *sdk.Reply) sdk.Verdict {
	switch r.Phase() {
	case abi.PhaseColumns:
		f.columns(r)
	case abi.PhaseRows:
		if f.any {
			return f.rows(r)
		}
	}
	return sdk.Pass
}

// columns finds out which are masked. An alias does not unmask a column: its own name in
// the table counts too.
func (f *filter) columns(r *sdk.Reply) {
	f.masked, f.any = f.masked[:0], false
	p := r.Packets()
	for payload, _, ok := p.Next(); ok; payload, _, ok = p.Next() {
		var d sdk.Definition
		if d.Decode(payload) {
			hit := f.matches(d.Name) || f.matches(d.OrgName)
			f.masked, f.any = append(f.masked, hit), f.any || hit
		}
	}
}

func (f *filter) matches(name []byte) bool {
	lower := strings.ReplaceAll(strings.ToLower(string(name)), "/", "|") // which path.Match would stop at
	for _, p := range f.patterns {
		if ok, err := path.Match(p, lower); ok || err != nil {
			return true
		}
	}
	return false
}

func (f *filter) rows(r *sdk.Reply) sdk.Verdict {
	f.out = f.out[:0]
	values := int64(0)
	p := r.Packets()
	for payload, _, ok := p.Next(); ok; payload, _, ok = p.Next() {
		row, w := r.Row(payload), r.WriteRow(f.out)
		i := 0
		for v, ok := row.Next(); ok; v, ok = row.Next() {
			if v != nil && i < len(f.masked) && f.masked[i] {
				values++
				if v = nil; sdk.IsText(r.Types()[i]) {
					v = f.mask
				}
			}
			w.Value(v)
			i++
		}
		f.out = w.End()
		if !row.Whole() { // what cannot be read cannot be masked
			return sdk.Reject(1105, "", "maskrows: a row does not fit its columns")
		}
	}
	if len(p.Rest()) > 0 {
		return sdk.Reject(1105, "", "maskrows: a row is cut off")
	}
	f.values.Add(values)
	return r.Replace(f.out)
}
