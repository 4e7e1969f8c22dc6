package scripttest

import (
	"bytes"
	"strings"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

// definition is a column definition's packet.
func definition(name, origin string, kind byte, unsigned bool, decimals byte) []byte {
	var b []byte
	for _, s := range []string{"def", "shop", "c", "customers", name, origin} {
		b = sdk.AppendLengthString(b, []byte(s))
	}
	flags := byte(0)
	if unsigned {
		flags = 0x20
	}
	return sdk.AppendPacket(nil, append(b, 0x0c, 45, 0, 80, 0, 0, 0, kind, flags, 0, decimals, 0, 0))
}

// begin sends a command and the definitions of its result.
func begin(s *sdktest.Session, com byte, definitions ...[]byte) sdktest.Result {
	s.Run(sdktest.Command{Com: com, SQL: "SELECT"})
	part := sdk.AppendPacket(nil, []byte{byte(len(definitions))})
	for _, d := range definitions {
		part = append(part, d...)
	}
	return s.Reply(abi.PhaseColumns, sdktest.Summary{Columns: uint32(len(definitions))}, part)
}

func text(values ...string) []byte {
	var b []byte
	for _, v := range values {
		if v == "NULL" {
			b = append(b, 0xfb)
			continue
		}
		b = sdk.AppendLengthString(b, []byte(v))
	}
	return sdk.AppendPacket(nil, b)
}

var mask = Scripts{
	"lua": `function row(r, values)
  for _, i in ipairs(r.find("secret")) do
    if values[i] ~= nil then values[i] = "***" end
  end
end`,
	"js": `function row(r, values) {
  for (const i of r.find("secret")) if (values[i] !== null) values[i] = "***"
}`,
}

func rows(k *Kit) {
	s := k.Start(mask)
	plain := definition("id", "id", sdk.TypeLong, false, 0)
	begin(s, sdk.ComQuery, plain, definition("alias", "Secret", sdk.TypeVarString, false, 0), definition("SECRET", "", sdk.TypeVarString, false, 0))
	sum := sdktest.Summary{Columns: 3}
	r := s.Reply(abi.PhaseRows, sum, bytes.Join([][]byte{text("1", "NULL", "NULL"), text("2", "hidden", "NULL"), text("3", "", "\xff\xfe")}, nil))
	want := bytes.Join([][]byte{text("1", "NULL", "NULL"), text("2", "***", "NULL"), text("3", "***", "***")}, nil)
	if r.Action != abi.Replaced || !bytes.Equal(r.Output, want) {
		k.Errorf("%v %q, want %q", r.Action, r.Output, want)
	}
	if r := s.Reply(abi.PhaseRows, sum, text("1", "NULL", "NULL")); r.Action != abi.Pass {
		k.Errorf("an unchanged row: %v", r.Action)
	}
	if r := s.Reply(abi.PhaseRows, sum, text("1", "NULL")); r.Action != abi.Reject {
		k.Errorf("a row that is too short: %v", r.Action)
	}
	if r := s.Reply(abi.PhaseRows, sum, text("1", "a", "b")[:5]); r.Action != abi.Reject {
		k.Errorf("a row that is cut off: %v", r.Action)
	}
	// More than the window holds.
	long := strings.Repeat("x", 100_000)
	if r := s.Reply(abi.PhaseRows, sum, text(long, "a", "b")); r.Action != abi.Replaced || !bytes.Equal(r.Output, text(long, "***", "***")) {
		k.Errorf("a long row: %v, %d bytes", r.Action, len(r.Output))
	}
	// The next result has other columns.
	begin(s, sdk.ComQuery, definition("secret", "", sdk.TypeVarString, false, 0))
	if r := s.Reply(abi.PhaseRows, sdktest.Summary{Columns: 1}, text("x")); r.Action != abi.Replaced || !bytes.Equal(r.Output, text("***")) {
		k.Errorf("%v %q", r.Action, r.Output)
	}
	begin(s, sdk.ComQuery, plain)
	if r := s.Reply(abi.PhaseRows, sdktest.Summary{Columns: 1}, text("\xe9\xff")); r.Action != abi.Pass {
		k.Errorf("%v %q", r.Action, r.Output)
	}
	if r := s.Run(sdktest.Command{Com: sdk.ComStmtFetch, Payload: []byte{sdk.ComStmtFetch, 1, 0, 0, 0, 5, 0, 0, 0}}); r.Action != abi.Reject || r.Errno != 1235 {
		k.Errorf("a cursor: %+v", r)
	}
}

// binaryRows: values look the same as in the text protocol, and can be changed.
func binaryRows(k *Kit) {
	s := k.Start(Scripts{
		"lua": `function setup(o) new = o.list("new") end
function row(r, values)
  local seen = {}
  for i = 1, #r.columns do seen[i] = values[i] or "NULL" end
  log(table.concat(seen, " | "))
  for i = 1, #new do if new[i] == "NULL" then values[i] = nil else values[i] = new[i] end end
end`,
		"js": `let next
function setup(o) { next = o.list("new") }
function row(r, values) {
  log(values.map(v => v === null ? "NULL" : v).join(" | "))
  next.forEach((v, i) => { values[i] = v === "NULL" ? null : v })
}`,
	}, map[string]any{"new": []string{"-128", "65535", "9", "18446744073709551615", "0.25", "-1.5e+300", "2020", "NULL", "2024-02-29", "1999-12-31 23:59:59.250000", "-30:00:01.5", "é"}})
	begin(s, sdk.ComStmtExecute,
		definition("a", "", sdk.TypeTiny, false, 0), definition("b", "", sdk.TypeShort, true, 0), definition("c", "", sdk.TypeLong, false, 0),
		definition("d", "", sdk.TypeLongLong, true, 0), definition("e", "", sdk.TypeFloat, false, 31), definition("f", "", sdk.TypeDouble, false, 31),
		definition("g", "", sdk.TypeYear, true, 0), definition("h", "", sdk.TypeLong, false, 0), definition("i", "", sdk.TypeDate, false, 0),
		definition("j", "", sdk.TypeDateTime, false, 6), definition("k", "", sdk.TypeTime, false, 1), definition("l", "", sdk.TypeVarString, false, 0))
	row := []byte{0, 0, 0, // nulls
		0xff,       // -1
		0xff, 0x7f, // 32767
		0xfe, 0xff, 0xff, 0xff, // -2
		1, 0, 0, 0, 0, 0, 0, 0x80, // 2^63 + 1
		0, 0, 0xc0, 0x3f, // 1.5
		0, 0, 0, 0, 0, 0, 0xd0, 0xbf, // -0.25
		0xe8, 7, // 2024
		42, 0, 0, 0,
		4, 0xe8, 7, 12, 31,
		7, 0xe8, 7, 1, 2, 3, 4, 5,
		12, 1, 1, 0, 0, 0, 2, 3, 4, 0x20, 0xa1, 7, 0, // -26:03:04.5
		2, 0xc3, 0xa9}
	r := s.Reply(abi.PhaseRows, sdktest.Summary{Columns: 12}, sdk.AppendPacket(nil, row))
	const seen = "-1 | 32767 | -2 | 9223372036854775809 | 1.5 | -0.25 | 2024 | 42 | 2024-12-31 | 2024-01-02 03:04:05.000000 | -26:03:04.5 | é"
	if len(s.Lines) != 1 || s.Lines[0] != seen {
		k.Errorf("the script saw %q, want %q", s.Lines, seen)
	}
	want := []byte{0, 0, 2,
		0x80, 0xff, 0xff, 9, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0, 0, 0x80, 0x3e, 0x17, 0x60, 0xb7, 0x3f, 0x0b, 0xeb, 0x41, 0xfe, 0xe4, 7,
		4, 0xe8, 7, 2, 29,
		11, 0xcf, 7, 12, 31, 23, 59, 59, 0x90, 0xd0, 3, 0,
		12, 1, 1, 0, 0, 0, 6, 0, 1, 0x20, 0xa1, 7, 0,
		2, 0xc3, 0xa9}
	if r.Action != abi.Replaced || len(r.Output) < 4 || !bytes.Equal(noDouble(r.Output[4:]), noDouble(want)) {
		k.Errorf("%v % x\nwant     % x", r.Action, r.Output, want)
	}
	if got := s.Reply(abi.PhaseRows, sdktest.Summary{Columns: 12}, r.Output); got.Action != abi.Pass {
		k.Errorf("the row that it has made itself: %v", got.Action)
	}
	if got := s.Lines[len(s.Lines)-1]; !strings.HasPrefix(got, "-128 | 65535 | 9 | 18446744073709551615 | 0.25 | -1.5e+300 | 2020 | NULL | 2024-02-29 | 1999-12-31 23:59:59.250000 | -30:00:01.5 |") {
		k.Errorf("the script saw %q", got)
	}
}

// noDouble leaves out the bytes of the double, which the second reading shows better.
func noDouble(row []byte) []byte { return append(bytes.Clone(row[:22]), row[30:]...) }

// rowVerdicts: what row can return besides values.
func rowVerdicts(k *Kit) {
	s := k.Start(Scripts{
		"lua": `function row(r, values)
  local v = values[1]
  if v == "drop" then return r.drop() end
  if v == "done" then return r.done() end
  if v == "reject" then return r.reject(1105, "HY000", "no such row") end
  if v == "same" then return values end
  if v == "change" then values[1] = 7 return values end
end`,
		"js": `function row(r, values) {
  switch (values[0]) {
  case "drop": return r.drop()
  case "done": return r.done()
  case "reject": return r.reject(1105, "HY000", "no such row")
  case "same": return values
  case "change": values[0] = 7; return values
  }
}`,
	})
	one := definition("v", "", sdk.TypeVarString, false, 0)
	show := func(values ...string) sdktest.Result {
		var part []byte
		for _, v := range values {
			part = append(part, text(v)...)
		}
		return s.Reply(abi.PhaseRows, sdktest.Summary{Columns: 1}, part)
	}
	for _, c := range []struct {
		rows   []string
		action abi.Action
		out    []string
	}{
		{[]string{"a", "same"}, abi.Pass, nil},
		{[]string{"a", "drop", "b"}, abi.Replaced, []string{"a", "b"}},
		{[]string{"drop", "drop"}, abi.Drop, nil},
		{[]string{"a", "change", "drop", "change"}, abi.Replaced, []string{"a", "7", "7"}},
		{[]string{"a", "reject", "b"}, abi.Reject, nil},
		{[]string{"a", "done", "b"}, abi.Replaced, []string{"a", "done"}},
	} {
		begin(s, sdk.ComQuery, one)
		r := show(c.rows...)
		var want []byte
		for _, v := range c.out {
			want = append(want, text(v)...)
		}
		if r.Action != c.action || c.action == abi.Replaced && !bytes.Equal(r.Output, want) {
			k.Errorf("%q: %v %q", c.rows, r.Action, r.Output)
		}
	}
	if r := show("after done"); r.Action != abi.Drop {
		k.Errorf("a row behind the last one: %v", r.Action)
	}
	begin(s, sdk.ComQuery, one)
	if r := show("a"); r.Action != abi.Pass {
		k.Errorf("the next result: %v", r.Action)
	}
}

// rowMistakes fail: a mask that does not mask must not look like one that does.
func rowMistakes(k *Kit) {
	for _, c := range []struct{ lua, js, want string }{
		{`values.secret = "***"`, `values.secret = "***"`, "script:1: "},
		{`values[2] = "***"`, `values[1] = "***"`, "script:1: "},
		{`values[1] = {}`, `values[0] = {}`, "neither text nor NULL"},
		{`r.drop()`, `r.drop()`, "did not return the verdict of r.drop"},
		{`return {"x"}`, `return ["x"]`, "row returned a list"},
		{`return "x"`, `return "x"`, `row returned "x"`},
		{`return nosuch.x`, `return nosuch.x`, "script:1: "},
		{`r.columns[1].name = "x"`, `r.columns[0].name = "x"`, "cannot be changed"},
		{`values[1] = "x"`, `values[0] = "x"`, `row gave column "n" a value of 1 bytes that its type cannot hold`},
	} {
		s := k.Start(Scripts{"lua": "function row(r, values) " + c.lua + " end", "js": "function row(r, values) { " + c.js + " }"})
		begin(s, sdk.ComStmtExecute, definition("n", "", sdk.TypeTiny, false, 0))
		k.fails(c.want, func() {
			s.Reply(abi.PhaseRows, sdktest.Summary{Columns: 1}, sdk.AppendPacket(nil, []byte{0, 0, 1}))
		})
	}
}
