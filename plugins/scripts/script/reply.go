package script

import (
	"errors"
	"strings"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

// column is what is kept of a column of the present result.
type column struct {
	name, origin, table, schema string
	kind                        byte
	unsigned                    bool
	decimals                    byte
}

// result is what is known of the present result.
type result struct {
	columns []column
	listed  *List            // r.columns
	found   map[string]*List // r.find, by name
	ended   bool             // further rows are left out
}

var errNoReply = errors.New("r can be used in reply and row alone, while they run")

// replyObject is r. It is made once; what it says is always the present reply's.
func (f *Filter) replyObject() *Object {
	o := &Object{Name: "r", Properties: map[string]func() (any, error){}, Functions: map[string]Function{}}
	for name, value := range map[string]func(r *sdk.Reply) any{
		"command":   func(r *sdk.Reply) any { return commandNames[r.Command()] },
		"sequence":  func(r *sdk.Reply) any { return float64(r.Sequence()) },
		"state":     func(r *sdk.Reply) any { return replyStates[r.State()&3] },
		"errno":     func(r *sdk.Reply) any { return float64(r.Errno()) },
		"sqlstate":  func(r *sdk.Reply) any { return strings.TrimRight(string(r.SQLState()), "\x00") },
		"rows":      func(r *sdk.Reply) any { return float64(r.Rows()) },
		"bytes":     func(r *sdk.Reply) any { return float64(r.Bytes()) },
		"affected":  func(r *sdk.Reply) any { return float64(r.Affected()) },
		"insert_id": func(r *sdk.Reply) any { return float64(r.LastInsertID()) },
		"warnings":  func(r *sdk.Reply) any { return float64(r.Warnings()) },
		"duration":  func(r *sdk.Reply) any { return milliseconds(r.Duration()) },
		"server":    func(r *sdk.Reply) any { return serverName(r.Server()) },
		"columns":   func(*sdk.Reply) any { return f.result.list() },
	} {
		o.Properties[name] = func() (any, error) {
			if f.reply == nil {
				return nil, errNoReply
			}
			return value(f.reply), nil
		}
	}
	addSession(o)
	o.Functions["find"] = func(a *Args) (any, error) {
		if f.reply == nil {
			return nil, errNoReply
		}
		name := a.text(0)
		return f.result.find(name), a.Err()
	}
	f.rowVerdicts(o)
	return o
}

// serverName is nothing if no server has answered.
func serverName(target uint32) any {
	for i := range sdk.Targets() {
		if t := &sdk.Targets()[i]; t.Index() == target {
			return string(t.Name())
		}
	}
	return nil
}

// Reply implements sdk.Replier.
func (f *Filter) Reply(r *sdk.Reply) sdk.Verdict {
	f.reply = r
	defer func() { f.reply = nil }()
	switch r.Phase() {
	case abi.PhaseColumns:
		return f.begin(r)
	case abi.PhaseRows:
		return f.rows(r)
	case abi.PhaseSummary:
		if f.language.Defines("reply") {
			f.tell("reply", f.r)
		}
	}
	return sdk.Pass
}

// begin reads the definitions of a result's columns.
func (f *Filter) begin(r *sdk.Reply) sdk.Verdict {
	f.result = result{columns: f.result.columns[:0]}
	p := r.Packets()
	for payload, _, ok := p.Next(); ok; payload, _, ok = p.Next() {
		var d sdk.Definition
		if d.Decode(payload) {
			f.result.columns = append(f.result.columns, column{string(d.Name), string(d.OrgName), string(d.Table), string(d.Schema),
				d.Type, d.Unsigned(), d.Decimals})
		}
	}
	if len(f.result.columns) != len(r.Types()) || len(r.Types()) != int(r.ColumnCount()) {
		return sdk.Reject(1105, "", "the filter's script cannot be shown the columns of this result")
	}
	return sdk.Pass
}

// list is r.columns.
func (r *result) list() *List {
	if r.listed == nil {
		r.listed = &List{}
		for _, c := range r.columns {
			text := func(s string) func() (any, error) { return func() (any, error) { return s, nil } }
			r.listed.Items = append(r.listed.Items, &Object{Name: "the column", Properties: map[string]func() (any, error){
				"name": text(c.name), "origin": text(c.origin), "table": text(c.table), "schema": text(c.schema)}})
		}
	}
	return r.listed
}

// find is r.find: the places of the columns that have the name, or had it in their
// table, in any case of letters.
func (r *result) find(name string) *List {
	if l := r.found[name]; l != nil {
		return l
	}
	l := &List{}
	for i, c := range r.columns {
		if strings.EqualFold(c.name, name) || strings.EqualFold(c.origin, name) {
			l.Items = append(l.Items, Index(i))
		}
	}
	if r.found == nil {
		r.found = map[string]*List{}
	}
	r.found[name] = l
	return l
}
