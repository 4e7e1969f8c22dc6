// Package dbfwfilter is a filter that blocks statements by rules. See README.md.
package dbfwfilter

import (
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/pattern"
	"github.com/penstock-db/penstock/wasm/abi"
)

func init() { sdk.RegisterFilter("dbfwfilter", setup) }

// now is the wall clock; tests stop it.
var now = time.Now

// action is what a match means.
type action byte

const (
	actionBlock  action = iota // what matches a rule is blocked
	actionAllow                // what matches no rule is blocked
	actionIgnore               // nothing is blocked; for trying rules out with log_match
)

type filter struct {
	rules      []*rule
	action     action
	logMatch   bool
	logMiss    bool
	dynamic    bool // PREPARE and EXECUTE IMMEDIATE of text that cannot be seen are allowed
	limit      int
	statements []statement
	lexer      lexer

	blocked sdk.Metric
}

func setup(o *sdk.Options) (sdk.Filter, error) {
	f := &filter{}
	switch o.Enum("action", "block", "block", "allow", "ignore") {
	case "allow":
		f.action = actionAllow
	case "ignore":
		f.action = actionIgnore
	}
	f.logMatch = o.Bool("log_match", false)
	f.logMiss = o.Bool("log_no_match", false)
	f.dynamic = o.Enum("dynamic_sql", "block", "block", "allow") == "allow"
	f.limit = int(o.Size("max_statement_size", 128<<10))
	if f.limit > 8<<20 {
		o.Fail("max_statement_size", "must be at most 8Mi: the statement lives in the filter's memory")
	}
	seen := map[string]bool{}
	for _, sub := range o.Tables("rules") {
		r := readRule(sub)
		if seen[r.name] && r.name != "" {
			sub.Fail("name", `must be unique; "`+r.name+`" is there twice`)
		}
		seen[r.name] = true
		f.rules = append(f.rules, r)
	}
	if len(f.rules) == 0 {
		o.Fail("rules", "is required: at least one rule, a table with name and type")
	}
	o.Commands(sdk.ComQuery, sdk.ComStmtPrepare, sdk.ComStmtExecute, sdk.ComStmtBulkExecute)
	o.Needs(abi.NeedSQL)
	f.blocked = sdk.NewMetric(abi.MetricCounter, "statements_blocked")
	return f, nil
}

// Open implements sdk.Opener.
func (f *filter) Open(abi.OpenReason) error {
	f.SessionReset()
	if state := sdk.HandedOver(); state != nil {
		return f.attach(state)
	}
	return nil
}

// SessionReset implements sdk.ResetHandler: the user may be another one now.
func (f *filter) SessionReset() {
	user, host := sdk.Info(sdk.InfoUser), sdk.Info(sdk.InfoHost)
	for _, r := range f.rules {
		r.mine = r.concerns(user, host)
		r.speed = speed{}
	}
}

// Query implements sdk.Filter.
func (f *filter) Query(q *sdk.Query) sdk.Verdict {
	sql, ok := q.Whole(f.limit)
	if !ok {
		return f.refuse(nil, "the statement is longer than max_statement_size and cannot be checked")
	}
	if len(sql) == 0 {
		if q.Command() == sdk.ComQuery {
			return sdk.Pass // the server's own error
		}
		return f.refuse(nil, "the prepared statement's text is not known")
	}
	if f.innocent(sql) {
		return sdk.Pass
	}
	f.lexer.collation = q.Charset()
	f.lexer.backslash, f.lexer.executable = false, false
	// A statement that can be read in several ways has to be right in each.
	for i, as := range readings {
		if i&1 != 0 && !f.lexer.backslash || i&2 != 0 && !f.lexer.executable {
			continue
		}
		if r, why := f.judge(q, sql, as); r != nil || why != "" {
			return f.refuse(r, why)
		}
	}
	return sdk.Pass
}

// hiding are words of which a statement that executes a text has one.
var hiding = pattern.Words("prepare", "immediate")

// innocent reports whether it is certain, from words that the text does not
// have, that nothing in it can be blocked or logged. Most texts are, and need
// not be cut into tokens.
func (f *filter) innocent(sql []byte) bool {
	if f.action == actionAllow || f.logMiss || !f.dynamic && hiding.May(sql) {
		return false
	}
	for _, r := range f.rules {
		if r.mine && r.may(sql) {
			return false
		}
	}
	return true
}

// readings are all ways to read a statement; bit 0 of the index is about
// backslashes and bit 1 about executable comments.
var readings = [...]reading{{true, true}, {false, true}, {true, false}, {false, false}}

// judge checks each statement of the text. It returns why the text must not
// pass: the rule that it matches, or in words.
func (f *filter) judge(q *sdk.Query, sql []byte, as reading) (*rule, string) {
	f.lexer.read(sql, as)
	f.statements = split(f.statements[:0], f.lexer.tokens)
	for i := range f.statements {
		s := &f.statements[i]
		if s.hidden && !f.dynamic {
			return nil, "the text of a dynamic statement cannot be checked (see dynamic_sql)"
		}
		m := f.match(q, s, sql)
		switch {
		case m == nil && f.logMiss:
			sdk.Log(abi.LogNotice, "dbfwfilter: no rule matches: "+string(s.text(sql)))
		case m != nil && f.logMatch:
			sdk.Log(abi.LogNotice, `dbfwfilter: rule "`+m.name+`" matches: `+string(s.text(sql)))
		}
		if m != nil && f.action == actionBlock {
			return m, ""
		}
		if m == nil && f.action == actionAllow {
			return nil, "no rule allows it"
		}
	}
	return nil, ""
}

// match returns the first rule that the statement matches.
func (f *filter) match(q *sdk.Query, s *statement, sql []byte) *rule {
	for _, r := range f.rules {
		if r.mine && r.onTime() && r.on(s) && r.matches(q, s, sql) {
			return r
		}
	}
	return nil
}

func (f *filter) refuse(r *rule, why string) sdk.Verdict {
	if f.action == actionIgnore {
		return sdk.Pass
	}
	f.blocked.Add(1)
	if r == nil {
		return sdk.Reject(1141, "42000", "Access denied by the firewall: "+why)
	}
	message := r.message
	if message == "" {
		message = `Access denied by the firewall: rule "` + r.name + `"`
	}
	return sdk.Reject(r.errno, r.sqlState(), message)
}
