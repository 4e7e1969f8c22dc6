// Command guest is a guest in ordinary Go: goroutines, maps, regular
// expressions, sorting, the garbage collector. It is built by the test, for the
// Go command is there and the module is big.
package main

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

var (
	seen    []string
	pattern = regexp.MustCompile(`(\w+)=('[^']*'|\d+)(?:,|$)`)
	calls   int
)

//go:wasmexport run
func run(n uint32) uint64 {
	calls++
	h := fnv.New64a()
	text := strings.Repeat(fmt.Sprintf("a=%d,b='x%dy',c=,", n, calls), 5)
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		seen = append(seen, m[1]+m[2])
	}
	slices.Sort(seen)
	fmt.Fprint(h, seen, pattern.ReplaceAllString(text, "$2:$1;"))
	results := make(chan float64)
	go func() {
		defer close(results)
		for k := range 10 {
			results <- float64(k) / float64(n+1)
		}
	}()
	for f := range results {
		fmt.Fprintf(h, "%.3f", f)
	}
	func() {
		defer func() { fmt.Fprint(h, recover()) }()
		fmt.Fprint(h, seen[len(seen)+int(n)])
	}()
	runtime.GC()
	return h.Sum64()
}

func main() {}
