package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/cmd/penstock/modules"
)

// version is set by the Makefile (-ldflags "-X main.version=…"); without it the
// module's version is used, which `go install` knows.
var version string

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit, and the built-in plugins",
		Args:  cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			v, commit := buildInfo()
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "penstock %s\ncommit   %s\ngo       %s %s/%s\n", v, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			for _, name := range modules.Names() {
				fmt.Fprintf(out, "plugin   %s\n", name)
			}
		},
	}
}

// buildInfo returns the version and the commit that the binary was built from,
// as far as the Go tool recorded them.
func buildInfo() (v, commit string) {
	v, commit = version, "unknown"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v, commit
	}
	if v == "" {
		v = info.Main.Version
	}
	dirty := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = " (modified)"
		}
	}
	return v, commit + dirty
}
