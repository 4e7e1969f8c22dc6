package sql

// multi is a family of multi-byte encodings that share their byte ranges.
type multi uint8

const (
	multiNone multi = iota
	multiUTF8
	multiSJIS // sjis, cp932
	multiBig5
	multiGBK
	multiGB18030
	multiGB2312
	multiEUCKR
	multiUJIS // ujis, eucjpms
)

// leads returns the bytes that can begin a multi-byte character, as ranges.
func (m multi) leads() string {
	switch m {
	case multiUTF8:
		return "c2-f4"
	case multiSJIS:
		return "81-9f e0-fc"
	case multiBig5:
		return "a1-f9"
	case multiGBK, multiGB18030, multiEUCKR:
		return "81-fe"
	case multiGB2312:
		return "a1-f7"
	case multiUJIS:
		return "8e-8f a1-fe"
	}
	return ""
}

// hides reports whether the second byte of a character can be an ASCII
// character that means something in a string or an identifier: a backslash,
// a back-tick, a bracket. Only then must strings be read character by
// character.
func (m multi) hides() bool {
	switch m {
	case multiSJIS, multiBig5, multiGBK, multiGB18030:
		return true
	}
	return false
}

// length returns the length of the multi-byte character that begins s, 0 if
// s begins with a single-byte character or with a malformed one: the server
// then takes the first byte alone, and so must we (my_ismbchar).
func (m multi) length(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	a, b := s[0], s[1]
	switch m {
	case multiSJIS:
		if (a >= 0x81 && a <= 0x9f || a >= 0xe0 && a <= 0xfc) && (b >= 0x40 && b <= 0x7e || b >= 0x80 && b <= 0xfc) {
			return 2
		}
	case multiBig5:
		if a >= 0xa1 && a <= 0xf9 && (b >= 0x40 && b <= 0x7e || b >= 0xa1 && b <= 0xfe) {
			return 2
		}
	case multiGBK:
		if a >= 0x81 && a <= 0xfe && (b >= 0x40 && b <= 0x7e || b >= 0x80 && b <= 0xfe) {
			return 2
		}
	case multiGB18030:
		switch {
		case a < 0x81 || a > 0xfe:
		case b >= 0x40 && b <= 0x7e || b >= 0x80 && b <= 0xfe:
			return 2
		case len(s) >= 4 && b >= 0x30 && b <= 0x39 && s[2] >= 0x81 && s[2] <= 0xfe && s[3] >= 0x30 && s[3] <= 0x39:
			return 4
		}
	case multiGB2312:
		if a >= 0xa1 && a <= 0xf7 && b >= 0xa1 && b <= 0xfe {
			return 2
		}
	case multiEUCKR:
		if a >= 0x81 && a <= 0xfe && (b >= 0x41 && b <= 0x5a || b >= 0x61 && b <= 0x7a || b >= 0x81 && b <= 0xfe) {
			return 2
		}
	case multiUJIS:
		switch {
		case a == 0x8e && b >= 0xa1 && b <= 0xdf, a >= 0xa1 && a <= 0xfe && b >= 0xa1 && b <= 0xfe:
			return 2
		case a == 0x8f && len(s) >= 3 && b >= 0xa1 && b <= 0xfe && s[2] >= 0xa1 && s[2] <= 0xfe:
			return 3
		}
	case multiUTF8:
		n := 0
		switch {
		case a >= 0xc2 && a <= 0xdf:
			n = 2
		case a >= 0xe0 && a <= 0xef:
			n = 3
		case a >= 0xf0 && a <= 0xf4:
			n = 4
		}
		if n == 0 || len(s) < n {
			return 0
		}
		for _, c := range s[1:n] {
			if c&0xc0 != 0x80 {
				return 0
			}
		}
		return n
	}
	return 0
}
