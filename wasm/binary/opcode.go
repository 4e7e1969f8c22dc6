package binary

// Opcodes that the rewriter treats specially or writes.
const (
	opUnreachable  = 0x00
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBr           = 0x0c
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opReturn       = 0x0f
	opCall         = 0x10
	opCallIndirect = 0x11
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opTableGet     = 0x25
	opTableSet     = 0x26
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opI32LtU       = 0x49
	opI32GtU       = 0x4b
	opI32LeU       = 0x4d
	opI64LtS       = 0x53
	opI64GeS       = 0x59
	opI32Add       = 0x6a
	opI32Sub       = 0x6b
	opI64Add       = 0x7c
	opI64Sub       = 0x7d
	opI64ShrU      = 0x88
	opI64ExtendU   = 0xad
	opRefFunc      = 0xd2
	opMisc         = 0xfc // followed by another opcode
	opVector       = 0xfd // followed by another opcode
)

// Opcodes after opMisc whose cost is in an operand, or that change what an
// instance cannot put back.
const (
	miscMemoryInit = 8
	miscDataDrop   = 9
	miscMemoryCopy = 10
	miscMemoryFill = 11
	miscTableInit  = 12
	miscElemDrop   = 13
	miscTableCopy  = 14
	miscTableGrow  = 15
	miscTableFill  = 17
)

// shape says what immediates follow an opcode.
type shape uint8

const (
	unknown    shape = iota
	plain            // nothing
	blockType        // a value type, 0x40, or a type index as a 33-bit signed number
	index            // an index
	twoIndexes       //
	labels           // a vector of labels and another label
	types            // a vector of value types
	memArg           // alignment and offset
	memLane          // the same and a lane
	zero             // one zero byte: the index of the only memory
	twoZeros         //
	indexZero        // an index and the index of the only memory
	signed32         // a number
	signed64         //
	bytes4           // that many bytes
	bytes8           //
	bytes16          //
	lane             // a byte
	refType          // a reference type
	prefix           // another opcode
)

// run gives opcodes from first to last one shape.
func run(t *[256]shape, first, last int, s shape) {
	for n := first; n <= last; n++ {
		t[n] = s
	}
}

// core is the shape of every one-byte opcode of WebAssembly 2.0.
var core = func() (t [256]shape) {
	run(&t, 0x00, 0x01, plain) // unreachable, nop
	run(&t, 0x02, 0x04, blockType)
	t[0x05] = plain // else
	t[0x0b] = plain // end
	run(&t, 0x0c, 0x0d, index)
	t[0x0e] = labels
	t[0x0f] = plain // return
	t[0x10] = index
	t[0x11] = twoIndexes       // call_indirect: type, table
	run(&t, 0x1a, 0x1b, plain) // drop, select
	t[0x1c] = types            // select with types
	run(&t, 0x20, 0x26, index) // local.*, global.*, table.get, table.set
	run(&t, 0x28, 0x3e, memArg)
	run(&t, 0x3f, 0x40, zero) // memory.size, memory.grow
	t[0x41], t[0x42], t[0x43], t[0x44] = signed32, signed64, bytes4, bytes8
	run(&t, 0x45, 0xc4, plain) // comparisons, arithmetic, conversions, sign extension
	t[0xd0] = refType          // ref.null
	t[0xd1] = plain            // ref.is_null
	t[0xd2] = index            // ref.func
	t[0xfc], t[0xfd] = prefix, prefix
	return t
}()

// misc is the shape of the opcodes after 0xfc.
var misc = func() (t [256]shape) {
	run(&t, 0, 7, plain)   // saturating conversions
	t[8] = indexZero       // memory.init
	t[9] = index           // data.drop
	t[10] = twoZeros       // memory.copy
	t[11] = zero           // memory.fill
	t[12] = twoIndexes     // table.init
	t[13] = index          // elem.drop
	t[14] = twoIndexes     // table.copy
	run(&t, 15, 17, index) // table.grow, table.size, table.fill
	return t
}()

// vector is the shape of the opcodes after 0xfd. The gaps are opcodes that
// WebAssembly 2.0 has not given away.
var vector = func() (t [256]shape) {
	run(&t, 0x00, 0x0b, memArg)
	run(&t, 0x0c, 0x0d, bytes16) // v128.const, i8x16.shuffle
	run(&t, 0x0e, 0x14, plain)
	run(&t, 0x15, 0x22, lane)
	run(&t, 0x23, 0x53, plain)
	run(&t, 0x54, 0x5b, memLane)
	run(&t, 0x5c, 0x5d, memArg)
	run(&t, 0x5e, 0xff, plain)
	for _, gap := range []int{0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb,
		0xc2, 0xc5, 0xc6, 0xcf, 0xd0, 0xd2, 0xd3, 0xd4, 0xe2, 0xee} {
		t[gap] = unknown
	}
	return t
}()

// noResult is the block type () -> ().
const noResult = -64

// isValueType says whether c is a value type of WebAssembly 2.0.
func isValueType(c byte) bool {
	switch c {
	case 0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f:
		return true
	}
	return false
}

// Value types.
const (
	typeI32      = 0x7f
	typeFunction = 0x70 // a reference
	typeI64      = 0x7e
)

// isNumber says whether a value type is i32, i64, f32 or f64.
func isNumber(c byte) bool { return c >= 0x7c && c <= 0x7f }

func isRefType(c byte) bool { return c == 0x70 || c == 0x6f }
