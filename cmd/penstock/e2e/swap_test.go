package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/wire"
)

// The filters hide and other turn this into marker_after and marker_other.
const marker = "SELECT 'marker_before'"

func value(t testing.TB, c *rig.Client, sql string) string {
	t.Helper()
	v, err := c.Value(sql)
	must(t, err)
	return v
}

func TestPatchDuringAQuery(t *testing.T) {
	c := connect(t, proxy.Addr(split), rig.Login{})
	id := uint64(c.ConnectionID)
	must(t, c.Send(wire.ComQuery, []byte("SELECT SLEEP(3), 'marker_before'")))
	must(t, rig.Await("the query to run", func() error { return running(t, "marker_before", 1) }))
	must(t, proxy.API.PatchFilters(id, "hide"))
	must(t, running(t, "marker_before", 1)) // the PATCH did not wait for it, nor end it
	raw, err := c.Receive(wire.ComQuery, nil)
	must(t, err)
	row := rig.Packets(raw)[3][wire.HeaderLen:]
	_, row, err = wire.NextTextField(row)
	must(t, err)
	if v, _, _ := wire.NextTextField(row); string(v) != "marker_before" {
		t.Errorf("the running statement returned %q", v)
	}
	if v := value(t, c, marker); v != "marker_after" {
		t.Errorf("the next statement returned %q, want marker_after", v)
	}
	s, err := proxy.API.Session(id)
	must(t, err)
	if got := fmt.Sprint(s.Relationships.Filters.Data); got != "[{hide}]" {
		t.Errorf("the session's filters are %s", got)
	}
	must(t, proxy.API.PatchFilters(id))
	if v := value(t, c, marker); v != "marker_before" {
		t.Errorf("with an empty chain the statement returned %q", v)
	}
}

func TestPatchOfNonsenseChangesNothing(t *testing.T) {
	c := connect(t, proxy.Addr(split), rig.Login{})
	id := uint64(c.ConnectionID)
	must(t, proxy.API.PatchFilters(id, "hide"))
	var status *rig.Status
	if err := proxy.API.PatchFilters(id, "other", "nosuch"); !errors.As(err, &status) || status.Code != http.StatusBadRequest {
		t.Errorf("an unknown filter was answered with %v, want 400", err)
	}
	if v := value(t, c, marker); v != "marker_after" {
		t.Errorf("the refused PATCH changed the chain: %q", v)
	}
	if err := proxy.API.PatchFilters(1<<40, "hide"); !errors.As(err, &status) || status.Code != http.StatusNotFound {
		t.Errorf("an unknown session was answered with %v, want 404", err)
	}
}

// A session that never leaves its transactions for long: the swap happens at
// the end of the one that runs.
func TestAutocommitOffDoesNotStarveASwap(t *testing.T) {
	schema(t, "starve")
	primary.Exec(t, "CREATE TABLE starve.t (a INT)")
	c := connect(t, proxy.Addr(split), rig.Login{})
	must(t, c.Exec("SET autocommit = 0"))
	want := "marker_before"
	for i, next := range []string{"hide", "other", "", "hide"} {
		must(t, c.Exec("INSERT INTO starve.t VALUES (1)"))
		names := []string{next}
		if next == "" {
			names = nil
		}
		must(t, proxy.API.PatchFilters(uint64(c.ConnectionID), names...))
		if v := value(t, c, marker); v != want {
			t.Errorf("round %d: inside the transaction %q, want %q", i, v, want)
		}
		must(t, c.Exec("COMMIT"))
		want = map[string]string{"hide": "marker_after", "other": "marker_other", "": "marker_before"}[next]
		if v := value(t, c, marker); v != want {
			t.Errorf("round %d: after the transaction %q, want %q", i, v, want)
		}
		must(t, c.Exec("COMMIT"))
	}
}

func TestManyPatchesUnderLoad(t *testing.T) {
	schema(t, "patched")
	primary.Exec(t, "CREATE TABLE patched.t (id INT PRIMARY KEY AUTO_INCREMENT, client INT, n INT)")
	const clients, patches = 8, 200
	var done atomic.Bool
	var wg sync.WaitGroup
	ids := make([]uint64, clients)
	written := make([]int, clients)
	for i := range clients {
		c := connect(t, proxy.Addr(split), rig.Login{Schema: mariadbtest.Schema})
		ids[i] = uint64(c.ConnectionID)
		wg.Go(func() {
			for n := 0; !done.Load(); n++ {
				if err := onePatchedRound(c, i, n); err != nil {
					t.Errorf("client %d, round %d: %v", i, n, err)
					return
				}
				written[i] = n + 1
			}
		})
	}
	chains := [][]string{{"hide"}, {}, {"other"}, {"hide", "other"}, {"other", "hide", "other"}}
	for p := range patches {
		if err := proxy.API.PatchFilters(ids[p%clients], chains[p%len(chains)]...); err != nil {
			t.Errorf("PATCH %d: %v", p, err)
		}
	}
	done.Store(true)
	wg.Wait()
	db := open(t, primary.DSN(mariadbtest.AppUser, mariadbtest.AppPassword, "patched"))
	for i := range clients {
		var n int
		must(t, db.QueryRow("SELECT COUNT(*) FROM t WHERE client = ?", i).Scan(&n))
		if n != written[i] {
			t.Errorf("client %d wrote %d rows, %d are there", i, written[i], n)
		}
	}
	for i, id := range ids {
		s, err := proxy.API.Session(id)
		must(t, err)
		var last []string
		for p := range patches {
			if p%clients == i {
				last = chains[p%len(chains)]
			}
		}
		if len(s.Relationships.Filters.Data) != len(last) {
			t.Errorf("client %d: the chain is %v, the last PATCH said %v", i, s.Relationships.Filters.Data, last)
		}
	}
}

// onePatchedRound reads, writes in a transaction, and checks every answer.
func onePatchedRound(c *rig.Client, client, n int) error {
	v, err := c.Value(fmt.Sprintf("SELECT 'marker_before %d %d'", client, n))
	if err != nil {
		return err
	}
	ok := false
	for _, word := range []string{"marker_before", "marker_after", "marker_other"} {
		ok = ok || v == fmt.Sprintf("%s %d %d", word, client, n)
	}
	if !ok {
		return fmt.Errorf("read %q", v)
	}
	for _, q := range []string{"BEGIN", fmt.Sprintf("INSERT INTO patched.t (client, n) VALUES (%d, %d)", client, n), "COMMIT"} {
		if err := c.Exec(q); err != nil {
			return err
		}
	}
	return nil
}
