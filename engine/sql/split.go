package sql

import "bytes"

// Split takes a script apart into its statements, at the semicolons that are in no
// string, name or comment. What means nothing (white space, comments alone) is
// left out. Compound statements (BEGIN NOT ATOMIC …) are split, too. The
// statements alias the script.
func Split(script []byte, m Mode) [][]byte {
	var list [][]byte
	var l lexer
	l.reset(script, m)
	start, something := 0, false
	cut := func(end int) {
		if something {
			list = append(list, bytes.TrimSpace(script[start:end]))
		}
		something = false
	}
	for {
		var t token
		l.next(&t)
		switch {
		case t.kind == kindEnd:
			cut(len(script))
			return list
		case t.kind == kindSemicolon:
			cut(int(t.start))
			start = int(t.end)
		default:
			something = true
		}
	}
}
