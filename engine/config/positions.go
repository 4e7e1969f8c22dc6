package config

import (
	"fmt"
	"strings"
)

// place is a line of a file.
type place struct {
	file string // empty: the configuration file
	line int    // 1-based; 0: no line
}

// String names the place for a message about another one.
func (p place) String() string {
	if p.file == "" {
		return fmt.Sprintf("line %d", p.line)
	}
	return fmt.Sprintf("line %d of %s", p.line, p.file)
}

// position is where a value is in its file. The tree of positions has the shape
// of the decoded values: keys of tables, items of arrays that hold tables. The
// TOML library validates the text but keeps its positions to itself; this
// index only has to be right for text that the library accepted, which the
// fuzz target checks against the decoded values.
type position struct {
	place
	keys  map[string]*position
	items []*position
}

func (p *position) child(key string, at place) *position {
	if p.keys == nil {
		p.keys = make(map[string]*position)
	}
	c := p.keys[key]
	if c == nil {
		c = &position{place: at}
		p.keys[key] = c
	}
	return c
}

// merge puts another tree of positions over this one, as mergeTables does with
// the values.
func (p *position) merge(o *position) {
	for key, theirs := range o.keys {
		mine := p.keys[key]
		if mine == nil || len(mine.keys) == 0 || len(theirs.keys) == 0 {
			if p.keys == nil {
				p.keys = make(map[string]*position)
			}
			p.keys[key] = theirs
			continue
		}
		mine.merge(theirs)
	}
}

// at returns the position of a key; p's own if the key is not there.
func (p *position) at(key string) *position {
	if c := p.keys[key]; c != nil {
		return c
	}
	return &position{place: p.place}
}

// item returns the position of an array's item.
func (p *position) item(i int) *position {
	if i < len(p.items) {
		return p.items[i]
	}
	return &position{place: p.place}
}

// index builds the tree of positions of a TOML text.
func index(file, text string) *position {
	s := &scanner{file: file, text: text, line: 1}
	root := &position{place: s.here()}
	table := root
	for {
		s.blank(true)
		if s.end() {
			return root
		}
		start := s.pos
		switch {
		case strings.HasPrefix(s.rest(), "[["):
			s.pos += 2
			table = s.header(root, true)
		case s.peek() == '[':
			s.pos++
			table = s.header(root, false)
		default:
			s.pair(table)
		}
		if s.pos == start { // not TOML; the library has said so
			s.pos++
		}
	}
}

// scanner walks over TOML text.
type scanner struct {
	file string
	text string
	pos  int
	line int
}

func (s *scanner) here() place { return place{s.file, s.line} }

func (s *scanner) end() bool    { return s.pos >= len(s.text) }
func (s *scanner) rest() string { return s.text[s.pos:] }

func (s *scanner) peek() byte {
	if s.end() {
		return 0
	}
	return s.text[s.pos]
}

// skip moves on by n bytes and counts the lines in them.
func (s *scanner) skip(n int) {
	n = min(n, len(s.text)-s.pos)
	s.line += strings.Count(s.text[s.pos:s.pos+n], "\n")
	s.pos += n
}

// blank skips white space and, if lines is set, line ends and comments.
func (s *scanner) blank(lines bool) {
	for !s.end() {
		switch c := s.text[s.pos]; {
		case c == ' ' || c == '\t':
			s.pos++
		case lines && (c == '\n' || c == '\r'):
			s.skip(1)
		case lines && c == '#':
			n := strings.IndexByte(s.rest(), '\n')
			if n < 0 {
				n = len(s.rest())
			}
			s.pos += n
		default:
			return
		}
	}
}

// header reads the rest of [a.b] or [[a.b]] and returns the table's position.
func (s *scanner) header(root *position, array bool) *position {
	at := s.here()
	t := root
	key := s.key()
	for i, k := range key {
		last := i == len(key)-1
		if t.items != nil { // a table of the array's last item
			t = t.items[len(t.items)-1]
		}
		if c := t.keys[k]; last && c != nil && !array && c.items == nil {
			c.place = at // made earlier by [a.b.c]; its own header is the better place
		}
		t = t.child(k, at)
	}
	for !s.end() && s.peek() == ']' {
		s.pos++
	}
	if array {
		item := &position{place: at}
		t.items = append(t.items, item)
		t = item
	}
	return t
}

// pair reads key = value into table.
func (s *scanner) pair(table *position) {
	at := s.here()
	for _, k := range s.key() {
		table = table.child(k, at)
	}
	s.blank(false)
	if s.peek() == '=' {
		s.pos++
	}
	s.blank(false)
	s.value(table)
}

// value skips a value, noting the positions of what is inside of it.
func (s *scanner) value(at *position) {
	switch s.peek() {
	case '"', '\'':
		s.str()
	case '[':
		s.pos++
		for {
			s.separators()
			if s.end() || s.peek() == ']' {
				s.pos++
				return
			}
			item := &position{place: s.here()}
			at.items = append(at.items, item)
			s.value(item)
		}
	case '{':
		s.pos++
		for {
			s.separators()
			if s.end() || s.peek() == '}' {
				s.pos++
				return
			}
			start := s.pos
			s.pair(at)
			if s.pos == start {
				s.pos++
			}
		}
	default: // number, boolean, time
		start := s.pos
		for !s.end() && !strings.ContainsRune(",]}#\r\n", rune(s.text[s.pos])) {
			s.pos++
		}
		if s.pos == start {
			s.skip(1)
		}
	}
}

func (s *scanner) separators() {
	for {
		s.blank(true)
		if s.peek() != ',' {
			return
		}
		s.pos++
	}
}
