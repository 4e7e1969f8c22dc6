package sql

// kind is what a token is.
type kind uint8

const (
	kindEnd       kind = iota // the statement is over
	kindSpace                 // white space
	kindComment               // a comment, hints included
	kindOpen                  // /*!NNNNNN: what follows is code
	kindClose                 // */ of kindOpen
	kindWord                  // unquoted identifier or keyword
	kindQuoted                // `x`, "x" with ANSI_QUOTES, [x]
	kindString                // 'x', "x", N'x', x'41', b'01'
	kindNumber                // 1, .5, 1e9, 0x41, 0b01
	kindNull                  // \N
	kindParam                 // ?
	kindUserVar               // @x, @'x'; also @host of user@host
	kindSysVar                // @@x, only the first word
	kindOp                    // operator or punctuation
	kindSemicolon             // ;
	kindBad                   // what no server accepts: an unterminated quote, a control character
)

// token is a piece of a statement: src[start:end].
type token struct {
	kind       kind
	op         byte // kindOp: its first byte, opAssign for :=
	kw         keyword
	flags      wordFlag
	start, end uint32 // no server takes a statement of 4 GiB
}

// opAssign is token.op of ":=", which is not one of its bytes.
const opAssign = 1

// is reports whether t is the operator or punctuation of the one byte op.
func (t *token) is(op byte) bool { return t.kind == kindOp && t.op == op && t.end-t.start == 1 }

// literal reports whether t is a value that a canonical text hides.
func (t *token) literal() bool {
	switch t.kind {
	case kindString, kindNumber, kindNull, kindParam, kindBad:
		return true
	}
	return false
}
