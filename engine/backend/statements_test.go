package backend

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/penstock-db/penstock/engine/wire"
)

// prepare registers and prepares a statement as the engine does.
func prepare(t *testing.T, s *Statements, b *Conn, text string) *Statement {
	t.Helper()
	st := s.New([]byte(text))
	r := b.run(t, wire.ComStmtPrepare, text)
	if r.Errno != 0 {
		t.Fatalf("%s: %s", text, r.Message)
	}
	st.Params, st.Columns = int(r.Params), int(r.Columns)
	b.Bind(st, r.StatementID)
	return st
}

// execute adapts a client's execution to b and runs it.
func execute(t *testing.T, b *Conn, st *Statement, payload []byte) *wire.Reply {
	t.Helper()
	out, used, err := b.AdaptExecute(nil, st, payload)
	if err != nil {
		t.Fatal(err)
	}
	r := new(wire.Reply)
	if err := b.Exec(testContext(t), append(out, payload[used:]...), r); err != nil {
		t.Fatal(err)
	}
	return r
}

func clientExecute(st *Statement, types []byte, values ...[]byte) []byte {
	m := wire.StmtExecute{Params: st.Params, ID: st.ID, Iterations: 1, NewTypes: types != nil, Types: types, Values: values}
	if types == nil {
		m.Types = st.Types // to encode the values by; they are not sent
	}
	return m.Encode(nil)
}

var twoStrings = []byte{byte(wire.TypeVarString), 0, byte(wire.TypeVarString), 0}

func TestTypesFollowAStatementToAnotherBackend(t *testing.T) {
	a, b := open(t), open(t)
	s := NewStatements()
	for _, c := range []*Conn{a, b} { // ids must differ from ours and from each other
		prepare(t, s, c, "DO 1")
	}
	prepare(t, s, b, "DO 2")
	st := prepare(t, s, a, "SET @r = CONCAT(?, ?)")
	check := func(c *Conn, payload []byte, want string) {
		t.Helper()
		if r := execute(t, c, st, payload); r.Errno != 0 {
			t.Fatalf("%s", r.Message)
		}
		if got := c.one(t, "SELECT @r"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	check(a, clientExecute(st, twoStrings, []byte("x"), []byte("y")), "xy")
	if err := b.Prepare(testContext(t), st); err != nil {
		t.Fatal(err)
	}
	idA, _ := a.BackendID(st)
	if idB, ok := b.BackendID(st); !ok || idB == st.ID && idA == st.ID {
		t.Errorf("ids %d, %d and %d", st.ID, idA, idB)
	}
	check(b, clientExecute(st, nil, []byte("p"), []byte("q")), "pq") // spliced
	check(b, clientExecute(st, nil, []byte("r"), []byte("s")), "rs") // b has them now
	ints := []byte{byte(wire.TypeLong), 0, byte(wire.TypeVarString), 0}
	check(b, clientExecute(st, ints, []byte{7, 0, 0, 0}, []byte("s")), "7s")
	check(a, clientExecute(st, nil, []byte{8, 0, 0, 0}, []byte("t")), "8t") // a must get the new ones

	if err := b.CloseStatement(st); err != nil {
		t.Fatal(err)
	}
	if _, ok := b.BackendID(st); ok {
		t.Error("still bound")
	}
	if _, _, err := b.AdaptExecute(nil, st, clientExecute(st, nil, []byte{8, 0, 0, 0}, []byte("t"))); err == nil {
		t.Error("executed where it is not prepared")
	}
}

func TestAdaptExecuteErrors(t *testing.T) {
	b := open(t)
	s := NewStatements()
	st := prepare(t, s, b, "DO ? + ?")
	payload := clientExecute(st, twoStrings, []byte("1"), []byte("2"))
	for n := range 10 + 1 + 1 + 4 {
		if _, _, err := b.AdaptExecute(nil, st, payload[:n]); !errors.Is(err, wire.ErrMalformed) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	payload[11] = 0 // no types, and none were ever sent
	if _, _, err := b.AdaptExecute(nil, st, payload); !errors.Is(err, ErrNoTypes) {
		t.Errorf("got %v", err)
	}
	// The head is enough.
	payload[11] = 1
	out, used, err := b.AdaptExecute(nil, st, payload[:st.HeadLen()])
	if err != nil || used != st.HeadLen() || len(out) != used {
		t.Errorf("%d %d %v", len(out), used, err)
	}
}

func TestLongDataFollowsItsExecution(t *testing.T) {
	a, b := open(t), open(t)
	s := NewStatements()
	st := prepare(t, s, a, "SET @r = CONCAT(?, ?)")
	if err := b.Prepare(testContext(t), st); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"long ", "data"} {
		m := wire.StmtLongData{ID: st.ID, Param: 0, Data: []byte(part)}
		if err := s.HoldLongData(st, m.Encode(nil)); err != nil {
			t.Fatal(err)
		}
	}
	if !s.Busy() || !st.HasLongData() {
		t.Error("long data waits and the session is idle")
	}
	if err := b.SendLongData(st); err != nil {
		t.Fatal(err)
	}
	m := wire.StmtExecute{Params: 2, ID: st.ID, Iterations: 1, NewTypes: true, Types: twoStrings,
		Values: [][]byte{nil, []byte("!")}, LongData: func(i int) bool { return i == 0 }}
	if r := execute(t, b, st, m.Encode(nil)); r.Errno != 0 {
		t.Fatalf("%s", r.Message)
	}
	s.ClearLongData(st)
	if got := b.one(t, "SELECT @r"); got != "long data!" || s.Busy() {
		t.Errorf("%q, busy %v", got, s.Busy())
	}
	if err := s.HoldLongData(st, make([]byte, MaxLongData+1)); !errors.Is(err, ErrLongDataLimit) || s.Busy() {
		t.Errorf("%v", err)
	}
}

func TestBulkExecute(t *testing.T) {
	a, b := open(t), open(t)
	server.Exec(t, "CREATE TABLE test.bulk (v INT)")
	t.Cleanup(func() { server.Exec(t, "DROP TABLE test.bulk") })
	s := NewStatements()
	st := prepare(t, s, a, "INSERT INTO bulk VALUES (?)")
	if err := b.Prepare(testContext(t), st); err != nil {
		t.Fatal(err)
	}
	sets := []byte{0, 1, 0, 0, 0, 0, 2, 0, 0, 0} // indicator, then an INT, twice
	m := wire.StmtBulkExecute{ID: st.ID, Params: 1, Flags: wire.BulkSendTypes, Types: []byte{byte(wire.TypeLong), 0}, Sets: sets}
	if r := execute(t, a, st, m.Encode(nil)); r.Errno != 0 || r.Affected != 2 {
		t.Fatalf("%d rows, %s", r.Affected, r.Message)
	}
	m.Flags, m.Types = 0, nil
	if r := execute(t, b, st, m.Encode(nil)); r.Errno != 0 || r.Affected != 2 {
		t.Fatalf("%d rows, %s", r.Affected, r.Message)
	}
}

func TestExecutionsAreReplayed(t *testing.T) {
	a, b := open(t), open(t)
	s, h := NewStatements(), NewHistory(10)
	st := prepare(t, s, a, "SET @r = CONCAT(?, ?)")
	for _, types := range [][]byte{twoStrings, nil} {
		payload := clientExecute(st, types, []byte("x"), []byte("y"))
		h.AddExecute(st, payload, execute(t, a, st, payload))
	}
	s.Close(st)
	if err := b.Replay(testContext(t), h); err != nil {
		t.Fatal(err)
	}
	if got := b.one(t, "SELECT @r"); got != "xy" {
		t.Errorf("%q", got)
	}
}

func TestStatementsPinsAndIDs(t *testing.T) {
	s := NewStatements()
	x, y := s.New([]byte("x")), s.New([]byte("y"))
	if s.Len() != 2 || x.ID == y.ID || s.Last() != y || s.Bytes() == 0 {
		t.Errorf("%d %d", x.ID, y.ID)
	}
	s.SetCursor(x, 1)
	if s.Pinned(x, wire.ComStmtFetch) != 1 || s.Pinned(x, wire.ComStmtExecute) != -1 || s.Pinned(y, wire.ComStmtFetch) != -1 {
		t.Error("cursor")
	}
	s.PinLongData(y, 2)
	if s.Pinned(y, wire.ComStmtExecute) != 2 || s.Pinned(y, wire.ComStmtSendLongData) != 2 || !s.Busy() {
		t.Error("long data")
	}
	if !s.Lost(1) || s.Lost(1) || !s.Busy() {
		t.Error("lost")
	}
	s.Close(y)
	if s.Busy() || s.Last() != nil {
		t.Error("close")
	}
	s.Close(y)
	s.next = wire.LastStatementID - 1
	if z := s.New(nil); z.ID == wire.LastStatementID || z.ID == 0 || z.ID == x.ID {
		t.Errorf("id %d", z.ID)
	}
	s.Reset()
	if s.Len() != 0 {
		t.Error("reset")
	}
}

func TestAdaptExecuteAllocatesNothing(t *testing.T) {
	b := open(t)
	st := prepare(t, NewStatements(), b, "DO ? + ?")
	payload := clientExecute(st, twoStrings, []byte("1"), []byte("2"))
	binary.LittleEndian.PutUint32(payload[1:], st.ID)
	dst := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() { _, _, _ = b.AdaptExecute(dst, st, payload) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
