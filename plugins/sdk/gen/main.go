// Command gen writes the constants of the SDKs for other languages than Go. Their
// numbers, names and explanations come from package wasm/abi and, for those of
// the MySQL protocol, from the Go SDK's protocol.go, so that nobody copies a
// number by hand. Run it with
//
//	go generate ./plugins/sdk/gen
//
// A test fails when a file that it writes is not what it would write.
package main

//go:generate go run .

import (
	"fmt"
	"os"
	"path/filepath"
)

// root is the repository's, seen from this directory, where go generate and go
// test run.
const root = "../../.."

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run() error {
	groups, err := read()
	if err != nil {
		return err
	}
	for _, target := range targets {
		file := filepath.Join(root, target.file)
		old, err := os.ReadFile(file)
		if err != nil && (target.whole == nil || !os.IsNotExist(err)) {
			return err
		}
		text, err := target.render(groups, string(old))
		if err != nil {
			return fmt.Errorf("%s: %w", target.file, err)
		}
		if text == string(old) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
		fmt.Println("wrote", target.file)
	}
	return nil
}
