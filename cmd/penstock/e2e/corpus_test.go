package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/wire"
)

// step is one exchange of the corpus: run returns the bytes that the client got.
type step struct {
	name string
	run  func(*rig.Client) ([]byte, error)
	// oneServer: the bytes depend on which server answers, so they are not
	// compared where there are two.
	oneServer bool
}

const corpusSchema = "corpus"

// minCorpus is how many exchanges the corpus promises to have.
const minCorpus = 500

// TestSameBytes runs the corpus against the server itself and through
// Penstock, and wants the same bytes: column metadata, rows, affected rows,
// insert ids, warnings, errors, status flags.
func TestSameBytes(t *testing.T) {
	corpus := buildCorpus(t)
	if len(corpus) < minCorpus {
		t.Fatalf("the corpus has %d exchanges, want at least %d", len(corpus), minCorpus)
	}
	for _, kind := range []struct {
		name string
		caps wire.Capability
	}{{"old", rig.OldCapabilities}, {"new", rig.NewCapabilities}, {"mariadb", rig.MariaDBCapabilities}} {
		t.Run(kind.name, func(t *testing.T) {
			login := rig.Login{Capabilities: kind.caps}
			// What both sides can do is what the proxy offers.
			login.Capabilities = connect(t, proxy.Addr(one), login).Capabilities
			want := runCorpus(t, primary.Addr, login, corpus, false)
			for _, service := range []string{one, split} {
				t.Run(service, func(t *testing.T) {
					got := runCorpus(t, proxy.Addr(service), login, corpus, service == split)
					compare(t, corpus, want, got, service == split)
				})
			}
		})
	}
}

// runCorpus runs all steps in a new schema. With sync the replica has caught
// up before each step: the corpus reads what it wrote, whoever answers.
func runCorpus(t *testing.T, address string, login rig.Login, corpus []step, sync bool) [][]byte {
	t.Helper()
	schema(t, corpusSchema)
	login.Schema = corpusSchema
	c := connect(t, address, login)
	replies := make([][]byte, len(corpus))
	for i, s := range corpus {
		raw, err := s.run(c)
		if err != nil {
			t.Fatalf("step %d, %s: %v", i, s.name, err)
		}
		replies[i] = raw
		if sync && c.Reply.Rows == 0 {
			replica.WaitForSync(t, primary)
		}
	}
	return replies
}

func compare(t *testing.T, corpus []step, want, got [][]byte, split bool) {
	t.Helper()
	different := 0
	for i := range corpus {
		if bytes.Equal(want[i], got[i]) || split && corpus[i].oneServer {
			continue
		}
		if different++; different > 10 {
			t.Fatal("and more")
		}
		t.Errorf("step %d, %s:\n%s", i, corpus[i].name, difference(want[i], got[i]))
	}
}

// difference shows the first packet that differs.
func difference(want, got []byte) string {
	w, g := rig.Packets(want), rig.Packets(got)
	for i := range max(len(w), len(g)) {
		var a, b []byte
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if !bytes.Equal(a, b) {
			return fmt.Sprintf("packet %d of %d direct, %d proxied\ndirect:  %.200q\nproxied: %.200q", i, len(w), len(g), a, b)
		}
	}
	return "the same packets, but cut short"
}

// query is a step in the text protocol.
func query(sql string) step {
	return step{name: fmt.Sprintf("%.120q", sql), run: func(c *rig.Client) ([]byte, error) { return c.Query(sql) }}
}

// command is a step that sends any command.
func command(cmd wire.Command, argument string) step {
	return step{name: fmt.Sprintf("%v %.80q", cmd, argument), run: func(c *rig.Client) ([]byte, error) { return c.Do(cmd, []byte(argument)) }}
}

// prepared prepares, executes with each set of parameters, and closes.
func prepared(sql string, params ...[]any) step {
	return step{name: fmt.Sprintf("prepared %.120q", sql), run: func(c *rig.Client) ([]byte, error) {
		all, err := c.Do(wire.ComStmtPrepare, []byte(sql))
		if err != nil || c.Reply.Errno != 0 {
			return all, err
		}
		id := c.Reply.StatementID
		hideStatementID(all)
		for i, values := range params {
			raw, err := c.Do(wire.ComStmtExecute, execute(id, values, wire.CursorNone, i == 0))
			if all = append(all, raw...); err != nil {
				return all, err
			}
		}
		return all, c.Send(wire.ComStmtClose, statementID(id))
	}}
}

// cursor reads a prepared statement in portions of n rows.
func cursor(sql string, n uint32) step {
	return step{name: fmt.Sprintf("cursor %.120q", sql), run: func(c *rig.Client) ([]byte, error) {
		all, err := c.Do(wire.ComStmtPrepare, []byte(sql))
		if err != nil || c.Reply.Errno != 0 {
			return all, err
		}
		id := c.Reply.StatementID
		hideStatementID(all)
		raw, err := c.Do(wire.ComStmtExecute, execute(id, nil, wire.CursorReadOnly, true))
		all = append(all, raw...)
		for err == nil && c.Reply.Errno == 0 && c.Reply.Status.Has(wire.StatusCursorExists) && !c.Reply.Status.Has(wire.StatusLastRowSent) {
			raw, err = c.Do(wire.ComStmtFetch, append(statementID(id), statementID(n)...))
			all = append(all, raw...)
		}
		if err != nil {
			return all, err
		}
		return all, c.Send(wire.ComStmtClose, statementID(id))
	}}
}

// hideStatementID blanks the id in the answer to COM_STMT_PREPARE: it is the
// proxy's own.
func hideStatementID(raw []byte) { copy(raw[wire.HeaderLen+1:wire.HeaderLen+5], "\xff\xff\xff\xff") }

// execute builds the argument of COM_STMT_EXECUTE. types says whether to send
// the parameters' types.
func execute(id uint32, values []any, cursor byte, types bool) []byte {
	m := wire.StmtExecute{Params: len(values), ID: id, Cursor: cursor, Iterations: 1, NewTypes: types}
	for _, v := range values {
		kind, value := binaryValue(v)
		m.Types = append(m.Types, byte(kind), 0)
		m.Values = append(m.Values, value)
	}
	return m.Encode(nil)[1:]
}

func binaryValue(v any) (wire.Type, []byte) {
	switch v := v.(type) {
	case nil:
		return wire.TypeNull, nil
	case int:
		return wire.TypeLongLong, leUint64(uint64(v))
	case float64:
		return wire.TypeDouble, leUint64(math.Float64bits(v))
	case string:
		return wire.TypeVarString, []byte(v)
	case []byte:
		return wire.TypeBlob, v
	}
	panic(fmt.Sprintf("no binary form for %T", v))
}

func leUint64(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }

// statementID is a statement's id (or a number of rows) as it is sent.
func statementID(id uint32) []byte { return binary.LittleEndian.AppendUint32(nil, id) }

// both runs a query in the text and in the binary protocol.
func both(sql string) []step { return []step{query(sql), prepared(sql, nil)} }

// oneServerMark before a line of statements makes a step's oneServer true.
const oneServerMark = "(one server) "

// lines makes a query of every line that is not empty.
func lines(text string) (steps []step) {
	for line := range strings.Lines(text) {
		line, oneServer := strings.CutPrefix(strings.TrimSpace(line), oneServerMark)
		if line != "" {
			s := query(line)
			s.oneServer = oneServer
			steps = append(steps, s)
		}
	}
	return steps
}
