// Penstock is a MariaDB and MySQL proxy whose routers and filters are
// WebAssembly plugins. This is its program: it reads the configuration, starts
// the engine and the REST API, and heeds signals.
//
//	penstock run -c FILE      serve
//	penstock check -c FILE    report every problem of a configuration, and do nothing else
//	penstock plugin inspect|test|run|bench FILE|NAME    look at a plugin's module: docs/plugin-tools.md
//	penstock plugin new NAME      begin a plugin
//	penstock plugin pack FILE METADATA…    write into a module what it is: docs/plugin-tools.md
//	penstock plugin push FILE ARTIFACT    publish a plugin
//	penstock hash-password        make a hash of a password, for [admin.users.NAME]
//	penstock version
//	penstock sessions, session, watch, …    look at a running proxy and change it, over its REST API
//
// SIGTERM and SIGINT drain: nobody new is let in, every session ends when it is
// idle, and what is left after the drain timeout is closed; a second signal
// closes at once. SIGHUP opens the log file anew and reads the configuration
// again: new sessions get it, old ones when they are restarted; a configuration
// with errors changes nothing.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/penstock-db/penstock/cmd/penstock/ctl"
)

// Exit codes. Commands that use the REST API have more: ctl.ExitCode.
const (
	exitOK     = 0
	exitFailed = 1 // it ran, or tried to, and something went wrong
	exitUsage  = 2 // the command line makes no sense
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program: it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	return runWith(os.Stdin, args, stdout, stderr)
}

func runWith(stdin io.Reader, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetIn(stdin)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	ran := false
	root.PersistentPreRun = markRan(&ran)
	cmd, err := root.ExecuteC()
	switch code := ctl.ExitCode(err); {
	case err == nil:
		return exitOK
	case ran && code != exitUsage:
		fmt.Fprintln(stderr, err)
		return code
	}
	fmt.Fprintf(stderr, "penstock: %v\nUsage: %s\nTry: %s --help\n", err, cmd.UseLine(), cmd.CommandPath())
	return exitUsage
}
