// Bench measures what Penstock costs, on one machine in one run, and prints each
// figure beside what it is meant to be:
//
//	queries   queries per second, latency and processor time per query: the database
//	          itself, HAProxy forwarding TCP, Penstock with 0, 1 and 3 filters
//	connect   processor time of connecting, one query, disconnecting
//	sessions  what 10,000 idle sessions take
//	api       how long reading 10,000 sessions takes, and what it costs the others
//	start     how long until the first query is served
//	sandbox   plugins themselves: opening, memory, an event, parking, a runaway;
//	          and the same event in other Go hosts of plugins
//
// Client, proxy and server share the machine, so queries per second compare the
// configurations with each other, and say little about what a proxy on a machine
// of its own can do; processor time, read from /proc, holds for both. An aim
// that is missed fails nothing: the figure is what was measured.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// options are how much is measured.
type options struct {
	seconds, rounds, threads, sessions int
}

var measurements = []struct {
	name string
	run  func(options) error
}{
	{"queries", queries},
	{"connect", connects},
	{"sessions", sessions},
	{"api", api},
	{"start", starts},
	{"sandbox", sandbox},
}

func main() {
	var o options
	var names []string
	for _, m := range measurements {
		names = append(names, m.name)
	}
	flag.IntVar(&o.seconds, "seconds", 8, "length of one measurement under load")
	flag.IntVar(&o.rounds, "rounds", 3, "measurements of each configuration; the median counts")
	flag.IntVar(&o.threads, "threads", 32, "connections of the load")
	flag.IntVar(&o.sessions, "sessions", 10_000, "idle sessions")
	only := flag.String("only", strings.Join(names, ","), "what to measure")
	flag.Parse()
	wanted := strings.Split(*only, ",")
	err := check(o, wanted, names)
	for _, m := range measurements {
		if err == nil && slices.Contains(wanted, m.name) {
			progress("%s", m.name)
			if err = m.run(o); err != nil {
				err = fmt.Errorf("%s: %w", m.name, err)
			}
			fmt.Println()
		}
	}
	rig.Cleanup()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func check(o options, wanted, names []string) error {
	for _, name := range wanted {
		if !slices.Contains(names, name) {
			return fmt.Errorf("-only %s: there is no such measurement, only %s", name, strings.Join(names, ", "))
		}
	}
	if min(o.seconds, o.rounds, o.threads, o.sessions) < 1 {
		return fmt.Errorf("-seconds, -rounds, -threads and -sessions must be 1 or more")
	}
	return nil
}

var begun = time.Now()

// progress tells somebody who waits what is being done.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%4.0f s  %s\n", time.Since(begun).Seconds(), fmt.Sprintf(format, args...))
}
