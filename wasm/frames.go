package wasm

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/penstock-db/penstock/wasm/binary"
	"github.com/penstock-db/penstock/wasm/lines"
)

// Detail returns everything that is known, over several lines.
func (f *Failure) Detail() string {
	s, frames, rest := f.trace()
	for _, fr := range frames {
		for n, p := range fr.places {
			name := fr.text
			if n < len(fr.places)-1 {
				name = p.Function + " (inlined)"
			}
			s += "\n\t" + clean(name) + "\n\t\t" + place(p)
		}
		if len(fr.places) == 0 {
			s += "\n\t" + clean(fr.text)
		}
	}
	s += rest
	if f.Output != "" {
		s += "\n" + f.Output
	}
	return s
}

// maxStack is about how long a stack may be, in bytes: it becomes a line of a log.
const maxStack = 16 << 10

// Stack returns the names of the guest's functions that were running, the
// innermost first, with source lines if the module has debug information; a
// function that was inlined into another stands before it. It is empty if the
// guest was not running, as after nonsense. Names come from the module's name
// section; without one they are numbers. A stack that is very long ends in "…".
func (f *Failure) Stack() []string {
	_, frames, _ := f.trace()
	var list []string
	size := 0
	add := func(text string) {
		if size += len(text); size <= maxStack {
			list = append(list, text)
		}
	}
	for _, fr := range frames {
		name := strings.TrimPrefix(fr.text, ".")
		if parts := frameText.FindStringSubmatch(name); parts != nil {
			name = parts[1]
		}
		for n, p := range fr.places {
			if n < len(fr.places)-1 {
				add(clean(p.Function) + " at " + place(p))
			} else {
				add(clean(name) + " at " + place(p))
			}
		}
		if len(fr.places) == 0 {
			add(clean(name))
		}
	}
	if size > maxStack {
		list = append(list, "…")
	}
	return list
}

// frame is a function that was running.
type frame struct {
	text   string // its name and signature
	places []lines.Place
}

// How the engine writes a frame, after a tab, and where its code is, after two.
var (
	frameText  = regexp.MustCompile(`^(.*?)\(([a-z0-9,]*)\)( [a-z0-9]+| \([a-z0-9,]+\))?$`)
	originText = regexp.MustCompile(`^0x([0-9a-f]{1,8}): ` + regexp.QuoteMeta(binary.StubName) + `:`)
)

const traceTitle = "\nwasm stack trace:"

// trace takes the engine's message apart: what stands before the frames, the
// frames, and what follows.
func (f *Failure) trace() (before string, frames []frame, rest string) {
	text := f.Err.Error()
	before, trace, found := strings.Cut(text, traceTitle+"\n")
	if !found {
		return text, nil, ""
	}
	var offsets []uint32
	var whose []int // the frame of each
	for len(trace) > 0 && trace[0] == '\t' {
		line, after, _ := strings.Cut(trace, "\n")
		trace = after
		if at, ok := strings.CutPrefix(line, "\t\t"); !ok {
			frames = append(frames, frame{text: line[1:]})
		} else if m := originText.FindStringSubmatch(at); m != nil && len(frames) > 0 {
			offset, _ := strconv.ParseUint(m[1], 16, 32)
			offsets, whose = append(offsets, uint32(offset)), append(whose, len(frames)-1)
		}
	}
	for n, places := range f.sources.find(offsets) {
		frames[whose[n]].places = places
	}
	if trace != "" {
		trace = "\n" + trace
	}
	return before + traceTitle, frames, trace
}

// place writes where something is, as compilers do.
func place(p lines.Place) string {
	s := clean(p.File)
	if p.Line > 0 {
		s += ":" + strconv.FormatUint(uint64(p.Line), 10)
	}
	if p.Line > 0 && p.Column > 0 {
		s += ":" + strconv.FormatUint(uint64(p.Column), 10)
	}
	return s
}

// clean makes a module's own names fit for a line on a terminal.
func clean(name string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return unicode.ReplacementChar
		}
		return c
	}, name)
}
