package boundary

// Read is one reading of an option: what a plugin looks for and what it takes.
// Tests compare it with what the plugin's metadata says.
type Read struct {
	Path string // of the table that it is in, with numbers of items: `rules[2].`
	Name string
	// Kind is string, bool, int, enum, set, strings, duration, size or tables.
	Kind   string
	Text   string // default of string and enum
	Number int64  // default of int, size, and duration in nanoseconds; 1: true
	Lo, Hi int64  // bounds of int
	Words  []string
}
