package engine

import "testing"

func TestMariaDBVersion(t *testing.T) {
	for greeting, want := range map[string]uint32{
		"5.5.5-10.11.19-MariaDB-0+deb12u1": 101119, "11.4.2-MariaDB": 110402, "8.0.31": 0, "5.5.5-x": 0, "": 0, "10.11-MariaDB": 0,
	} {
		if got := mariadbVersion(greeting); got != want {
			t.Errorf("%q: %d, want %d", greeting, got, want)
		}
	}
}

// A filter or router must read quotes as the server does, however sql_mode was set.
func TestLexerFollowsTheServersMode(t *testing.T) {
	p := startProxy(t, "", "")
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	read := func() (ansi, plain bool) {
		done := make(chan struct{})
		s.Do(func() { ansi, plain = s.mode.ANSIQuotes, s.mode.NoBackslashEscapes; close(done) })
		<-done
		return ansi, plain
	}
	for set, want := range map[string][2]bool{
		"SET sql_mode = CONCAT('ANSI', '_QUOTES')":                 {true, false},
		"SET sql_mode = ''":                                        {false, false},
		"SET sql_mode = REPLACE('NO_BACKX', 'X', 'SLASH_ESCAPES')": {false, true},
	} {
		do(t, c, set)
		if ansi, plain := read(); ansi != want[0] || plain != want[1] {
			t.Errorf("%s: ANSI_QUOTES %v, NO_BACKSLASH_ESCAPES %v", set, ansi, plain)
		}
	}
}
