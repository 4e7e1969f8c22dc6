package config

// Key is one key of a section, as docs/configuration.md has it.
type Key struct {
	Name string
	Kind string // string, boolean, integer, duration, size, list of strings, table, string or table
	// Default is the key's default as TOML, or "required".
	Default string
}

// Keys lists the keys of a section by its name in docs/configuration.md, such
// as "servers.NAME", in the order in which they are read. It is empty if there
// is no such section.
func Keys(section string) (keys []Key) {
	r := &reader{dir: "/", record: func(s, key, kind, byDefault string) {
		if s == section {
			keys = append(keys, Key{key, kind, byDefault})
		}
	}}
	r.config(&table{r: r, pos: &position{}})
	return keys
}
