// Package namedserverfilter is a filter that gives the router a hint when a
// statement matches a regular expression. See README.md.
package namedserverfilter

import (
	"strings"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/clients"
	"github.com/penstock-db/penstock/plugins/sdk/pattern"
	"github.com/penstock-db/penstock/wasm/abi"
)

func init() { sdk.RegisterFilter("namedserverfilter", setup) }

// rule is a match with its target.
type rule struct {
	match  *pattern.Pattern
	kind   abi.HintKind
	server string
}

type filter struct {
	rules  []rule
	client clients.Clients
	limit  int
	idle   bool
}

func setup(o *sdk.Options) (sdk.Filter, error) {
	f := &filter{client: clients.Options(o), limit: int(o.Size("max_statement_size", 64<<10))}
	flags := pattern.Flags(o)
	var patterns []*pattern.Pattern
	// match and target without a number come first.
	pairs := []string{""}
	for i := 1; i <= 25; i++ {
		pairs = append(pairs, string([]byte{byte('0' + i/10), byte('0' + i%10)}))
	}
	given := map[string]bool{}
	for _, n := range o.Names(func(string) bool { return true }) {
		given[n] = true
	}
	for _, n := range pairs {
		match, target := "match"+n, "target"+n
		// Names that were not given are not asked for, or an error message
		// would list them all; match01 and target01 show the pattern.
		if n != "01" && !given[match] && !given[target] {
			continue
		}
		re := pattern.Option(o, match, flags)
		text := strings.TrimSpace(o.String(target, ""))
		switch {
		case !given[match] && !given[target]:
			continue
		case !given[match]:
			o.Fail(match, "is required because "+target+" is there")
		case !given[target]:
			o.Fail(target, "is required because "+match+" is there: a server's name, ->master, ->slave, ->last or ->all")
		}
		kind, server := hint(text)
		if given[target] && kind == abi.HintNone {
			o.Fail(target, `must be a server's name, ->master, ->slave, ->last or ->all, not "`+text+`"`)
		}
		f.rules, patterns = append(f.rules, rule{re, kind, server}), append(patterns, re)
	}
	if len(f.rules) == 0 {
		o.Fail("match01", "is required: at least one pair of match01 and target01 (up to match25 and target25)")
	}
	o.Commands(sdk.ComQuery, sdk.ComStmtPrepare, sdk.ComStmtExecute)
	o.Texts(pattern.Texts(patterns...)...)
	o.Needs(abi.NeedSQL)
	return f, nil
}

// hint turns a target into a hint.
func hint(target string) (abi.HintKind, string) {
	switch strings.ToLower(target) {
	case "->master", "->primary":
		return abi.HintPrimary, ""
	case "->slave", "->replica":
		return abi.HintReplica, ""
	case "->last":
		return abi.HintLast, ""
	case "->all":
		return abi.HintAll, ""
	}
	if target == "" || strings.HasPrefix(target, "->") || strings.ContainsAny(target, ", ") || len(target) > abi.MaxHintName {
		return abi.HintNone, ""
	}
	return abi.HintServer, target
}

// Open implements sdk.Opener.
func (f *filter) Open(abi.OpenReason) error {
	f.idle = !f.client.Mine()
	return nil
}

// Query implements sdk.Filter: the first rule that matches counts.
func (f *filter) Query(q *sdk.Query) sdk.Verdict {
	if f.idle {
		return sdk.Pass
	}
	sql, ok := q.Whole(f.limit)
	if !ok {
		sql = q.SQL() // the beginning will do for a hint
	}
	for i := range f.rules {
		if r := &f.rules[i]; r.match.Match(sql) {
			q.SetHint(r.kind, r.server)
			break
		}
	}
	return sdk.Pass
}

// SessionReset implements sdk.ResetHandler: the user may be another one now.
func (f *filter) SessionReset() { f.idle = !f.client.Mine() }
