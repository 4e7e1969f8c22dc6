package lines

import "strings"

// call is an inlined function, and where it was called.
type call struct {
	entry int // of the inlined function, in .debug_info
	row       // of the call
}

// inlining goes through a unit's entries and notes which inlined functions the
// offsets that are looked for are in.
func (s *search) inlining(u *unit) {
	u.learn()
	c := u.entries
	for depth := 0; c.more(); {
		at := c.pos
		e, ok := u.next(&c)
		switch {
		case !ok:
			return
		case e.tag == 0:
			depth--
		case e.children:
			depth++
		}
		if depth <= 0 {
			return
		}
		if e.tag != tagInlined && e.tag != tagSubprogram {
			continue
		}
		u.eachRange(&e, func(low, high uint64) {
			for first, last := s.within(low, high); first < last; first++ {
				f := &s.found[first]
				if e.tag == tagSubprogram {
					f.inlined = nil
				} else if len(f.inlined) < maxInlined {
					f.inlined = append(f.inlined, call{at, row{e.attr[atCallFile].n,
						uint32(e.attr[atCallLine].n), uint32(e.attr[atCallColumn].n)}})
				}
			}
		})
	}
}

// maxHops is how far the name of a function may be away from its entry.
const maxHops = 8

// name returns the name of the function that an entry of the unit is about.
func (t *Table) name(u *unit, at int) string {
	for range maxHops {
		c := u.entries
		c.pos = at
		e, ok := u.next(&c)
		if !ok {
			return ""
		}
		if name := u.text(e.attr[atName]); name != "" {
			return withoutArguments(name)
		}
		ref := e.attr[atOrigin]
		switch ref.form {
		case formRef1, formRef2, formRef4, formRef8, formRefUdata:
			if ref.n > MaxSize {
				return ""
			}
			at = u.start + int(ref.n)
		case formRefAddr:
			if ref.n > MaxSize {
				return ""
			}
			at = int(ref.n)
		default:
			return ""
		}
		if at <= u.start || at >= u.entries.end {
			other, ok := t.unitOf(at)
			if !ok {
				return ""
			}
			u = &other
		}
		if at < u.entries.pos {
			return ""
		}
	}
	return ""
}

// withoutArguments leaves out what a generic function was made for: it can be
// hundreds of bytes long, and says less than the line.
func withoutArguments(name string) string {
	if n := strings.IndexByte(name, '<'); n > 0 && !strings.HasPrefix(name, "operator") {
		return name[:n]
	}
	return name
}
