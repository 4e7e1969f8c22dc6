// Package regexfilter is a filter that rewrites statements with a regular
// expression. See README.md.
package regexfilter

import (
	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/clients"
	"github.com/penstock-db/penstock/plugins/sdk/pattern"
	"github.com/penstock-db/penstock/wasm/abi"
)

func init() { sdk.RegisterFilter("regexfilter", setup) }

type filter struct {
	match   *pattern.Pattern
	exclude *pattern.Pattern
	replace []byte
	client  clients.Clients
	limit   int
	log     bool
	out     []byte // kept between calls
	idle    bool   // another user or source: nothing to do in this session

	rewritten sdk.Metric
}

func setup(o *sdk.Options) (sdk.Filter, error) {
	flags := pattern.Flags(o)
	f := &filter{
		match:   pattern.Option(o, "match", flags),
		exclude: pattern.Option(o, "exclude", flags),
		replace: []byte(o.String("replace", "")),
		client:  clients.Options(o),
		limit:   int(o.Size("max_statement_size", 64<<10)),
		log:     o.Bool("log_trace", false),
	}
	if !o.Has("match") {
		o.Fail("match", "is required: the regular expression to look for")
	}
	if !o.Has("replace") {
		o.Fail("replace", `is required: the text to put in its place, with $1 or ${name} for groups ("" removes)`)
	}
	if f.limit > 8<<20 {
		o.Fail("max_statement_size", "must be at most 8Mi: the statement and its replacement live in the filter's memory")
	}
	o.Commands(sdk.ComQuery, sdk.ComStmtPrepare)
	o.Texts(pattern.Texts(f.match)...)
	f.rewritten = sdk.NewMetric(abi.MetricCounter, "statements_rewritten")
	return f, nil
}

// Open implements sdk.Opener.
func (f *filter) Open(abi.OpenReason) error {
	f.idle = !f.client.Mine()
	return nil
}

// Query implements sdk.Filter.
func (f *filter) Query(q *sdk.Query) sdk.Verdict {
	if f.idle {
		return sdk.Pass
	}
	sql, ok := q.Whole(f.limit)
	if !ok {
		sdk.Log(abi.LogWarning, "regexfilter: a statement is longer than max_statement_size and passes unchanged")
		return sdk.Pass
	}
	if !f.match.Match(sql) || f.exclude != nil && f.exclude.Match(sql) {
		return sdk.Pass
	}
	out := f.rewrite(sql)
	if string(out) == string(sql) {
		return sdk.Pass
	}
	f.rewritten.Add(1)
	if f.log && sdk.LogEnabled(abi.LogNotice) {
		sdk.Log(abi.LogNotice, "regexfilter: rewrote: "+string(sql)+" as: "+string(out))
	}
	return q.Replace(out)
}

// rewrite replaces every match, into a buffer that is kept.
func (f *filter) rewrite(sql []byte) []byte {
	out, at := f.out[:0], 0
	for _, m := range f.match.FindAllSubmatchIndex(sql, -1) {
		out = append(out, sql[at:m[0]]...)
		out = f.match.Expand(out, f.replace, sql, m)
		at = m[1]
	}
	out = append(out, sql[at:]...)
	f.out = out
	return out
}

// SessionReset implements sdk.ResetHandler: the user may be another one now.
func (f *filter) SessionReset() { f.idle = !f.client.Mine() }
