package namedserverfilter

import (
	"strings"
	"testing"

	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

func TestHints(t *testing.T) {
	const options = `{"match01":"reports","target01":"db3","match02":"^select","target02":"->slave",
		"match07":"audit","target07":"->master","match08":"x8","target08":"->last","match09":"x9","target09":"->all"}`
	for _, c := range []struct {
		sql  string
		kind abi.HintKind
		name string
	}{
		{"SELECT * FROM reports", abi.HintServer, "db3"},
		{"SELECT 1", abi.HintReplica, ""},
		{"INSERT INTO audit VALUES (1)", abi.HintPrimary, ""},
		{"UPDATE x8", abi.HintLast, ""},
		{"UPDATE x9", abi.HintAll, ""},
		{"UPDATE t", abi.HintNone, ""},
	} {
		s := sdktest.Start(t, options)
		if r := s.Query(c.sql, 0); r.Action != abi.Pass || r.Hint != c.kind || r.HintName != c.name {
			t.Errorf("%s: %v %q", c.sql, r.Hint, r.HintName)
		}
	}
}

func TestClients(t *testing.T) {
	for options, want := range map[string]abi.HintKind{
		`{"match":"a","target":"->master"}`:                                 abi.HintPrimary,
		`{"match":"a","target":"->master","user":"other"}`:                  abi.HintNone,
		`{"match":"a","target":"->master","user":"app"}`:                    abi.HintPrimary,
		`{"match":"a","target":"->master","source":"127.0.0.1"}`:            abi.HintPrimary,
		`{"match":"a","target":"->master","source":"127.0.%.%,10.0.0.0/8"}`: abi.HintPrimary,
		`{"match":"a","target":"->master","source":"::1"}`:                  abi.HintNone,
	} {
		s := sdktest.Start(t, options)
		if r := s.Query("a", 0); r.Hint != want {
			t.Errorf("%s: %v", options, r.Hint)
		}
	}
}

// The user may change with COM_CHANGE_USER.
func TestReset(t *testing.T) {
	s := sdktest.Start(t, `{"match":"a","target":"db1","user":"boss"}`)
	if r := s.Query("a", 0); r.Hint != abi.HintNone {
		t.Errorf("%v", r.Hint)
	}
	s.Facts["user"] = "boss"
	s.Event(abi.EventSessionReset, 0, 0)
	if r := s.Query("a", 0); r.Hint != abi.HintServer {
		t.Errorf("%v", r.Hint)
	}
}

func TestNoAllocation(t *testing.T) {
	s := sdktest.Start(t, `{"match01":"select","target01":"->slave"}`)
	n := s.Prepare(sdktest.Command{SQL: "SELECT 1"})
	if a := testing.AllocsPerRun(100, func() { s.Call(n) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func TestOptions(t *testing.T) {
	for options, part := range map[string]string{
		`{}`:                                   `at least one pair`,
		`{"match01":"a"}`:                      `"target01" is required`,
		`{"target02":"a"}`:                     `"match02" is required`,
		`{"match01":"a","target01":"->boss"}`:  `->master, ->slave, ->last or ->all, not "->boss"`,
		`{"match01":"a","target01":"db1,db2"}`: `must be a server's name`,
		`{"match26":"a","target26":"db1"}`:     `unknown option "match26"`,
		`{"match01":"(","target01":"db1"}`:     `RE2`,
	} {
		if e := sdktest.InitError(t, options); !strings.Contains(e, part) {
			t.Errorf("%s: %s", options, e)
		}
	}
}
