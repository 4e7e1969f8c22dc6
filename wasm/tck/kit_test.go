package tck

import (
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
)

func examine(t testing.TB, code []byte, cfg Config) *Report {
	t.Helper()
	r, err := Run(t.Context(), code, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantAll fails if a rule is broken.
func wantAll(t testing.TB, r *Report) {
	t.Helper()
	for _, f := range r.Failed() {
		t.Errorf("%s: %q", f.Rule.ID, f.Seen)
	}
}

func TestAFilterThatPassesEverythingPasses(t *testing.T) {
	r := examine(t, plugin{}.build(t), Config{})
	wantAll(t, r)
	for _, one := range r.Results {
		t.Log(one.Verdict, one.Rule.ID, one.Reason)
	}
}

func TestARouterPasses(t *testing.T) {
	p := plugin{desc: func(put func(int, uint32)) { put(abi.DescKind, uint32(abi.KindRouter)); put(abi.DescReplyLevel, 0) }}
	wantAll(t, examine(t, p.build(t), Config{}))
}
