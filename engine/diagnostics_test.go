package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

const tellers = `
[filters.plain]
module = "teller"
options = { say = '{"seen": 3, "of": "<&>"}' }
[filters.broken]
module = "teller"
options = { say = '{"seen": ' }
[filters.long]
module = "teller"
options = { bytes = 70000 }
[filters.fitting]
module = "teller"
options = { bytes = 65536 }
[filters.mute]
module = "maxrows"
[filters.trap]
module = "teller"
on_failure = "bypass"
options = { say = "panic" }
[filters.refuses]
module = "teller"
options = { say = "refuse: not on my watch" }
[filters.fatal]
module = "teller"
options = { say = "panic" }
`

// TestStatusOfDefinitions reads what the host keeps for a filter.
func TestStatusOfDefinitions(t *testing.T) {
	p := startProxy(t, `filters = ["plain"]`, tellers)
	db := client(t, p, "")
	c, other := one(t, db), one(t, db)
	for range 3 {
		get(t, c, "SELECT 'twenty-four bytes'")
	}
	get(t, other, "SELECT 1")
	filters := p.Filters()
	at := slices.IndexFunc(filters, func(f FilterInfo) bool { return f.Config.Name == "plain" })
	st := filters[at].Status
	if st.Instances != 2 || st.Failures != 0 || st.KVEntries != 1 || st.KVBytes == 0 || st.KVMax.Bytes == 0 || st.OnFailure != "close" || st.MaxMemory == 0 {
		t.Errorf("%+v", st)
	}
	if len(st.Metrics) != 2 || st.Metrics[0].Kind != "counter" || st.Metrics[0].Value != 4 {
		t.Fatalf("metrics %+v", st.Metrics)
	}
	want := []Bucket{{Most: 15, Count: 1}, {Most: 31, Count: 3}}
	if h := st.Metrics[1]; h.Name != "length" || h.Kind != "histogram" || h.Value != int64(3*len("SELECT 'twenty-four bytes'")+len("SELECT 1")) || !slices.Equal(h.Buckets, want) {
		t.Errorf("histogram %+v", h)
	}
	if router := p.Services()[0].Router; router.Instances != 2 || router.MaxMemory == 0 {
		t.Errorf("router: %+v", router)
	}
}

func TestDiagnose(t *testing.T) {
	p := startProxy(t, `filters = ["plain", "broken", "long", "fitting", "mute", "trap"]`, tellers)
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	list, err := s.Diagnose(t.Context())
	if err != nil || len(list) != 7 {
		t.Fatalf("%v, %v", list, err)
	}
	for i, want := range []struct{ name, json, err string }{
		{"plain", `{"seen": 3, "of": "<&>"}`, ""}, {"broken", "", "no JSON"}, {"long", "", "70000 bytes"}, {"fitting", `"x`, ""},
		{"mute", "", ""}, {"trap", "", "ps_event"}, {"app", "", ""},
	} {
		d := list[i]
		if d.Name != want.name || !strings.HasPrefix(string(d.JSON), want.json) || (want.json == "") != (d.JSON == nil) {
			t.Errorf("%d: %s told %.80q, want %s to tell %q", i, d.Name, d.JSON, want.name, want.json)
		}
		if (d.Err == nil) != (want.err == "") || d.Err != nil && !strings.Contains(d.Err.Error(), want.err) {
			t.Errorf("%s: error %v, want %q", d.Name, d.Err, want.err)
		}
	}
	if list[5].Kind != "filter" || list[6].Kind != "router" {
		t.Errorf("kinds %s, %s", list[5].Kind, list[6].Kind)
	}
	get(t, c, "SELECT 1") // the one that failed is bypassed
	if list, err = s.Diagnose(t.Context()); err != nil || list[5].Err == nil {
		t.Errorf("asked again: %+v, %v", list, err)
	}
	if got := s.Snapshot().Statistics.PluginFailures; got != 1 {
		t.Errorf("%d failures of plugins, want 1", got)
	}
}

// TestDiagnoseOfAPluginThatMustNotFail ends the session: its filter is dead.
func TestDiagnoseOfAPluginThatMustNotFail(t *testing.T) {
	p := startProxy(t, `filters = ["fatal"]`, tellers)
	s := session(t, p, one(t, client(t, p, "")))
	if list, err := s.Diagnose(t.Context()); err != nil || list[0].Err == nil {
		t.Errorf("%+v, %v", list, err)
	}
	<-s.done
	if _, err := s.Diagnose(t.Context()); !errors.Is(err, ErrNoSession) {
		t.Errorf("afterwards: %v", err)
	}
}

// works reports whether the session works on the statement.
func works(s *Session, statement string) bool {
	q := s.Snapshot().Queries
	return len(q) > 0 && q[0].Statement == statement && q[0].Completed.IsZero() && s.busy.Load()
}

func TestDiagnoseDoesNotWaitForABusySession(t *testing.T) {
	p := startProxy(t, `filters = ["plain"]`, tellers)
	c := one(t, client(t, p, ""))
	s := session(t, p, c)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		_, err := c.ExecContext(ctx, "SELECT SLEEP(60)")
		result <- err
	}()
	eventually(t, "the query to run", func() bool { return works(s, "SELECT SLEEP(60)") })
	if _, err := s.Diagnose(t.Context()); !errors.Is(err, ErrSessionBusy) {
		t.Errorf("got %v", err)
	}
	cancel()
	<-result
}

// TestFilterThatCannotOpenChangesNothing passes on what the plugin says.
func TestFilterThatCannotOpenChangesNothing(t *testing.T) {
	p := startProxy(t, `filters = ["plain"]`, tellers)
	s := session(t, p, one(t, client(t, p, "")))
	on, names := true, []string{"mute", "refuses", "plain"}
	err := s.Update(t.Context(), Update{LogFlags: LogFlags{Debug: &on}, Filters: &names})
	var open *FilterOpenError
	if !errors.As(err, &open) || open.Index != 1 || open.Name != "refuses" || !strings.Contains(err.Error(), "not on my watch") {
		t.Fatalf("got %v", err)
	}
	snap := s.Snapshot()
	if snap.LogFlags.Debug || snap.Pending != nil || !slices.Equal(snap.Filters, []string{"plain"}) {
		t.Errorf("something changed: %+v, %v, %+v", snap.LogFlags, snap.Filters, snap.Pending)
	}
	for _, f := range p.Filters() {
		if want := int64(0); f.Config.Name != "plain" && f.Status.Instances != want {
			t.Errorf("%d instances of %s are left open", f.Status.Instances, f.Config.Name)
		}
	}
}

// TestIdleSessionKeepsNoStatements: there is no memory for them before the first.
func TestIdleSessionKeepsNoStatements(t *testing.T) {
	p := startProxy(t, "", "")
	rawClient(t, p)
	eventually(t, "the session", func() bool { return len(p.Sessions()) == 1 && p.Sessions()[0].Snapshot().State == StateStarted })
	snap := p.Sessions()[0].Snapshot()
	if snap.Memory.LastQueries != 0 || snap.Memory.Log > 4096 || len(snap.Queries) != 0 {
		t.Errorf("%d bytes for statements, %d for log lines", snap.Memory.LastQueries, snap.Memory.Log)
	}
	t.Logf("an idle session's log: %d bytes in %d lines", snap.Memory.Log, len(snap.Log))
}
