package sql

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// Canonical appends stmt's canonical text to dst and returns the extended
// slice. Two statements that differ only in literals, comments, white space,
// the case of keywords and the length of lists have the same one:
//
//	select a from t  where b in (1,-2) -- x    SELECT a FROM t WHERE b IN (?)
//	INSERT INTO t VALUES (1,'a'),(2,'b')       INSERT INTO t VALUES (?)
//
// NULL, TRUE and FALSE are words and stay. Comments that every server runs
// as code are opened up; those that only some run keep their marks. The
// canonical text of a canonical text is itself, and no byte of a literal is
// in it.
func Canonical(dst, stmt []byte, m Mode) []byte {
	w := canonicalWriter{out: dst, base: len(dst)}
	w.lex.reset(stmt, m)
	for {
		t := w.lex.scan()
		switch t.kind {
		case kindEnd:
			if w.fold > 0 {
				w.folds(t)
			}
			w.sign()
			return w.trim()
		case kindSpace, kindComment:
			w.gap = true
			continue
		}
		w.token(t)
	}
}

// Digest returns the 64-bit digest of a canonical text: the first eight bytes
// of its SHA-256, so that nobody can make a statement with the digest of
// another. It is the same on every machine and after every restart.
func Digest(canonical []byte) uint64 {
	sum := sha256.Sum256(canonical)
	return binary.BigEndian.Uint64(sum[:8])
}

// maxGroups is how deep parentheses may nest for lists to be folded.
const maxGroups = 32

// canonicalWriter writes tokens in canonical spacing.
type canonicalWriter struct {
	lex     lexer
	out     []byte
	base    int     // where our text begins in out
	last    token   // the last token written
	gap     bool    // there was white space before the token at hand
	signs   [8]byte // signs that may belong to a literal
	pending int     // how many there are; those beyond the eighth are dropped
	kept    bool    // within a comment that keeps its marks
	item    bool    // the last token is a literal that is all of a list's item
	fold    int     // if > 0, the list in out may be cut to this length: see folds
	depth   int
	groups  [maxGroups]int // where the open parentheses begin in out
}

// token writes t.
func (w *canonicalWriter) token(t token) {
	if w.fold > 0 {
		w.folds(t)
	}
	if t.literal() {
		w.literal(t)
		w.gap = false
		return
	}
	if !t.is(',') || !w.last.literal() {
		w.item = w.item && (t.is('-') || t.is('+'))
	}
	if w.signable(t) {
		w.pend(t)
		return
	}
	w.sign()
	switch t.kind {
	case kindOpen:
		if !w.lex.keeps(t) {
			w.gap = true
			return
		}
		w.kept = true
		w.write(t, w.lex.src[t.start:t.end], true)
	case kindClose:
		if w.kept {
			w.kept = false
			w.write(t, w.lex.src[t.start:t.end], true)
		}
		w.gap = true
		return
	case kindSemicolon:
		w.kept = false
		w.lex.inCode = false
		w.write(t, w.lex.src[t.start:t.end], false)
	case kindUserVar:
		name := w.lex.src[t.start:t.end]
		if len(name) > 1 && (name[1] == '\'' || name[1] == '"' && !w.lex.mode.ANSIQuotes) {
			t.end = t.start + 1 // a name in a string's quotes: hide it
			w.write(t, name[:1], true)
			w.literal(token{kind: kindString})
			break
		}
		w.write(t, name, true)
	case kindWord:
		n, keyword := len(w.out), t.flags&flagReserved != 0 || w.verb(t)
		w.write(t, w.lex.src[t.start:t.end], w.spaced(t))
		if keyword {
			upper(w.out[n:])
		}
	case kindOp:
		w.operator(t)
	default:
		w.write(t, w.lex.src[t.start:t.end], w.spaced(t))
	}
	w.gap = false
}

// spaced reports whether a space belongs before t, a name: not right after
// the dot or the parenthesis.
func (w *canonicalWriter) spaced(token) bool {
	return !w.last.is('(') && (!w.last.is('.') || w.gap)
}

// write appends text, after a space if spaced asks for one.
func (w *canonicalWriter) write(t token, text []byte, spaced bool) {
	if spaced && len(w.out) > w.base && !w.last.is('(') {
		w.out = append(w.out, ' ')
	}
	w.out = append(w.out, text...)
	w.last = t
}

// literal writes ?, unless it joins the literal or the list before it.
func (w *canonicalWriter) literal(t token) {
	w.pending = 0
	if w.last.literal() {
		return // 'a' 'b' is one string
	}
	if w.item && w.last.is(',') {
		w.fold = len(w.out) - 1
	}
	w.item = w.begins()
	w.write(t, []byte{'?'}, !w.last.is('.') || w.gap)
	w.last = token{kind: kindParam}
}

// begins reports whether an item of a list begins after the last token.
func (w *canonicalWriter) begins() bool {
	switch w.last.kw {
	case kwSelect, kwDistinct, kwAll, kwBy, kwLimit:
		return true
	}
	return w.last.is('(') || w.last.is(',')
}

// folds cuts the literal just written, and the comma before it, if the token
// t shows that it is all of its item: ?, ? has become ?.
func (w *canonicalWriter) folds(t token) {
	if t.literal() {
		return // 'a' 'b': not decided yet
	}
	switch t.kw {
	case kwFrom, kwWhere, kwGroup, kwOrder, kwHaving, kwLimit, kwUnion, kwExcept, kwIntersect, kwFor, kwInto, kwOn:
		w.out = w.out[:w.fold]
	}
	if t.is(',') || t.is(')') || t.kind == kindEnd || t.kind == kindSemicolon {
		w.out = w.out[:w.fold]
	}
	w.fold = 0
}

// operator writes punctuation and operators.
func (w *canonicalWriter) operator(t token) {
	text := w.lex.src[t.start:t.end]
	switch {
	case t.is(','):
		w.write(t, text, false)
	case t.is('('):
		call := w.last.kind == kindWord && w.last.flags&flagReserved == 0 || w.last.kind == kindQuoted
		w.write(t, text, !call)
		if w.depth < maxGroups {
			w.groups[w.depth] = len(w.out) - 1
		}
		w.depth++
	case t.is(')'):
		w.write(t, text, false)
		w.close()
	case t.is('.'):
		tight := !w.gap && (w.last.kind == kindWord || w.last.kind == kindQuoted || w.last.kind == kindSysVar)
		w.write(t, text, !tight)
	default:
		w.write(t, text, true)
	}
}

// close folds the group just closed into an equal one before it.
func (w *canonicalWriter) close() {
	if w.depth == 0 {
		return
	}
	w.depth--
	if w.depth >= maxGroups {
		return
	}
	start := w.groups[w.depth]
	group := w.out[start:]
	before := w.out[w.base:start]
	if n := len(before) - 2; n >= len(group) && string(before[n:]) == ", " && bytes.HasSuffix(before[:n], group) {
		w.out = w.out[:start-2]
	}
}

// signable reports whether t is a sign that may belong to a literal: one with
// no operand before it.
func (w *canonicalWriter) signable(t token) bool {
	if !t.is('-') && !t.is('+') {
		return false
	}
	switch w.last.kind {
	case kindEnd, kindSemicolon:
		return true
	case kindOp:
		return !w.last.is(')') && !w.last.is('}') && !w.last.is(']')
	case kindWord:
		return w.last.flags&flagReserved != 0 && w.last.kw != kwEnd
	}
	return false
}

func (w *canonicalWriter) pend(t token) {
	if w.pending < len(w.signs) {
		w.signs[w.pending] = w.lex.src[t.start]
		w.pending++
	}
}

// sign writes the signs that turned out to belong to no literal.
func (w *canonicalWriter) sign() {
	n := w.pending
	w.pending = 0
	for i := range n {
		w.write(token{kind: kindOp, op: w.signs[i], end: 1}, w.signs[i:i+1], true)
	}
}

// trim cuts the semicolons off the end.
func (w *canonicalWriter) trim() []byte {
	n := len(w.out)
	for n > w.base && (w.out[n-1] == ';' || w.out[n-1] == ' ') {
		n--
	}
	return w.out[:n]
}

func upper(text []byte) {
	for i, c := range text {
		if c-'a' < 26 {
			text[i] = c - 0x20
		}
	}
}

// verb reports whether the word t is a keyword here, although it is not reserved.
func (w *canonicalWriter) verb(t token) bool {
	switch t.kw {
	case kwNames:
		return w.last.kw == kwSet
	case kwTransaction:
		return w.last.kw == kwSet || w.last.kw == kwStart || w.last.kw == kwSession
	case kwBegin, kwCommit, kwRollback, kwSavepoint, kwStart, kwHandler, kwPrepare, kwExecute, kwDeallocate, kwFlush, kwReset,
		kwDo, kwEnd, kwTruncate, kwXa:
		return w.last.kind == kindEnd || w.last.kind == kindSemicolon
	}
	return false
}
