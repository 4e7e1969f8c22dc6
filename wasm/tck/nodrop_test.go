package tck

import (
	"os"
	"testing"
)

// A filter that was written from docs/abi.md alone, without an SDK, conforms.
func TestTheFilterWrittenByHandConforms(t *testing.T) {
	text, err := os.ReadFile("../../examples/filters/wat/nodrop.wat")
	if err != nil {
		t.Fatal(err)
	}
	code := assemble(t, string(text))
	r := examine(t, code, Config{})
	wantAll(t, r)
	for _, id := range []string{"verdict/sqlstate", "verdict/errno", "import/metric", "start/refusal", "state/clones", "state/sleep"} {
		if got := r.Result(id); got.Verdict != Pass {
			t.Errorf("%s: %s, %s", id, got.Verdict, got.Reason)
		}
	}
	if refused := examine(t, code, Config{Options: []byte(`{"drop":"yes"}`)}); refused.Result("start/options").Verdict != Fail {
		t.Errorf("options that it does not have: %v", refused.Result("start/options"))
	}
}
