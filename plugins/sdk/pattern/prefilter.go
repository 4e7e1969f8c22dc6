package pattern

import (
	"regexp"
	"regexp/syntax"
	"slices"
)

// Pattern is a regular expression that knows texts which every match has, and
// so says of most texts quickly that they do not match. Go's regexp takes
// microseconds for a hundred bytes when it runs in WebAssembly; finding out
// that "card" is not among them takes a small part of one.
//
// Only Match makes use of it.
type Pattern struct {
	*regexp.Regexp
	needs Literals // a match has one of them
}

// Compile compiles a regular expression in Go's syntax.
func Compile(text string) (*Pattern, error) {
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	tree, err := syntax.Parse(text, syntax.Perl) // as package regexp does it
	if err != nil {
		return nil, err
	}
	return &Pattern{re, required(tree)}, nil
}

// Match reports whether the text has a match.
func (p *Pattern) Match(text []byte) bool { return p.needs.May(text) && p.Regexp.Match(text) }

// May reports whether the text, or a part of it, may have a match. False is certain.
func (p *Pattern) May(text []byte) bool { return p.needs.May(text) }

// Texts returns texts for [sdk.Options.Texts]: a statement that has none of them
// matches none of the patterns. None, if there is a pattern that says nothing.
func Texts(patterns ...*Pattern) (all []string) {
	for _, p := range patterns {
		if p == nil || !p.needs.known() {
			return nil
		}
		for _, text := range p.needs.texts() {
			if !slices.Contains(all, text) {
				all = append(all, text)
			}
		}
	}
	return all
}

// required returns literals of which every match has one, none if that is not
// known of any.
func required(re *syntax.Regexp) Literals {
	switch re.Op {
	case syntax.OpLiteral:
		var l Literals
		if best, ok := longest(re.Rune, re.Flags&syntax.FoldCase != 0); ok {
			l.add(best)
		}
		return l
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpConcat:
		var best Literals
		for _, sub := range re.Sub {
			if l := required(sub); l.quality() > best.quality() {
				best = l
			}
		}
		return best
	case syntax.OpAlternate:
		var all Literals
		for _, sub := range re.Sub {
			l := required(sub)
			if !l.known() || len(all.list)+len(l.list) > maxLiterals {
				return Literals{}
			}
			all.list, all.kin = append(all.list, l.list...), all.kin || l.kin
		}
		return all
	}
	return Literals{}
}
