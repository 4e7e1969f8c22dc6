package readwritesplit

import "github.com/penstock-db/penstock/plugins/sdk"

// form is the form of the state that is handed over.
const form = 1

// flags are the yes and no of the state, in the order of their bits.
func (s *state) flags() [4]*bool {
	return [...]*bool{&s.pinned, &s.varsThere, &s.locked, &s.nextTrx}
}

// Detach implements sdk.Detacher: where the session's tables, locks and
// variables are. Which servers failed lately, and what is known of the last
// command, the successor does without.
func (r *router) Detach(dst []byte) []byte {
	s := &r.state
	bits := uint64(0)
	for n, on := range s.flags() {
		if *on {
			bits |= 1 << n
		}
	}
	dst = sdk.AppendState(dst, form)
	for _, n := range [...]uint64{bits, uint64(s.reader), uint64(s.primary), uint64(s.varsAt), r.order} {
		dst = sdk.AppendNumber(dst, n)
	}
	for _, name := range s.temporary {
		dst = sdk.AppendText(dst, name)
	}
	return dst
}

// attach goes on where a predecessor was. Targets keep their numbers.
func (r *router) attach(state []byte) error {
	s, in := &r.state, sdk.ReadState(state, form)
	bits := in.Number()
	for n, on := range s.flags() {
		*on = bits>>n&1 != 0
	}
	s.reader, s.primary, s.varsAt = uint32(in.Number()), uint32(in.Number()), uint32(in.Number())
	r.order = in.Number()
	for in.More() {
		s.temporary = append(s.temporary, in.Text())
	}
	return in.End()
}
