package maxrows

import (
	"bytes"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
	"github.com/penstock-db/penstock/wasm/abi"
)

// column is a column definition of a column "a".
func column() []byte {
	b := []byte("\x03def\x00\x00\x00\x01a\x00")
	return append(b, 0x0c, 45, 0, 80, 0, 0, 0, 0xfd, 0, 0, 0, 0, 0)
}

// result is a result set of n rows, with or without EOF packets.
func result(n int, eof bool) (whole, empty []byte) {
	pack := func(payloads ...[]byte) (out []byte) {
		for _, p := range payloads {
			out = sdk.AppendPacket(out, p)
		}
		return out
	}
	row, end := []byte("\x03abc"), []byte{0xfe, 0, 0, 2, 0, 0, 0}
	head := pack([]byte{1}, column())
	if eof {
		end = []byte{0xfe, 0, 0, 2, 0}
		head = append(head, pack(end)...)
	}
	whole = bytes.Clone(head)
	for range n {
		whole = append(whole, pack(row)...)
	}
	return append(whole, pack(end)...), append(bytes.Clone(head), pack(end)...)
}

func run(t *testing.T, options string, rows int, eof bool) (r sdktest.Result, whole, empty []byte) {
	t.Helper()
	s := sdktest.Start(t, options)
	if r := s.Query("SELECT a FROM t", abi.TypeRead); r.Action != abi.Pass {
		t.Fatalf("%v", r.Action)
	}
	whole, empty = result(rows, eof)
	r = s.Reply(abi.PhaseWhole, sdktest.Summary{State: abi.ReplyStateResult, Rows: uint64(rows),
		Bytes: uint64(len(whole)), Columns: 1, Status: 2}, whole)
	return r, whole, empty
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		options string
		rows    int
		limited bool
	}{
		{`{"max_resultset_rows":3}`, 3, false},
		{`{"max_resultset_rows":3}`, 4, true},
		{`{}`, 1000, false},
		{`{}`, 100_000, true},
		{`{"max_resultset_size":"100"}`, 100, true},
		{`{"max_resultset_size":"1Mi"}`, 20_000, false},
	} {
		for _, eof := range []bool{false, true} {
			r, _, empty := run(t, c.options, c.rows, eof)
			switch {
			case !c.limited && r.Action != abi.Pass:
				t.Errorf("%s, %d rows: %v", c.options, c.rows, r.Action)
			case c.limited && (r.Action != abi.Replaced || !bytes.Equal(r.Output, empty)):
				t.Errorf("%s, %d rows: %v % x, want % x", c.options, c.rows, r.Action, r.Output, empty)
			}
		}
	}
}

func TestReturn(t *testing.T) {
	if r, _, _ := run(t, `{"max_resultset_rows":1,"max_resultset_return":"error"}`, 2, false); r.Action != abi.Reject ||
		r.Errno != 1226 || r.SQLState != "42000" || !strings.Contains(r.Message(), "max_resultset_rows") {
		t.Errorf("%+v", r)
	}
	if r, _, _ := run(t, `{"max_resultset_rows":1,"max_resultset_return":"ok"}`, 2, false); r.Action != abi.Replaced ||
		!bytes.Equal(r.Output, []byte{7, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0}) {
		t.Errorf("%+v", r)
	}
}

// What has no rows passes; what cannot be followed does not.
func TestOther(t *testing.T) {
	s := sdktest.Start(t, `{"max_resultset_rows":1}`)
	s.Query("UPDATE t", abi.TypeWrite)
	if r := s.Reply(abi.PhaseWhole, sdktest.Summary{State: abi.ReplyStateOK, Bytes: 11}, []byte{7, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0}); r.Action != abi.Pass {
		t.Errorf("OK: %v", r.Action)
	}
	whole, _ := result(5, true)
	for n := range len(whole) {
		r := s.Reply(abi.PhaseWhole, sdktest.Summary{Rows: 5, Bytes: 100, Columns: 1}, whole[:n])
		if r.Action != abi.Reject && r.Action != abi.Replaced {
			t.Errorf("%d bytes: %v", n, r.Action)
		}
	}
	if r := s.Reply(abi.PhaseSummary, sdktest.Summary{Rows: 5, Columns: 1}, nil); r.Action != abi.Pass {
		t.Errorf("summary: %v", r.Action)
	}
}

func TestOptions(t *testing.T) {
	for options, part := range map[string]string{
		`{"max_resultset_return":"nothing"}`: `one of empty, error, ok`,
		`{"max_resultset_size":"1G"}`:        `from 1 to 8Mi`,
		`{"max_resultset_rows":-1}`:          `a whole number from 0`,
	} {
		if e := sdktest.InitError(t, options); !strings.Contains(e, part) {
			t.Errorf("%s: %s", options, e)
		}
	}
}
