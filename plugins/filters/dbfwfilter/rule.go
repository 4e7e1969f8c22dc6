package dbfwfilter

import (
	"bytes"
	"strings"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/pattern"
)

// rule is one rule of the definition, and what this session has to do with it.
type rule struct {
	name       string
	kind       string
	regex      *pattern.Pattern
	values     []string // of columns and function, in lower case
	operations []string // none: all
	users      []string // user@host with % and _
	times      []span
	limit      limit
	errno      uint16
	state      string
	message    string

	words pattern.Literals // a text that it matches has one of them
	verbs pattern.Literals // and one of these

	mine  bool // it concerns this session's user
	speed speed
}

// span is a part of the day in UTC.
type span struct{ from, to time.Duration }

// limit is what limit_queries allows.
type limit struct {
	count   int64
	period  time.Duration
	holdoff time.Duration
}

// speed is how fast this session has been.
type speed struct {
	begun, blocked time.Duration
	count          int64
	sequence       uint64 // the command that was counted last
	over           bool   // and the answer
}

var operationNames = []string{"select", "insert", "replace", "update", "delete", "load", "create", "alter", "drop",
	"truncate", "rename", "grant", "revoke", "call", "set", "use", "show", "do", "prepare", "execute", "kill",
	"lock", "flush", "handler", "xa"}

func readRule(o *sdk.Options) *rule {
	r := &rule{name: o.String("name", "")}
	if r.name == "" {
		o.Fail("name", "is required: it appears in messages and in the log")
	}
	const kinds = "regex, columns, wildcard, no_where_clause, function, limit_queries, operation"
	r.kind = o.Enum("type", "", strings.Split(kinds, ", ")...)
	if !o.Has("type") {
		o.Fail("type", "is required: one of "+kinds)
	}
	switch r.kind {
	case "regex":
		r.regex = pattern.Option(o, "pattern", pattern.Flags(o))
		if !o.Has("pattern") {
			o.Fail("pattern", "is required for a rule of type regex")
		}
	case "columns", "function":
		for _, v := range o.Strings("values") {
			r.values = append(r.values, strings.ToLower(v))
		}
		if len(r.values) == 0 {
			o.Fail("values", "is required for a rule of type "+r.kind+": a list of names")
		}
	case "limit_queries":
		r.limit = limit{o.Int("count", 0, 1, 1_000_000_000), o.Duration("period", 0), o.Duration("holdoff", 0)}
		if !o.Has("count") || r.limit.period <= 0 || r.limit.holdoff <= 0 {
			o.Fail("count", `is required with period and holdoff for a rule of type limit_queries: count = 100, period = "1s", holdoff = "10s"`)
		}
	}
	r.operations = append(o.Set("on_operations", operationNames...), o.Set("on_queries", operationNames...)...)
	if r.kind == "operation" && len(r.operations) == 0 {
		o.Fail("on_operations", "is required for a rule of type operation")
	}
	r.needs()
	r.users = o.Strings("users")
	r.times = readTimes(o)
	r.errno = uint16(o.Int("errno", 1141, 1, 65535))
	r.state = o.String("sqlstate", "")
	if r.state != "" && len(r.state) != 5 {
		o.Fail("sqlstate", "must have five characters")
	}
	r.message = o.String("message", "")
	return r
}

// needs works out what a text has to have so that the rule can match.
func (r *rule) needs() {
	r.verbs = pattern.Words(r.operations...)
	switch r.kind {
	case "columns", "function":
		r.words = pattern.Words(r.values...)
	case "wildcard":
		r.words = pattern.Words("*")
	case "no_where_clause":
		r.words = pattern.Words("select", "update", "delete")
	}
}

// may reports whether a statement of the text may match. False is certain.
func (r *rule) may(sql []byte) bool {
	return r.verbs.May(sql) && r.words.May(sql) && (r.regex == nil || r.regex.May(sql))
}

func (r *rule) sqlState() string {
	switch {
	case r.state != "":
		return r.state
	case r.errno == 1141:
		return "42000"
	}
	return "HY000"
}

func readTimes(o *sdk.Options) (out []span) {
	for _, text := range o.Strings("at_times") {
		a, b, ok := strings.Cut(text, "-")
		from, ok1 := clock(a)
		to, ok2 := clock(b)
		if !ok || !ok1 || !ok2 {
			o.Fail("at_times", `must be times of the day in UTC such as "09:00:00-17:30:00", not "`+text+`"`)
			return nil
		}
		out = append(out, span{from, to})
	}
	return out
}

// clock reads hh:mm or hh:mm:ss.
func clock(text string) (d time.Duration, ok bool) {
	parts := strings.Split(strings.TrimSpace(text), ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, false
	}
	unit, limit := time.Hour, 24
	for _, p := range parts {
		n := 0
		if len(p) == 0 || len(p) > 2 {
			return 0, false
		}
		for _, c := range p {
			if c < '0' || c > '9' {
				return 0, false
			}
			n = n*10 + int(c-'0')
		}
		if n > limit || n == limit && limit == 60 {
			return 0, false
		}
		d += time.Duration(n) * unit
		unit, limit = unit/60, 60
	}
	return d, d <= 24*time.Hour
}

func (r *rule) onTime() bool {
	if len(r.times) == 0 {
		return true
	}
	t := now().UTC()
	at := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
	for _, s := range r.times {
		if s.from <= s.to && at >= s.from && at <= s.to || s.from > s.to && (at >= s.from || at <= s.to) {
			return true
		}
	}
	return false
}

// concerns reports whether the rule is for this user.
func (r *rule) concerns(user, host string) bool {
	if len(r.users) == 0 {
		return true
	}
	for _, u := range r.users {
		name, from, ok := cutLast(u, '@')
		if !ok {
			from = "%"
		}
		if like(name, user) && like(from, host) {
			return true
		}
	}
	return false
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	if i := strings.LastIndexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// like matches with % for any text and _ for one byte.
func like(pattern, s string) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '%':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '_' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "%") == ""
}

func (r *rule) on(s *statement) bool {
	if len(r.operations) == 0 {
		return true
	}
	for _, o := range r.operations {
		if s.verb(o) {
			return true
		}
	}
	return false
}

func (r *rule) matches(q *sdk.Query, s *statement, sql []byte) bool {
	switch r.kind {
	case "regex":
		return r.regex.Match(s.text(sql))
	case "columns":
		return s.names(r.values)
	case "function":
		return s.calls(r.values)
	case "wildcard":
		return s.wildcard()
	case "no_where_clause":
		return s.noWhere()
	case "limit_queries":
		return q.Command() != sdk.ComStmtPrepare && r.speed.exceeds(r.limit, q.Sequence(), sdk.Now())
	case "operation":
		return true
	}
	return false
}

// exceeds counts a command and reports whether it is one too many.
func (p *speed) exceeds(l limit, sequence uint64, now time.Duration) bool {
	if sequence == p.sequence && sequence != 0 {
		return p.over // the same command, read once more
	}
	p.sequence = sequence
	p.over = p.tally(l, now)
	return p.over
}

func (p *speed) tally(l limit, now time.Duration) bool {
	if p.blocked != 0 {
		if now < p.blocked {
			return true
		}
		*p = speed{sequence: p.sequence}
	}
	if p.count == 0 || now-p.begun > l.period {
		p.begun, p.count = now, 0
	}
	if p.count++; p.count > l.count {
		p.blocked = now + l.holdoff
		return true
	}
	return false
}

// has reports whether a list in lower case has the name in any case.
func has(list []string, name []byte) bool {
	for _, v := range list {
		if len(v) == len(name) && bytes.EqualFold([]byte(v), name) {
			return true
		}
	}
	return false
}
