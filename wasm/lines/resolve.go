package lines

// What values refer to.

// text returns a value that is a string.
func (u *unit) text(v value) string {
	switch v.form {
	case formString:
		return u.textAt(u.info, v.n)
	case formStrp:
		return u.textAt(u.str, v.n)
	case formLineStrp:
		return u.textAt(u.lineStr, v.n)
	case formStrx, formStrx1, formStrx2, formStrx3, formStrx4, formGNUStrIndex:
		c := u.at(u.strOffsets, u.element(u.strBase, v.n, u.offsetSize()))
		if offset := c.offset(u.wide); !c.bad {
			return u.textAt(u.str, offset)
		}
	}
	return ""
}

func (t *Table) textAt(section []byte, pos uint64) string {
	c := t.at(section, pos)
	return c.text()
}

func (u *unit) offsetSize() int {
	if u.wide {
		return 8
	}
	return 4
}

// element is the position of an element of a table in a section, beyond all
// sections if that is nonsense.
func (u *unit) element(base, n uint64, size int) uint64 {
	if base > MaxSize || n > MaxSize {
		return 1 << 63
	}
	return base + n*uint64(size)
}

// address returns a value that is an address.
func (u *unit) address(v value) (address uint64, ok bool) {
	switch v.form {
	case formAddr:
		return v.n, true
	case formAddrx, formAddrx1, formAddrx2, formAddrx3, formAddrx4, formGNUAddrIndex:
		return u.indexed(v.n)
	}
	return 0, false
}

// indexed returns an address of .debug_addr.
func (u *unit) indexed(n uint64) (address uint64, ok bool) {
	c := u.at(u.addr, u.element(u.addrBase, n, u.addressSize))
	address = c.fixed(u.addressSize)
	return address, !c.bad
}

// dead says of an address that a linker has put it in the place of one of code that
// it has left out.
func dead(address uint64) bool { return address == 0 || address >= 0xfffffffe }

// eachRange calls f for the ranges of code that belong to an entry, from low to
// before high.
func (u *unit) eachRange(e *entry, f func(low, high uint64)) {
	yield := func(low, high uint64) {
		if low < high && !dead(low) {
			f(low, high)
		}
	}
	low, ok := u.address(e.attr[atLow])
	if high := e.attr[atHigh]; ok && high.form != 0 {
		end, absolute := u.address(high)
		if !absolute {
			end = low + high.n
		}
		yield(low, end)
	}
	list := e.attr[atRanges]
	if list.form == 0 {
		return
	}
	base, _ := u.address(u.root.attr[atLow])
	if u.version < 5 {
		u.ranges4(list.n, base, yield)
		return
	}
	at := list.n
	if list.form == formRnglistx {
		c := u.at(u.rngLists, u.element(u.rngBase, list.n, u.offsetSize()))
		at = u.rngBase + c.offset(u.wide)
		if c.bad {
			return
		}
	}
	u.ranges5(at, base, yield)
}

// ranges4 goes through a list in .debug_ranges.
func (u *unit) ranges4(at, base uint64, yield func(low, high uint64)) {
	most := ^uint64(0)
	if u.addressSize < 8 {
		most = 1<<(8*u.addressSize) - 1
	}
	for c := u.at(u.Table.ranges, at); c.more(); {
		low, high := c.fixed(u.addressSize), c.fixed(u.addressSize)
		switch {
		case c.bad || low == 0 && high == 0:
			return
		case low == most:
			base = high
		case !dead(low) || base != 0:
			yield(base+low, base+high)
		}
	}
}

// ranges5 goes through a list in .debug_rnglists.
func (u *unit) ranges5(at, base uint64, yield func(low, high uint64)) {
	for c := u.at(u.rngLists, at); c.more(); {
		var low, high uint64
		ok, known := true, true
		switch c.byte() {
		case 1: // a base, by index
			base, _ = u.indexed(c.uleb())
			continue
		case 2: // both, by index
			low, ok = u.indexed(c.uleb())
			high, known = u.indexed(c.uleb())
		case 3: // low by index, and a length
			low, ok = u.indexed(c.uleb())
			high = low + c.uleb()
		case 4: // both, from the base
			low = base + c.uleb()
			high = base + c.uleb()
			ok = base == 0 || !dead(base)
		case 5: // a base
			base = c.fixed(u.addressSize)
			continue
		case 6:
			low, high = c.fixed(u.addressSize), c.fixed(u.addressSize)
		case 7:
			low = c.fixed(u.addressSize)
			high = low + c.uleb()
		default: // the end, or unknown
			return
		}
		if ok && known && !c.bad {
			yield(low, high)
		}
	}
}
