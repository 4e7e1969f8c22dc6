package watch

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/client"
)

func TestMeter(t *testing.T) {
	var m meter
	at := time.Unix(1000, 0)
	rates := func(seconds float64, list ...session) (r []float64) {
		at = at.Add(time.Duration(seconds * float64(time.Second)))
		m.measure(list, at)
		for i := range list {
			r = append(r, list[i].qps)
		}
		return r
	}
	for i, c := range []struct {
		seconds float64
		list    []session
		want    []float64
	}{
		{1, []session{{id: "1", queries: 500}}, []float64{0}},                               // nothing to compare with
		{2, []session{{id: "1", queries: 520}, {id: "2", queries: 6}}, []float64{10, 3}},    // 2 is new
		{1, []session{{id: "2", queries: 6}}, []float64{0}},                                 // 1 has ended
		{0, []session{{id: "2", queries: 9}}, []float64{0}},                                 // no time has passed
		{1, []session{{id: "2", queries: 1}}, []float64{0}},                                 // counted back: not the same one
		{1, []session{{id: "2", queries: 4, connected: "after the restart"}}, []float64{4}}, // another of the same id
	} {
		got := rates(c.seconds, c.list...)
		for j := range got {
			if got[j] != c.want[j] {
				t.Errorf("look %d: %v, want %v", i, got, c.want)
			}
		}
	}
}

// writer hears of every table.
type writer struct {
	text  bytes.Buffer
	wrote func(n int)
	n     int
}

func (w *writer) Write(b []byte) (int, error) {
	n, err := w.text.Write(b)
	if bytes.Contains(b, []byte("STATEMENT")) {
		w.n++
		w.wrote(w.n)
	}
	return n, err
}

func TestPlain(t *testing.T) {
	api := &fakeAPI{sessions: many(30)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var errs bytes.Buffer
	out := &writer{wrote: func(n int) {
		switch n {
		case 1:
			busy := many(2)
			busy[1].queries += 1000
			api.set(nil, busy...)
		case 2:
			api.set(&client.UnreachableError{URL: "http://db:8989", Err: errors.New("connection refused")})
			time.AfterFunc(30*time.Millisecond, func() { api.set(nil, many(1)...) })
		case 3:
			cancel()
		}
	}}
	o := Options{API: api, URL: "http://db:8989", Interval: 5 * time.Millisecond, Sort: "qps", Rows: 3, Out: out, Err: &errs}
	if err := Run(ctx, o); err != nil {
		t.Fatal(err)
	}
	tables := strings.Split(out.text.String(), "\n\n")
	if len(tables) != 3 || strings.Count(tables[0], "\n") != 4 || !strings.Contains(tables[0], "sessions 30") {
		t.Fatalf("%d tables:\n%s", len(tables), &out.text)
	}
	if second := strings.Split(tables[1], "\n")[2]; !strings.HasPrefix(strings.TrimSpace(second), "2 ") {
		t.Errorf("the busiest is not the first:\n%s", tables[1])
	}
	if n := strings.Count(errs.String(), "Waiting for the API since"); n != 1 || !strings.Contains(errs.String(), "connection refused") {
		t.Errorf("it said %d times that it waits:\n%s", n, &errs)
	}
}

func TestPlainEnds(t *testing.T) {
	var out bytes.Buffer
	o := Options{API: &fakeAPI{sessions: many(1)}, Interval: time.Hour, Sort: "id", Rows: 3, Count: 1, Out: &out, Err: &out}
	if err := Run(t.Context(), o); err != nil || strings.Count(out.String(), "STATEMENT") != 1 {
		t.Errorf("%v\n%s", err, &out)
	}
	o.API = &fakeAPI{err: errors.New("nobody there")}
	if err := Run(t.Context(), o); err == nil {
		t.Error("it waits for an API that never was")
	}
}
