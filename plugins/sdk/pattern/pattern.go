// Package pattern reads regular expressions from a plugin's options: the
// options match, exclude and options that many filters share.
//
// The syntax is that of Go's package regexp (RE2): matching takes linear time,
// and there are no backreferences and no lookaround.
package pattern

import "github.com/penstock-db/penstock/plugins/sdk"

// Flags reads the option "options": ignorecase (the default, as statements are
// written in any case), case, extended (accepted, means nothing to RE2). It
// returns the prefix to compile patterns with.
func Flags(o *sdk.Options) string {
	flags := "(?is)"
	for _, w := range o.Set("options", "ignorecase", "case", "extended") {
		if w == "case" {
			flags = "(?s)"
		}
	}
	return flags
}

// Option compiles the option's pattern; nil if it was not given. A pattern in
// slashes loses them, as in MaxScale's configuration.
func Option(o *sdk.Options, name, flags string) *Pattern {
	text := o.String(name, "")
	if n := len(text); n >= 2 && text[0] == '/' && text[n-1] == '/' {
		text = text[1 : n-1]
	}
	if text == "" {
		if o.Has(name) {
			o.Fail(name, "must be a regular expression that is not empty")
		}
		return nil
	}
	re, err := Compile(flags + text)
	if err != nil {
		o.Fail(name, "must be a regular expression in Go's syntax (RE2: no backreferences, no lookaround): "+err.Error())
		return nil
	}
	return re
}

// Pair is the options match and exclude.
type Pair struct{ Match, Exclude *Pattern }

// Options reads match, exclude and options.
func Options(o *sdk.Options) Pair {
	flags := Flags(o)
	return Pair{Option(o, "match", flags), Option(o, "exclude", flags)}
}

// Wants reports whether text matches Match, if there is one, and not Exclude.
func (p Pair) Wants(text []byte) bool {
	if p.Match != nil && !p.Match.Match(text) {
		return false
	}
	return p.Exclude == nil || !p.Exclude.Match(text)
}
