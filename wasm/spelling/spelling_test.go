package spelling

import "testing"

func TestNearest(t *testing.T) {
	candidates := []string{"address", "connect_timeout", "handshake_timeout", "level"}
	for word, want := range map[string]string{
		"adress": "address", "Address": "address", "conect_timeuot": "connect_timeout",
		"timeout": "connect_timeout", "colour": "", "lvl": "", "x": "", "levle": "level",
	} {
		if got := Nearest(word, candidates); got != want {
			t.Errorf("Nearest(%q) is %q, want %q", word, got, want)
		}
	}
}
