package dbfwfilter

import "github.com/penstock-db/penstock/plugins/sdk"

// form is the form of the state that is handed over.
const form = 1

// Detach implements sdk.Detacher: a session that limit_queries blocks, or soon
// would, must not become free by an upgrade.
func (f *filter) Detach(dst []byte) []byte {
	dst = sdk.AppendState(dst, form)
	for _, r := range f.rules {
		if r.speed.count == 0 {
			continue
		}
		dst = sdk.AppendText(dst, r.name)
		dst = sdk.AppendNumber(dst, uint64(r.speed.count))
		dst = sdk.AppendNumber(dst, uint64(r.speed.begun))
		dst = sdk.AppendNumber(dst, uint64(r.speed.blocked))
	}
	return dst
}

// attach goes on where a predecessor was: rules are the same if their names
// are. How long a session is blocked was decided when it was.
func (f *filter) attach(state []byte) error {
	in := sdk.ReadState(state, form)
	for in.More() {
		name := in.Text()
		count := int64(min(in.Number(), 1<<40))
		begun, blocked := in.Time(), in.Time()
		for _, r := range f.rules {
			if r.name == name && r.kind == "limit_queries" {
				r.speed = speed{count: count, begun: begun, blocked: blocked}
			}
		}
	}
	return in.End()
}
