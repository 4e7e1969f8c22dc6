package script

import (
	"fmt"

	"github.com/penstock-db/penstock/plugins/sdk"
)

// rowVerdicts are what row can say besides changing values.
func (f *Filter) rowVerdicts(o *Object) {
	add := func(hook, name string, make func(a *Args) (func() sdk.Verdict, error)) {
		o.Functions[name] = f.verdict(hook, "r."+name, func(a *Args) (func() sdk.Verdict, error) {
			if f.reply == nil {
				return nil, errNoReply
			}
			return make(a)
		})
	}
	none := func(*Args) (func() sdk.Verdict, error) { return nil, nil }
	add("row", "drop", none)
	add("row", "done", none)
	add("row", "reject", func(a *Args) (func() sdk.Verdict, error) { return refusal(a, sdk.Reject) })
	add("row", "close", func(a *Args) (func() sdk.Verdict, error) { return refusal(a, sdk.Close) })
}

// rows shows the script each row of a part.
func (f *Filter) rows(r *sdk.Reply) sdk.Verdict {
	if !f.language.Defines("row") {
		return sdk.Pass
	}
	if f.result.ended {
		return r.Drop()
	}
	defer func() { f.row.cells = f.row.cells[:0] }() // a script may have kept its values
	part, changed, out := r.Part(), false, f.out[:0]
	p := r.Packets()
	for at := 0; !f.result.ended; {
		payload, framed, ok := p.Next()
		if !ok {
			break
		}
		if !f.read(r, payload) {
			return sdk.Reject(1105, "", "the filter's script cannot be shown a row: it does not fit its columns")
		}
		keep, verdict := f.ask()
		if verdict != nil {
			return verdict.give()
		}
		if rewritten := f.row.changed(); !changed && (rewritten || !keep || f.result.ended) {
			out, changed = append(out, part[:at]...), true // until now it was as it came
		}
		at += len(framed)
		switch {
		case !keep || !changed:
		case f.row.changed():
			out = f.write(r, out)
		default:
			out = append(out, framed...)
		}
	}
	if len(p.Rest()) > 0 && !f.result.ended {
		return sdk.Reject(1105, "", "the filter's script cannot be shown a row: it is cut off")
	}
	switch f.out = out[:0]; {
	case !changed:
		return sdk.Pass
	case len(out) == 0:
		return r.Drop()
	}
	return r.Replace(out)
}

// ask calls row for the row that has been read. The verdict is one that ends the reply.
func (f *Filter) ask() (keep bool, ends *Verdict) {
	f.made = nil
	res, err := f.language.Call("row", f.r, &f.row)
	if err != nil {
		panic(err)
	}
	switch res := res.(type) {
	case nil:
		if f.made != nil {
			panic(fmt.Errorf("%s: row did not return the verdict of %s: write return %[2]s(…)", Name, f.made.name))
		}
		return true, nil
	case *Row:
		return true, nil
	case *Verdict:
		if res.hook != "row" {
			break
		}
		f.result.ended = res.name == "r.done"
		if res.give != nil {
			return false, res
		}
		return res.name != "r.drop", nil
	}
	panic(fmt.Errorf("%s: row returned %s: it returns nothing, its values, or what a function like r.drop gives", Name, kindOf(res)))
}

// read reads a row's values as text.
func (f *Filter) read(r *sdk.Reply, payload []byte) bool {
	f.row.cells, f.texts = f.row.cells[:0], f.texts[:0]
	row, binary := r.Row(payload), r.Binary()
	i := 0
	for v, ok := row.Next(); ok; v, ok = row.Next() {
		if binary && v != nil && i < len(f.result.columns) {
			v, ok = f.text(&f.result.columns[i], v)
			if !ok {
				return false
			}
		}
		f.row.cells = append(f.row.cells, cell{value: v})
		i++
	}
	return row.Whole()
}

// text is a value of the binary protocol as text, in a buffer that is kept.
func (f *Filter) text(c *column, raw []byte) ([]byte, bool) {
	if !c.encoded() {
		return raw, true
	}
	begin := len(f.texts)
	var ok bool
	f.texts, ok = c.appendText(f.texts, raw)
	return f.texts[begin:len(f.texts):len(f.texts)], ok
}

// write appends the row as the script has left it.
func (f *Filter) write(r *sdk.Reply, out []byte) []byte {
	w := r.WriteRow(out)
	for i := range f.row.cells {
		v, c := f.row.cells[i].value, &f.result.columns[i]
		if v != nil && r.Binary() && c.encoded() {
			raw, ok := c.appendRaw(nil, v)
			if !ok {
				panic(fmt.Errorf("%s: row gave column %q a value of %d bytes that its type cannot hold", Name, c.name, len(v))) // not the value: this is logged
			}
			v = raw
		}
		w.Value(v)
	}
	return w.End()
}

func (r *Row) changed() bool {
	for i := range r.cells {
		if r.cells[i].changed {
			return true
		}
	}
	return false
}
