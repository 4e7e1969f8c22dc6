// Command warm compiles modules into a cache directory. The tests of package
// engine run it before anything else: it is built without the race detector,
// under which a compilation takes many times as long.
//
//	warm DIRECTORY FILE.wasm…
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/penstock-db/penstock/wasm"
)

func main() {
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string, files []string) error {
	r, err := wasm.NewRuntime(wasm.Config{CacheDir: dir})
	if err != nil {
		return err
	}
	defer r.Close(context.Background())
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		m, err := r.Load(context.Background(), file, code)
		if err != nil {
			return err
		}
		m.Close()
	}
	return nil
}
