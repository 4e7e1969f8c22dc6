package sql

import (
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	for script, want := range map[string][]string{
		"":                  nil,
		" ; -- x\n;;":       nil,
		"SELECT 1":          {"SELECT 1"},
		"SELECT 1;\nDO 2 ;": {"SELECT 1", "DO 2"},
		"SELECT ';', \";\", `;` /* ; */ # ;\n; -- ;\nDO 1": {"SELECT ';', \";\", `;` /* ; */ # ;", "-- ;\nDO 1"},
		`SELECT 'it''s; \'; x'; DO 2`:                      {`SELECT 'it''s; \'; x'`, "DO 2"},
		"SELECT 'open; DO 1":                               {"SELECT 'open; DO 1"},
	} {
		var got []string
		for _, s := range Split([]byte(script), Mode{}) {
			got = append(got, string(s))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", script, got, want)
		}
	}
}
