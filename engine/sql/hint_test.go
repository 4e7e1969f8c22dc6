package sql

import (
	"reflect"
	"testing"
)

func TestParseHint(t *testing.T) {
	for stmt, want := range map[string]Hint{
		"SELECT 1 -- maxscale route to master":                        {Target: HintPrimary},
		"SELECT 1 # MaxScale Route To SLAVE":                          {Target: HintReplica},
		"/* penstock route to server db-2 */ SELECT 1":                {Target: HintServer, Server: "db-2"},
		"SELECT /* penstock route to last */ 1":                       {Target: HintLast},
		"SELECT /*penstock route to all*/ 1":                          {Target: HintAll},
		"SELECT 1 -- maxscale max_slave_replication_lag=5 x=y":        {Params: []HintParam{{"max_slave_replication_lag", "5"}, {"x", "y"}}},
		"SELECT 1 -- maxscale h prepare route to replica":             {Target: HintReplica, Action: HintPrepare, Name: "h"},
		"SELECT 1 -- maxscale h begin":                                {Action: HintBegin, Name: "h"},
		"SELECT 1 -- maxscale begin route to primary":                 {Target: HintPrimary, Action: HintBegin},
		"SELECT 1 -- maxscale end":                                    {Action: HintEnd},
		"/* a */ /* maxscale x */ SELECT 1 -- maxscale route to last": {Target: HintLast},
		"SELECT 1 -- maxscale route to master\n":                      {Target: HintPrimary},
	} {
		if got, ok := ParseHint([]byte(stmt), Mode{}); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("ParseHint(%q) = %+v, %v, want %+v", stmt, got, ok, want)
		}
	}
	for _, stmt := range []string{
		"SELECT 1", "SELECT 'x -- maxscale route to master'", "SELECT 1 -- maxscale", "SELECT 1 -- maxscale route to",
		"SELECT 1 -- maxscale route to server", "SELECT 1 -- maxscale route to master now", "SELECT 1 -- route to master",
		"SELECT 1 -- maxscale end now", "SELECT 1 -- maxscale x", "SELECT 1 --maxscale route to master", "SELECT `/* maxscale end */`",
		"SELECT 1 -- maxscale =5", "/*", "#", "SELECT 1 -- maxscale begin",
	} {
		if got, ok := ParseHint([]byte(stmt), Mode{}); ok {
			t.Errorf("ParseHint(%q) = %+v, want none", stmt, got)
		}
	}
}
