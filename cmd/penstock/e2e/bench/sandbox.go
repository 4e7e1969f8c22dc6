package main

import "fmt"

// sandbox measures plugins without a proxy around them, with Go's benchmarks.
func sandbox(o options) error {
	count := fmt.Sprintf("-count=%d", o.rounds)
	own, err := goBench("wasm", "-bench=^Benchmark(Instance|Memory|Metering|Runaway)$", "-benchtime=300ms", count, ".")
	if err != nil {
		return err
	}
	peers, err := goBench("wasm/peers", "-bench=.", "-benchmem", "-benchtime=300ms", count, ".")
	if err != nil {
		return err
	}
	printFigures(fmt.Sprintf("an ordinary Go filter in its sandbox; median of %d", o.rounds), []figure{
		{what: "open and close a session's instance, recycled", plain: own.of("Instance/plain", "ns/op"),
			got: own.of("Instance/recycled", "ns/op"), aim: 25e3, unit: micros},
		{what: "the same, fresh clone", plain: own.of("Instance/plain", "ns/op"), got: own.of("Instance/fresh", "ns/op"), aim: 200e3, unit: micros},
		{what: "private memory after open and 50 queries", plain: own.of("Memory/plain", "B/instance"),
			got: own.of("Memory/clone", "B/instance"), aim: 100e3, unit: kilobyte},
		{what: "a query event that is passed, header and 200 B of SQL", got: peers.of("Event/penstock", "ns/op"), aim: 150, unit: nanos},
		{what: "  allocations", got: peers.of("Event/penstock", "allocs/op"), unit: none, exact: true},
		{what: "metering's cost on that event", got: own.of("Metering/event", "%-cost"), aim: 5, unit: percent},
		{what: "metering's cost on a Go regexp", got: own.of("Metering/regexp", "%-cost"), aim: 5, unit: percent},
		{what: "metering's cost on a loop over bytes", got: own.of("Metering/bytes", "%-cost"), unit: percent},
		{what: "metering's cost on small calls", got: own.of("Metering/calls", "%-cost"), unit: percent},
		{what: "park", got: own.of("Instance/park", "ns/op"), aim: 60e3, unit: micros},
		{what: "unpark", got: own.of("Instance/wake", "ns/op"), aim: 40e3, unit: micros},
		{what: "a runaway guest stopped after its budget of 10 ms: median", got: own.of("Runaway/go", "p50-over-ms"), aim: 5, unit: millis},
		{what: "  longest", got: max(own.most("Runaway/go", "max-over-ms"), own.most("Runaway/tight", "max-over-ms"),
			own.most("Runaway/fill", "max-over-ms"), own.most("Runaway/copy", "max-over-ms")), aim: 5, unit: millis},
	})
	fmt.Println()
	printPeers(peers)
	return nil
}

// printPeers prints the same event through each host, and what an instance costs.
func printPeers(r results) {
	fmt.Printf("%-30s %38s %38s\n", "the same in other hosts (Go)", "the event", "open, one event, close")
	fmt.Printf("%-30s", "")
	for range 2 {
		fmt.Printf(" %12s %12s %12s", "time", "B", "allocations")
	}
	fmt.Println()
	for _, peer := range []struct{ id, name string }{
		{"penstock", "Penstock, metered"},
		{"goplugin", "github.com/knqyf263/go-plugin"},
		{"extism", "github.com/extism/go-sdk"},
	} {
		fmt.Printf("%-30s", peer.name)
		for _, c := range []struct {
			bench string
			unit  unit
		}{{"Event/", nanos}, {"Instance/", micros}} {
			name := c.bench + peer.id
			fmt.Printf(" %12s %12.0f %12.0f", c.unit.String(r.of(name, "ns/op")), r.of(name, "B/op"), r.of(name, "allocs/op"))
		}
		fmt.Println()
	}
}
