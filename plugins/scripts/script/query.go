package script

import (
	"errors"
	"fmt"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

var errOutside = errors.New("q can be used in query alone, while it runs")

// queryObject is q. It is made once; what it says is always the present command's.
func (f *Filter) queryObject() *Object {
	get := func(word string, value func(q *sdk.Query) any) func() (any, error) {
		_, needed := needs[word]
		return func() (any, error) {
			if f.query == nil {
				return nil, errOutside
			}
			if needed {
				if err := f.uses.named("q", word); err != nil {
					return nil, err
				}
			}
			return value(f.query), nil
		}
	}
	o := &Object{Name: "q", Properties: map[string]func() (any, error){}, Functions: map[string]Function{}}
	for name, value := range map[string]func(q *sdk.Query) any{
		"sql":            func(q *sdk.Query) any { return f.statement(q) },
		"command":        func(q *sdk.Query) any { return commandNames[q.Command()] },
		"sequence":       func(q *sdk.Query) any { return float64(q.Sequence()) },
		"statement_id":   func(q *sdk.Query) any { return float64(q.StatementID()) },
		"charset":        func(q *sdk.Query) any { return float64(q.Charset()) },
		"operation":      func(q *sdk.Query) any { return operationName(q.Operation()) },
		"digest":         func(q *sdk.Query) any { return fmt.Sprintf("%016x", q.Digest()) },
		"canonical":      func(q *sdk.Query) any { return string(q.Canonical()) },
		"tables":         func(q *sdk.Query) any { return anyList(q.Tables()) },
		"in_transaction": func(q *sdk.Query) any { return q.InTransaction() },
		"autocommit":     func(q *sdk.Query) any { return q.Autocommit() },
	} {
		o.Properties[name] = get(name, value)
	}
	addSession(o)
	o.Functions["is"] = func(a *Args) (any, error) {
		if f.query == nil {
			return nil, errOutside
		}
		var bits uint64
		for i := range max(1, len(a.List)) {
			bits |= oneOf(a, i, types)
		}
		if err := errors.Join(f.uses.named("q", "is"), a.Err()); err != nil {
			return nil, err
		}
		return f.query.Is(bits), nil
	}
	f.verdicts(o)
	return o
}

func (f *Filter) verdicts(o *Object) {
	add := func(name string, make func(a *Args) (func() sdk.Verdict, error)) {
		o.Functions[name] = f.verdict("query", "q."+name, func(a *Args) (func() sdk.Verdict, error) {
			if f.query == nil {
				return nil, errOutside
			}
			return make(a)
		})
	}
	always := func(v sdk.Verdict) func(*Args) (func() sdk.Verdict, error) {
		return func(*Args) (func() sdk.Verdict, error) { return func() sdk.Verdict { return v }, nil }
	}
	add("pass", always(sdk.Pass))
	add("detach", always(sdk.DetachMe))
	add("reject", func(a *Args) (func() sdk.Verdict, error) { return refusal(a, sdk.Reject) })
	add("close", func(a *Args) (func() sdk.Verdict, error) { return refusal(a, sdk.Close) })
	add("rewrite", func(a *Args) (func() sdk.Verdict, error) {
		sql := []byte(a.text(0))
		return func() sdk.Verdict { return f.query.Replace(sql) }, nil
	})
	add("hold", func(a *Args) (func() sdk.Verdict, error) {
		d := a.milliseconds(0)
		return func() sdk.Verdict { return sdk.Hold(d) }, f.uses.named("q", "hold")
	})
	add("ok", func(a *Args) (func() sdk.Verdict, error) {
		affected, id := a.wholeOr(0, 0, 0, maxWhole), a.wholeOr(1, 0, 0, maxWhole)
		return func() sdk.Verdict { return f.query.Answer().OK(uint64(affected), uint64(id), 0).Verdict() }, nil
	})
	add("answer", func(a *Args) (func() sdk.Verdict, error) {
		columns, rows, err := table(a)
		return func() sdk.Verdict {
			answer := f.query.Answer().Columns(columns...)
			for _, r := range rows {
				answer.Row(r...)
			}
			return answer.Verdict()
		}, err
	})
	o.Functions["hint"] = f.setter(func(a *Args) {
		kind, server := oneOf(a, 0, hints), ""
		if kind == abi.HintServer {
			if server = a.text(1); server == "" || len(server) > abi.MaxHintName {
				a.fail(1, "a server's name")
			}
		}
		if a.Err() == nil {
			f.query.SetHint(kind, server)
		}
	})
	o.Functions["replies"] = f.setter(func(a *Args) {
		if level := oneOf(a, 0, replyLevels); a.Err() == nil {
			f.query.RaiseReply(level)
		}
	})
}

func (f *Filter) setter(set func(a *Args)) Function {
	return func(a *Args) (any, error) {
		if f.query == nil {
			return nil, errOutside
		}
		set(a)
		return nil, a.Err()
	}
}

// statement is the whole text. A script that would decide by a part of it is not asked:
// a statement that is too long is refused.
func (f *Filter) statement(q *sdk.Query) string {
	if !f.hasSQL {
		sql, ok := q.Whole(f.limit)
		if !ok {
			f.refused = &Verdict{name: "q.sql", give: func() sdk.Verdict {
				return sdk.Reject(1153, "08S01", "the statement is longer than max_statement_size of the filter's script allows")
			}}
		}
		f.sql, f.hasSQL = string(sql), true
	}
	return f.sql
}

// table reads a list of columns and a list of rows, each a list.
func table(a *Args) (columns []sdk.Column, rows [][][]byte, err error) {
	names, lines := a.list(0), a.list(1)
	if a.Err() == nil && len(names) == 0 {
		a.fail(0, "a list of names of columns")
	}
	for i, name := range names {
		text, ok := textOf(name)
		if !ok {
			return nil, nil, fmt.Errorf("%s: name %d of the columns has to be a string, not %s", a.Function, i+1, kindOf(name))
		}
		columns = append(columns, sdk.Column{Name: text})
	}
	for i, line := range lines {
		values, ok := line.([]any)
		if !ok || len(values) > len(columns) {
			return nil, nil, fmt.Errorf("%s: row %d has to be a list of %d values at most", a.Function, i+1, len(columns))
		}
		row := make([][]byte, len(columns)) // what is missing at the end is NULL
		for j, v := range values {
			if row[j], ok = valueOf(v); !ok {
				return nil, nil, fmt.Errorf("%s: value %d of row %d cannot be %s", a.Function, j+1, i+1, kindOf(v))
			}
		}
		rows = append(rows, row)
	}
	return columns, rows, nil
}

// valueOf is a value of a row as text, nil for NULL.
func valueOf(v any) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case bool:
		if v {
			return []byte{'1'}, true
		}
		return []byte{'0'}, true
	}
	text, ok := textOf(v)
	return append([]byte{}, text...), ok
}

func operationName(op abi.Operation) string {
	if int(op) < len(operations) {
		return operations[op]
	}
	return "other"
}

func anyList(texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}
