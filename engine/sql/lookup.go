package sql

import "strings"

// wordFlag says what a word means before a parenthesis.
type wordFlag uint8

const (
	flagBuiltin  wordFlag = 1 << iota // a function that reads only
	flagPrimary                       // a function that the primary must answer
	flagSequence                      // a function that moves a sequence
	flagLast                          // a function about the statement before
	flagReserved                      // no name at all unless it is quoted
)

// hashFactor is that of the words' hash, h = h*hashFactor + lower(c).
const hashFactor = 0x01000193

// word is an entry of the word table.
type word struct {
	name  string
	kw    keyword
	flags wordFlag
}

// words is an open hash table of every word known; wordTable builds it.
var words, longestWord = wordTable()

const wordSlots = 4096

func wordTable() (*[wordSlots]word, int) {
	all := map[string]*word{}
	entry := func(name string) *word {
		if all[name] == nil {
			all[name] = &word{name: name}
		}
		return all[name]
	}
	for i, name := range keywordNames[1:] {
		entry(name).kw = keyword(i + 1)
	}
	for _, list := range []struct {
		words string
		flag  wordFlag
	}{
		{readOnlyFunctions, flagBuiltin}, {primaryFunctions, flagPrimary}, {sequenceFunctions, flagSequence},
		{lastFunctions, flagLast}, {reservedWords, flagReserved},
	} {
		for _, name := range strings.Fields(list.words) {
			entry(name).flags |= list.flag
		}
	}
	table, longest := new([wordSlots]word), 0
	for name, w := range all {
		h := uint32(0)
		for i := range len(name) {
			h = h*hashFactor + uint32(name[i]|0x20)
		}
		longest = max(longest, len(name))
		i := slot(h)
		for table[i].name != "" {
			i = (i + 1) % wordSlots
		}
		table[i] = *w
	}
	return table, longest
}

func slot(h uint32) uint32 { return (h ^ h>>15) % wordSlots }

// lookup finds the word text, whose hash is h, whatever its case.
func lookup(text []byte, h uint32) (keyword, wordFlag) {
	for i := slot(h); ; i = (i + 1) % wordSlots {
		w := &words[i]
		if w.name == "" {
			return kwNone, 0
		}
		if len(w.name) == len(text) && foldsTo(text, w.name) {
			return w.kw, w.flags
		}
	}
}

// foldsTo reports whether text is the lower-case name in any case. Only
// ASCII letters have case here, as in the server's table of keywords.
func foldsTo(text []byte, name string) bool {
	if len(text) != len(name) {
		return false
	}
	for i, c := range text {
		if c-'A' < 26 {
			c |= 0x20
		}
		if c != name[i] {
			return false
		}
	}
	return true
}
