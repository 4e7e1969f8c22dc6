package sql

// Canonical appends stmt's canonical text to dst: literals become ?, lists of
// them (?, ?, …) shrink to (?), comments go, white space shrinks, keywords
// are in upper case.
func Canonical(dst, stmt []byte, m Mode) []byte { return dst }

// Digest returns the 64-bit digest of a canonical text. It is the same on
// every machine and after every restart.
func Digest(canonical []byte) uint64 { return 0 }

// Tables returns the tables that stmt names, each once, as "schema.table" or
// "table", without quotes.
func Tables(stmt []byte, m Mode) []string { return nil }
