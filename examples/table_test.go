package examples

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

// The conformance table: a row a language, a column a capability.
var (
	tableLock    sync.Mutex
	capabilities []string
	cells        = map[[2]string]string{}
)

func note(lang, capability, value string) {
	tableLock.Lock()
	defer tableLock.Unlock()
	if !slices.Contains(capabilities, capability) {
		capabilities = append(capabilities, capability)
	}
	cells[[2]string{lang, capability}] = value
}

// TestZTable prints what the tests before it have found; go test runs them in the order
// of the files.
func TestZTable(t *testing.T) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { _, _ = w.Write([]byte(strings.Join(cells, "\t") + "\n")) }
	head := []string{"capability"}
	for _, l := range languages {
		head = append(head, l.name)
	}
	row(head...)
	for _, c := range capabilities {
		r := []string{c}
		for _, l := range languages {
			r = append(r, cells[[2]string{l.name, c}])
		}
		row(r...)
	}
	must(t, w.Flush())
	t.Logf("\n%s", b.String())
	if file := os.Getenv("PENSTOCK_CONFORMANCE"); file != "" { // go test shows nothing of tests that pass
		must(t, os.WriteFile(file, []byte(b.String()), 0o644))
	}
}
