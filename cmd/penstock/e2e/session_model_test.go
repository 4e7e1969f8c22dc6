package e2e

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/wire"
)

// Each of the filters a, b and c appends its name to a literal 'm…', so that
// what comes of 'm' spells the chain that a statement went down.
var spellingFilters = func() string {
	var b strings.Builder
	for _, name := range spelling {
		fmt.Fprintf(&b, "[filters.%[1]s]\nmodule = \"regexfilter\"\n[filters.%[1]s.options]\nmatch = \"'m([abc]*)'\"\nreplace = \"'m${1}%[1]s'\"\n", name)
	}
	return b.String()
}()

var spelling = []string{"a", "b", "c"}

// modelled is a client and what the semantics say of its session: what the
// REST API and every statement must show.
type modelled struct {
	t       *testing.T
	proxy   *rig.Proxy
	service string
	table   string
	client  *rig.Client
	number  int // of the client
	steps   []string

	active    []string  // the chain that statements go down
	pending   *[]string // a PATCH that waits
	restart   *[]string // a restart that waits: the chain that it brings
	inTx      bool      // by the server's own word
	flags     map[string]bool
	variable  string
	database  string
	committed []string // rows that the table must have in the end
	open      []string // rows of the transaction
	statement uint32   // prepared, 0: none
	prepared  string   // what it answers
	rows      int
}

// TestSessionsFollowTheModel drives sessions with random sequences of PATCHes,
// restarts, kills, statements and transactions.
func TestSessionsFollowTheModel(t *testing.T) {
	schema(t, "modelled")
	chains := map[string][]string{"plain": nil, "chained": {"b", "a"}}
	set := setup(primary, replica)
	set.Filters = spellingFilters
	set.Services = []rig.Service{{Name: "plain", Router: "readwritesplit"}, {Name: "chained", Router: "readwritesplit", Filters: chains["chained"]}}
	p := rig.Start(t, set)
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 4))
		table := fmt.Sprintf("modelled.t%d", seed)
		primary.Exec(t, "CREATE TABLE "+table+" (client INT, n INT, v VARCHAR(20), PRIMARY KEY (client, n))")
		replica.WaitForSync(t, primary)
		var all []*modelled
		for i, service := range []string{"plain", "chained", "plain"} {
			m := &modelled{t: t, proxy: p, service: service, table: table, number: i}
			m.connect(chains[service])
			all = append(all, m)
		}
		for range 150 {
			m := all[rnd.IntN(len(all))]
			if rnd.IntN(60) == 0 {
				must(t, p.API.Do(http.MethodPost, "/v1/sessions/restart", nil, nil))
				for _, m := range all {
					m.note("restart all")
					m.restarted(chains[m.service])
				}
			}
			m.step(rnd, chains[m.service])
			m.check()
			if t.Failed() {
				t.Fatalf("seed %d, client %d (%s):\n%s", seed, m.number, m.service, strings.Join(m.steps, "\n"))
			}
		}
		for _, m := range all {
			m.query("ROLLBACK")
			m.client.Close()
			if got := m.stored(); !slices.Equal(got, m.committed) {
				t.Fatalf("seed %d, client %d: the table has %v, want %v\n%s", seed, m.number, got, m.committed, strings.Join(m.steps, "\n"))
			}
		}
	}
}

// stored are the rows of the table, as the primary has them.
func (m *modelled) stored() (rows []string) {
	list, err := primary.DB(m.t).Query(fmt.Sprintf("SELECT v FROM %s WHERE client = %d ORDER BY n", m.table, m.number))
	must(m.t, err)
	defer list.Close()
	for list.Next() {
		var v string
		must(m.t, list.Scan(&v))
		rows = append(rows, v)
	}
	must(m.t, list.Err())
	return rows
}

func (m *modelled) note(format string, args ...any) {
	m.steps = append(m.steps, fmt.Sprintf(format, args...))
}

func (m *modelled) path() string { return fmt.Sprintf("/v1/sessions/%d", m.client.ConnectionID) }

// connect begins a session, which knows nothing of an earlier one.
func (m *modelled) connect(chain []string) {
	m.client = connect(m.t, m.proxy.Addr(m.service), rig.Login{Schema: mariadbtest.Schema})
	m.note("connect: session %d", m.client.ConnectionID)
	m.active, m.pending, m.restart, m.inTx = chain, nil, nil, false
	m.flags = map[string]bool{"log_debug": false, "log_info": false, "log_notice": true, "log_warning": true, "log_error": true}
	m.variable, m.database, m.open, m.statement = "", mariadbtest.Schema, nil, 0
}

// step does one thing at random and works out what has to come of it.
func (m *modelled) step(rnd *rand.Rand, chain []string) {
	switch n := rnd.IntN(20); n {
	case 0, 1, 2:
		m.patch(randomChain(rnd))
	case 3:
		m.refusedPatch(rnd)
	case 4:
		m.patchFlags(rnd)
	case 5:
		must(m.t, m.proxy.API.Do(http.MethodPost, m.path()+"/restart", nil, nil))
		m.note("restart")
		m.restarted(chain)
	case 6, 7, 8:
		m.query("BEGIN")
	case 9, 10:
		m.query("COMMIT")
	case 11:
		m.query("ROLLBACK")
	case 12:
		m.query(fmt.Sprintf("SET autocommit = %d", rnd.IntN(2)))
	case 13:
		m.variable = fmt.Sprint(rnd.IntN(1000))
		m.query("SET @x = " + m.variable)
	case 14:
		m.database = []string{"modelled", mariadbtest.Schema}[rnd.IntN(2)]
		m.query("USE " + m.database)
	case 15:
		m.prepare(rnd)
	case 16:
		if rnd.IntN(4) == 0 {
			m.kill(chain)
		}
	default:
		m.insert()
	}
}

// randomChain has up to three filters, one of them perhaps twice.
func randomChain(rnd *rand.Rand) []string {
	chain := []string{}
	for range rnd.IntN(4) {
		chain = append(chain, spelling[rnd.IntN(len(spelling))])
	}
	return chain
}

func (m *modelled) patch(chain []string) {
	must(m.t, m.proxy.API.PatchFilters(uint64(m.client.ConnectionID), chain...))
	m.note("PATCH %v", chain)
	m.pending = &chain
	m.settle()
}

// refusedPatch asks for something good and something bad: nothing may come of it.
func (m *modelled) refusedPatch(rnd *rand.Rand) {
	body := []string{
		`{"data":{"attributes":{"parameters":{"log_info":true}},"relationships":{"filters":{"data":[{"id":"c"},{"id":"nosuch"}]}}}}`,
		`{"data":{"attributes":{"parameters":{"log_info":1}},"relationships":{"filters":{"data":[{"id":"c"}]}}}}`,
		`{"data":{"attributes":{"parameters":{"log_debug":true,"log_inf":true}}}}`,
	}[rnd.IntN(3)]
	a, err := m.proxy.API.Raw(http.MethodPatch, m.path(), body, "Content-Type", "application/json")
	must(m.t, err)
	m.note("refused: %s", body)
	if a.Code != http.StatusBadRequest {
		m.t.Errorf("%s was answered with %d", body, a.Code)
	}
}

func (m *modelled) patchFlags(rnd *rand.Rand) {
	name, on := []string{"log_debug", "log_info", "log_notice"}[rnd.IntN(3)], rnd.IntN(2) == 0
	body := map[string]any{"data": map[string]any{"attributes": map[string]any{"parameters": map[string]bool{name: on}}}}
	must(m.t, m.proxy.API.Do(http.MethodPatch, m.path(), body, nil))
	m.note("%s = %v", name, on)
	m.flags[name] = on
}

// restarted: a restart defines the chain anew; what a PATCH before it has asked
// for is void.
func (m *modelled) restarted(chain []string) {
	m.restart, m.pending = &chain, nil
	m.settle()
}

// settle is the moment after a reply or a request: what waits happens if the
// session is idle.
func (m *modelled) settle() {
	if m.inTx {
		return
	}
	if m.restart != nil {
		m.active, m.restart = *m.restart, nil
	}
	if m.pending != nil {
		m.active, m.pending = *m.pending, nil
	}
}

// query runs a statement whose reply says whether a transaction is open.
func (m *modelled) query(sql string) {
	was := m.inTx
	must(m.t, m.client.Exec(sql))
	m.inTx = m.client.Reply.Status&wire.StatusInTrans != 0
	m.note("%s → in a transaction: %v", sql, m.inTx)
	switch {
	case !was || m.inTx && sql != "BEGIN": // BEGIN commits what was open
	case sql == "ROLLBACK":
		m.open = nil
	default:
		m.committed, m.open = append(m.committed, m.open...), nil
	}
	m.settle()
}

// insert writes down the chain that the statement went through.
func (m *modelled) insert() {
	m.rows++
	v := "m" + strings.Join(m.active, "")
	was := m.inTx
	must(m.t, m.client.Exec(fmt.Sprintf("INSERT INTO %s VALUES (%d, %d, 'm')", m.table, m.number, m.rows)))
	m.inTx = m.client.Reply.Status&wire.StatusInTrans != 0
	m.note("INSERT %d → in a transaction: %v", m.rows, m.inTx)
	if was && !m.inTx {
		m.t.Error("an INSERT ended the transaction")
	}
	if m.inTx {
		m.open = append(m.open, v)
	} else {
		m.committed = append(m.committed, v)
	}
	m.settle()
}

// prepare makes a statement, which is rewritten by the chain of this moment.
func (m *modelled) prepare(rnd *rand.Rand) {
	m.prepared = fmt.Sprintf("%d m%s", rnd.IntN(1000), strings.Join(m.active, ""))
	number, _, _ := strings.Cut(m.prepared, " ")
	_, err := m.client.Do(wire.ComStmtPrepare, []byte("SELECT CONCAT("+number+", ' ', 'm')"))
	must(m.t, err)
	m.statement = m.client.Reply.StatementID
	m.note("prepare: %s", m.prepared)
}

// kill ends the session by DELETE: at once, or after one that would have come
// in an hour.
func (m *modelled) kill(chain []string) {
	must(m.t, m.proxy.API.Do(http.MethodDelete, m.path()+"?ttl=1h", nil, nil))
	must(m.t, m.client.Exec("DO 1"))
	path := m.path()
	must(m.t, m.proxy.API.Do(http.MethodDelete, path, nil, nil))
	m.note("DELETE")
	payload, _, err := m.client.Conn.ReadMessage(1 << 20)
	var told wire.ERR
	if err != nil || told.Decode(payload) != nil || told.Errno != 1927 {
		m.t.Errorf("the client was told %q (%v), want error 1927", payload, err)
	}
	must(m.t, rig.Await("the session to be gone", func() error {
		var status *rig.Status
		if err := m.proxy.API.Do(http.MethodGet, path, nil, nil); !errors.As(err, &status) || status.Code != http.StatusNotFound {
			return fmt.Errorf("the API answers %v", err)
		}
		return nil
	}))
	m.client.Close()
	m.connect(chain)
}

// check holds what the client and the REST API see against the model.
func (m *modelled) check() {
	m.t.Helper()
	if err := rig.Await("the session resource to show it", m.shown); err != nil {
		m.t.Error(err)
		return
	}
	want := fmt.Sprintf("m%s,%s,%s", strings.Join(m.active, ""), m.variable, m.database)
	if got := value(m.t, m.client, "SELECT CONCAT('m', ',', COALESCE(@x, ''), ',', DATABASE())"); got != want {
		m.t.Errorf("the client sees %s, want %s", got, want)
	}
	if m.statement != 0 {
		raw, err := m.client.Do(wire.ComStmtExecute, execute(m.statement, nil, wire.CursorNone, true))
		must(m.t, err)
		if m.client.Reply.Errno != 0 || !strings.Contains(string(raw), m.prepared) {
			m.t.Errorf("the prepared statement answers %q (%d %s), want %s", raw, m.client.Reply.Errno, m.client.Reply.Message, m.prepared)
		}
	}
}

// shown says what of the session resource is not as it has to be.
func (m *modelled) shown() error {
	s, err := m.proxy.API.Session(uint64(m.client.ConnectionID))
	if err != nil {
		return err
	}
	defined, waits := m.active, m.restart != nil || m.pending != nil
	if m.restart != nil {
		defined = *m.restart
	}
	if m.pending != nil {
		defined = *m.pending
	}
	if got := chain(s); got != strings.Join(defined, ",") {
		return fmt.Errorf("filters %s, want %v", got, defined)
	}
	switch p := s.Attributes.Pending; {
	case (p != nil) != waits:
		return fmt.Errorf("pending %+v, want some: %v", p, waits)
	case p != nil && (p.Restart != (m.restart != nil) || !slices.Equal(p.Filters, defined) || p.WaitingFor != "open transaction"):
		return fmt.Errorf("pending %+v, want %v, restart %v, an open transaction", p, defined, m.restart != nil)
	}
	for name, on := range m.flags {
		if s.Attributes.Parameters[name] != on {
			return fmt.Errorf("%s is %v, want %v", name, s.Attributes.Parameters[name], on)
		}
	}
	if s.Attributes.State != "Session started" || s.Attributes.Database != m.database {
		return fmt.Errorf("%s in %s", s.Attributes.State, s.Attributes.Database)
	}
	return nil
}
