// Package tck is the conformance kit of the plugin ABI: it runs a module file
// through a scripted session with a host of its own and says of each rule of
// docs/abi.md whether the module keeps it.
//
//	report, err := tck.Run(ctx, code, tck.Config{Options: []byte(`{"max_qps": 20}`)})
//	for _, r := range report.Failed() {
//		fmt.Println(r.Rule.ID, r.Seen)
//	}
//
// The module runs in the sandbox that Penstock runs it in (package wasm), and
// everything that crosses the boundary is watched: the kit judges the descriptor's
// bytes and the verdicts' numbers by itself, from the specification, so that a rule
// is not kept just because the host happens to bear with its being broken.
//
// A rule that the module gave no occasion to break is not applicable, and the report says
// what was missing. The kit cannot show that a plugin does what it is for; nor
// is a passed rule a proof: it is what the script has seen.
package tck
