package sql

import "testing"

func TestParseKill(t *testing.T) {
	for stmt, want := range map[string]Kill{
		"KILL 5":                           {ID: 5},
		"/* x */ kill connection 5;":       {ID: 5},
		"KILL HARD 5":                      {ID: 5},
		"KILL SOFT QUERY 5 -- x":           {ID: 5, Soft: true, Query: true},
		"KILL QUERY ID 7":                  {ID: 7, Query: true, ByQuery: true},
		"KILL 18446744073709551615":        {ID: 1<<64 - 1},
		"KILL 18446744073709551616":        {Expr: true},
		"KILL CONNECTION_ID()":             {Expr: true},
		"KILL @a":                          {Expr: true},
		"KILL 5 + 1":                       {Expr: true},
		"KILL 0x05":                        {Expr: true},
		"KILL QUERY USER u":                {User: "u", Query: true},
		"KILL USER 'it''s'@'h.example'":    {User: "it's", Host: "h.example"},
		"KILL USER `u`@localhost":          {User: "u", Host: "localhost"},
		"KILL USER 'u' @ 'h'":              {User: "u", Host: "h"},
		"KILL SOFT USER CURRENT_USER()":    {User: "CURRENT_USER", Soft: true},
		"/*!50000 KILL QUERY 5 */":         {ID: 5, Query: true},
		"KILL\tQUERY/**/5":                 {ID: 5, Query: true},
		"KILL 5;;":                         {ID: 5},
		"KILL CONNECTION (SELECT 5)":       {Expr: true},
		"KILL HARD QUERY (5)":              {Expr: true, Query: true},
		"KILL USER 'a\\'b'@'%'":            {User: "a'b", Host: "%"},
		"KILL CONNECTION USER u@10.0.0.1 ": {User: "u", Host: "10.0.0.1"},
	} {
		if got, ok := ParseKill([]byte(stmt), Mode{}); !ok || got != want {
			t.Errorf("ParseKill(%q) = %+v, %v, want %+v", stmt, got, ok, want)
		}
	}
	for _, stmt := range []string{
		"", "SELECT 1", "KILL 5; DROP TABLE t", "KILL 5 -- x\n; SELECT 1", "KILL USER", "KILL USER 5", "KILL USER u x",
		"KILL 'unterminated", "/*!99999 KILL 5 */", "KILLALL 5",
	} {
		if got, ok := ParseKill([]byte(stmt), Mode{}); ok {
			t.Errorf("ParseKill(%q) = %+v, want none", stmt, got)
		}
	}
}
