package lines

// The tags that matter.
const (
	tagInlined    = 0x1d
	tagSubprogram = 0x2e
)

// The attributes that matter, as they are kept in an entry. attributes has their
// codes.
const (
	atName = iota
	atStmtList
	atLow
	atHigh
	atCompDir
	atOrigin // abstract origin, or specification
	atRanges
	atCallColumn
	atCallFile
	atCallLine
	atStrOffsetsBase
	atAddrBase
	atRnglistsBase
	atCount
)

var attributes = [...]uint64{0x03, 0x10, 0x11, 0x12, 0x1b, 0x31, 0x55, 0x57, 0x58, 0x59, 0x72, 0x73, 0x74}

const attrSpecification = 0x47

// kept is where an attribute is kept, by its code, counted from one.
var kept = func() (k [128]uint8) {
	for n, code := range attributes {
		k[code] = uint8(n + 1)
	}
	k[attrSpecification] = atOrigin + 1
	return k
}()

// entry is one of a unit's entries: a function, a variable, a type.
type entry struct {
	tag      uint64 // zero: the end of a list of children
	children bool
	attr     [atCount]value
}

// value is an attribute's value. Of text in the entry itself n is the position;
// of blocks it is nothing.
type value struct {
	form uint64 // zero: the entry does not have it
	n    uint64
}

// next reads one entry. It is not ok if what follows cannot be read either.
func (u *unit) next(c *cursor) (e entry, ok bool) {
	code := c.uleb()
	if code == 0 {
		return e, !c.bad
	}
	a, ok := u.abbreviation(code)
	if !ok {
		return e, false
	}
	e.tag, e.children = a.tag, a.children
	list := u.at(u.abbrev, uint64(a.attrs))
	for {
		attr, form := list.uleb(), list.uleb()
		if attr == 0 && form == 0 || list.bad || c.bad {
			return e, !list.bad && !c.bad
		}
		var v value
		if form == formImplicitConst {
			v = value{form, uint64(list.sleb())}
		} else {
			v = c.value(form, &u.format)
		}
		if attr < uint64(len(kept)) && kept[attr] != 0 {
			e.attr[kept[attr]-1] = v
		}
	}
}

// The forms of attributes.
const (
	formAddr          = 0x01
	formBlock2        = 0x03
	formBlock4        = 0x04
	formData2         = 0x05
	formData4         = 0x06
	formData8         = 0x07
	formString        = 0x08
	formBlock         = 0x09
	formBlock1        = 0x0a
	formData1         = 0x0b
	formFlag          = 0x0c
	formSdata         = 0x0d
	formStrp          = 0x0e
	formUdata         = 0x0f
	formRefAddr       = 0x10
	formRef1          = 0x11
	formRef2          = 0x12
	formRef4          = 0x13
	formRef8          = 0x14
	formRefUdata      = 0x15
	formIndirect      = 0x16
	formSecOffset     = 0x17
	formExprloc       = 0x18
	formFlagPresent   = 0x19
	formStrx          = 0x1a
	formAddrx         = 0x1b
	formRefSup4       = 0x1c
	formStrpSup       = 0x1d
	formData16        = 0x1e
	formLineStrp      = 0x1f
	formRefSig8       = 0x20
	formImplicitConst = 0x21
	formLoclistx      = 0x22
	formRnglistx      = 0x23
	formRefSup8       = 0x24
	formStrx1         = 0x25
	formStrx2         = 0x26
	formStrx3         = 0x27
	formStrx4         = 0x28
	formAddrx1        = 0x29
	formAddrx2        = 0x2a
	formAddrx3        = 0x2b
	formAddrx4        = 0x2c
	formGNUAddrIndex  = 0x1f01 // what split DWARF was called before version 5
	formGNUStrIndex   = 0x1f02
	formGNURefAlt     = 0x1f20
	formGNUStrpAlt    = 0x1f21
)

// value reads one.
func (c *cursor) value(form uint64, f *format) value {
	v := value{form: form}
	switch form {
	case formAddr:
		v.n = c.fixed(f.addressSize)
	case formData1, formRef1, formFlag, formStrx1, formAddrx1:
		v.n = c.fixed(1)
	case formData2, formRef2, formStrx2, formAddrx2:
		v.n = c.fixed(2)
	case formStrx3, formAddrx3:
		v.n = c.fixed(3)
	case formData4, formRef4, formStrx4, formAddrx4, formRefSup4:
		v.n = c.fixed(4)
	case formData8, formRef8, formRefSig8, formRefSup8:
		v.n = c.fixed(8)
	case formData16:
		c.take(16)
	case formSdata:
		v.n = uint64(c.sleb())
	case formUdata, formRefUdata, formStrx, formAddrx, formLoclistx, formRnglistx, formGNUAddrIndex, formGNUStrIndex:
		v.n = c.uleb()
	case formStrp, formLineStrp, formSecOffset, formStrpSup, formGNURefAlt, formGNUStrpAlt:
		v.n = c.offset(f.wide)
	case formRefAddr:
		if f.version == 2 {
			v.n = c.fixed(f.addressSize)
		} else {
			v.n = c.offset(f.wide)
		}
	case formString:
		v.n = uint64(c.pos)
		c.text()
	case formBlock1:
		c.take(c.fixed(1))
	case formBlock2:
		c.take(c.fixed(2))
	case formBlock4:
		c.take(c.fixed(4))
	case formBlock, formExprloc:
		c.take(c.uleb())
	case formFlagPresent:
		v.n = 1
	case formIndirect:
		if form = c.uleb(); form == formIndirect || form == formImplicitConst {
			c.fail()
			return v
		}
		return c.value(form, f)
	default:
		c.fail() // nobody knows where it ends
	}
	return v
}
