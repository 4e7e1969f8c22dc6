package lines

import "strings"

// file returns the name of a file in a table of lines, with its directory. Names
// are looked up one by one: few are ever wanted.
func (h *header) file(u *unit, n uint64) string {
	c := h.names
	if h.version < 5 {
		return h.file4(&c, n)
	}
	directories := c
	c.list(u, &h.format, ^uint64(0))
	name, in := c.list(u, &h.format, n)
	directory, _ := directories.list(u, &h.format, in)
	if !absolute(directory) && in > 0 {
		first := h.names
		root, _ := first.list(u, &h.format, 0)
		directory = join(root, directory)
	}
	return join(directory, name)
}

// file4 is file for DWARF 2 to 4: directories that end with an empty one, files
// that are counted from one.
func (h *header) file4(c *cursor, n uint64) string {
	directories := *c
	for c.more() && c.text() != "" {
	}
	for ; n > 0 && c.more(); n-- {
		name := c.text()
		in := c.uleb()
		c.uleb() // time
		c.uleb() // length
		if name == "" {
			return ""
		}
		if n > 1 {
			continue
		}
		directory := "" // the first is the one that the compiler ran in
		for ; in > 0 && directories.more(); in-- {
			if directory = directories.text(); directory == "" {
				return "" // there are not so many
			}
		}
		if directory == "" {
			return join(h.directory, name)
		}
		return join(join(h.directory, directory), name)
	}
	return ""
}

// What an element of a list of version 5 may have.
const (
	contentPath      = 1
	contentDirectory = 2
)

// list goes past a list of directories or files and returns one of them: its
// name and the number of its directory.
func (c *cursor) list(u *unit, f *format, wanted uint64) (name string, directory uint64) {
	kinds := *c
	columns := int(c.byte())
	for range columns {
		c.uleb()
		c.uleb()
	}
	count := c.uleb()
	if columns == 0 {
		return "", 0
	}
	for n := uint64(0); n < count && !c.bad; n++ {
		k := kinds
		k.byte()
		for range columns {
			content, form := k.uleb(), k.uleb()
			inline := *c
			v := c.value(form, f)
			switch {
			case n != wanted:
			case content == contentDirectory:
				directory = v.n
			case content == contentPath && form == formString:
				name = inline.text()
			case content == contentPath:
				name = u.text(v)
			}
		}
		if c.bad || k.bad {
			c.fail()
		}
	}
	return name, directory
}

// join puts a directory before a name, unless the name says it all. Nothing is
// made shorter: names stay as the compiler wrote them.
func join(directory, name string) string {
	switch {
	case directory == "" || name == "" || absolute(name):
		return name
	case strings.HasSuffix(directory, "/") || strings.HasSuffix(directory, `\`):
		return directory + name
	}
	return directory + "/" + name
}

// absolute says whether a name begins at the root of some system's files.
func absolute(name string) bool {
	return strings.HasPrefix(name, "/") || strings.HasPrefix(name, `\`) || len(name) > 1 && name[1] == ':'
}
