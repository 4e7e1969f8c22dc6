package main

import (
	"os"
	"path/filepath"
	"testing"
)

// What is committed is what would be generated.
func TestFilesAreUpToDate(t *testing.T) {
	groups, err := read()
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, g := range groups {
		total += len(g.list)
	}
	if total < 250 {
		t.Errorf("only %d constants were found", total)
	}
	for _, target := range targets {
		old, err := os.ReadFile(filepath.Join(root, target.file))
		if err != nil {
			t.Fatal(err)
		}
		want, err := target.render(groups, string(old))
		if err != nil {
			t.Fatalf("%s: %v", target.file, err)
		}
		if want != string(old) {
			t.Errorf("%s is stale: run go generate ./plugins/sdk/gen", target.file)
		}
	}
}

// No two constants may become one name, and each one says what it is worth.
func TestNames(t *testing.T) {
	groups, err := read()
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]number)
	for _, g := range groups {
		for _, n := range g.list {
			if _, twice := seen[n.screaming()]; twice {
				t.Errorf("there are two constants %s", n.screaming())
			}
			seen[n.screaming()] = n
		}
	}
	for name, want := range map[string]number{
		"HDR_REPLY_SQL_ST":        {value: 88, kind: size},
		"ERR_CAS_MISMATCH":        {value: 5, minus: true, kind: signed},
		"OK":                      {value: 0, kind: signed},
		"ACTION_ONE":              {value: 16, kind: octet},
		"TYPE_SELECT_INTO":        {value: 1 << 38, kind: bits64},
		"TARGET_STATUS":           {value: 4, kind: size},
		"TARGET_RUNNING":          {value: 1, kind: bits32},
		"KV_ABSENT":               {value: 0xFFFFFFFE, kind: bits32},
		"OP_XA":                   {value: 34, kind: code},
		"FIELD_LONG_LONG":         {value: 8, kind: octet},
		"COM_STMT_BULK_EXECUTE":   {value: 0xfa, kind: octet},
		"MAX_WINDOW":              {value: 65536, kind: size},
		"EVENT_BACKEND_CONNECTED": {value: 2, kind: code},
		"ABI_MINOR":               {value: 0, kind: size},
	} {
		got, ok := seen[name]
		if !ok || got.value != want.value || got.minus != want.minus || got.kind != want.kind {
			t.Errorf("%s is %+v (%v), want %+v", name, got, ok, want)
		}
	}
}
