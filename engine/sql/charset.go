package sql

import "strings"

// Charset is a client character set (character_set_client) as far as the
// lexer must know it: which bytes are white space, which are letters, and
// which second bytes of a character look like a quote or a backslash.
// The zero value is utf8mb4, what the servers themselves fall back to.
type Charset uint8

// charsets lists what the lexer knows; a Charset is an index into it.
//
// The byte classes are MariaDB 10.11's own, measured by asking the server
// about each of the 256 bytes in every character set (sql_test.go's live test
// repeats part of it). They hold the bytes from 0x80 on, where character sets
// differ; the lower half is the same for all but swe7.
var charsets = [...]struct {
	name  string
	multi multi
	space string // white space beside 09-0d and 20
	ctrl  string // control characters beside 01-20 and 7f: "--" before them begins a comment
	alnum string // letters, beside ASCII's
}{
	{name: "utf8mb4", multi: multiUTF8, alnum: "80-fe"},
	{name: "utf8mb3", multi: multiUTF8, alnum: "80-fe"},
	{name: "ascii"},
	{name: "binary"},
	{name: "armscii8", space: "a0", alnum: "b2-fd"},
	{name: "big5", multi: multiBig5, alnum: "a1-f9"},
	{name: "cp1250", space: "a0", ctrl: "80-81 83 88 90 98", alnum: "8a 8c-8f 9a 9c-9f a3 a5 a7 aa af b3 b9-ba bc be-d6 d8-f6 f8-fe"},
	{name: "cp1251", alnum: "80-81 83 8a 8c-90 9a 9c-9f a1-a3 a5 a8 aa af b2-b4 b8 ba bc-ff"},
	{name: "cp1256", alnum: "81 83 8c-8e 90 9c c1-d6 d8-f6 f8-fc"},
	{name: "cp1257", alnum: "a8 aa af b8 ba bf-d6 d8-f6 f8-fe"},
	{name: "cp850", ctrl: "ff", alnum: "80-9b 9d a0-a5 b5-b7 c6-c7 d0-d8 de e0-e5 e7-ed"},
	{name: "cp852", space: "ff", alnum: "80-9d 9f-a9 ab-ad b5-b8 bd-be c6-c7 d0-d8 dd-de e0-ee fb-fd"},
	{name: "cp866", space: "ff", alnum: "80-af e0-f7"},
	{name: "cp932", multi: multiSJIS},
	{name: "dec8", space: "a0", alnum: "c0-d6 d8-f6 f8-ff"},
	{name: "eucjpms", multi: multiUJIS},
	{name: "euckr", multi: multiEUCKR},
	{name: "gb18030", multi: multiGB18030},
	{name: "gb2312", multi: multiGB2312, alnum: "a1-fe"},
	{name: "gbk", multi: multiGBK, alnum: "a1-fe"},
	{name: "geostd8", space: "a0", alnum: "c0-e5"},
	{name: "greek", space: "a0", alnum: "b6 b8-ba bc be-d1 d3-fe"},
	{name: "hebrew", space: "a0", ctrl: "fd-fe", alnum: "e0-fa"},
	{name: "hp8", ctrl: "80-a0 b1-b2 f2-f5 ff", alnum: "c5 cc ce-d0 d3-d4 d7-d8 da-dc"},
	{name: "keybcs2", space: "ff", alnum: "80-ab e0-e5 e7-eb ed-ee"},
	{name: "koi8r", alnum: "a3 b3 c0-ff"},
	{name: "koi8u", alnum: "a3-a4 a6-a7 ad b3-b4 b6-b7 bd c0-ff"},
	{name: "latin1", space: "a0", alnum: "83 8a 8c 8e 9a 9c 9e-9f c0-d6 d8-f6 f8-ff"},
	{name: "latin2", space: "a0", alnum: "a1 a3 a5-a6 a9-ac ae-af b1 b3 b5-b6 b9-bc be-cf d1-d6 d8-de e0-f6 f8-fe"},
	{name: "latin5", space: "a0", alnum: "c0-d6 d8-f6 f8-ff"},
	{name: "latin7", ctrl: "81 83 88 8a 8c 90 98 9a 9c 9f-a1 a5", alnum: "80 aa af ba bf-d6 d8-f6 f8-fe"},
	{name: "macce", alnum: "80-9f a2 a7 ab ae-b1 b4-b5 b8-c1 c4-c5 cb-cf d8-db de-e1 e4-fe"},
	{name: "macroman", ctrl: "80 cb e5", alnum: "81-9f a7 ae-af be-bf c4 cc-cd d8-d9 e6-ef f1-f5"},
	{name: "sjis", multi: multiSJIS},
	{name: "swe7", alnum: "40 5b-5e 60 7b-7e"},
	{name: "tis620"},
	{name: "ujis", multi: multiUJIS},
}

// noDEL are the character sets in which 7f is no control character.
const noDEL = " cp1251 cp1257 cp852 cp866 keybcs2 latin2 macce macroman "

// CharsetUTF8MB4 is the zero Charset.
const CharsetUTF8MB4 Charset = 0

// String returns the name that SET NAMES takes.
func (c Charset) String() string {
	if int(c) >= len(charsets) {
		return charsets[0].name
	}
	return charsets[c].name
}

// CharsetByName returns the character set called name, in any case; false if
// no client can use a character set of that name (ucs2, utf16, utf16le and
// utf32 exist, but the servers refuse them as character_set_client).
func CharsetByName(name string) (Charset, bool) {
	switch {
	case strings.EqualFold(name, "utf8"):
		name = "utf8mb3"
	case strings.EqualFold(name, "filename"):
		return 0, false
	}
	for i := range charsets {
		if strings.EqualFold(charsets[i].name, name) {
			return Charset(i), true
		}
	}
	return 0, false
}

// byteClass says what a byte outside quotes and comments can be.
type byteClass uint8

const (
	classSpace byteClass = 1 << iota // skipped
	classCtrl                        // makes a comment of "--" before it
	classIdent                       // part of an unquoted identifier
	classHost                        // part of @name
	classDigit
	classLead // may begin a multi-byte character
	classWord // begins an identifier
)

// classes has the byte classes of each Charset.
var classes = func() (t [len(charsets)][256]byteClass) {
	for i := range charsets {
		c, own := &t[i], &charsets[i]
		mark := func(ranges string, class byteClass) {
			for _, r := range strings.Fields(ranges) {
				lo, hi := hexByte(r[:2]), hexByte(r[len(r)-2:])
				for b := int(lo); b <= int(hi); b++ {
					c[b] |= class
				}
			}
		}
		mark("09-0d 20", classSpace)
		mark(own.space, classSpace|classCtrl)
		mark("00-20", classCtrl)
		if !strings.Contains(noDEL, " "+own.name+" ") {
			mark("7f", classCtrl)
		}
		mark(own.ctrl, classCtrl)
		mark("30-39", classIdent|classHost|classDigit)
		mark("41-5a 5f 61-7a 24", classIdent|classHost|classWord)
		mark("2e", classHost)
		mark(own.alnum, classIdent|classHost|classWord)
		mark(own.multi.leads(), classIdent|classLead|classWord)
		if own.name == "swe7" { // letters there, but the lexer's own meaning goes first
			for _, b := range []byte("@`\\|") {
				c[b] &^= classIdent | classWord
			}
		}
	}
	return t
}()

func hexByte(s string) byte {
	const digits = "0123456789abcdef"
	return byte(strings.IndexByte(digits, s[0])<<4 | strings.IndexByte(digits, s[1]))
}
