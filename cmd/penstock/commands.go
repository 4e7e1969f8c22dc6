package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/cmd/penstock/ctl"
	"github.com/penstock-db/penstock/cmd/penstock/modules"
	"github.com/penstock-db/penstock/engine"
	"github.com/penstock-db/penstock/engine/config"
)

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "penstock",
		Short:         "A MariaDB and MySQL proxy whose routers and filters are WebAssembly plugins",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		if strings.Contains(err.Error(), "missing unit in duration") {
			return fmt.Errorf("%w; write 30s for seconds, 5m for minutes", err)
		}
		return err
	})
	root.AddCommand(newRun(), newCheck(), newPlugin(), newHashPassword(), newVersion())
	ctl.AddTo(root)
	return root
}

// markRan notes that the command line made sense: what fails after it is no
// mistake of usage.
func markRan(ran *bool) func(*cobra.Command, []string) {
	return func(*cobra.Command, []string) { *ran = true }
}

// noFile refuses arguments. One is mostly the configuration file.
func noFile(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no argument %q: the configuration file is named with -c", cmd.CommandPath(), args[0])
	}
	return nil
}

// configFlag adds -c.
func configFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVarP(file, "config", "c", "config.toml", "the configuration `file`")
	cmd.MarkFlagFilename("config", "toml")
}

func newRun() *cobra.Command {
	var d daemon
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Serve",
		Long: `Serve what the configuration says.

SIGTERM and SIGINT let sessions finish (see --drain-timeout), a second one stops at once.
SIGHUP opens the log file anew and reads the configuration again.`,
		Args: noFile,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d.drainGiven = cmd.Flags().Changed("drain-timeout")
			return d.run(cmd.Context(), cmd.ErrOrStderr())
		},
	}
	configFlag(cmd, &d.file)
	cmd.Flags().DurationVar(&d.drainTimeout, "drain-timeout", 0,
		"how long SIGTERM lets sessions finish (default: drain_timeout of the configuration)")
	return cmd
}

func newCheck() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Report every problem of a configuration, and do nothing else",
		Long: `Report every problem of a configuration: what is wrong in the file, and which
options do not fit what the plugins' modules say of them. If there is none,
every plugin is started with its options as penstock run does it, so that what
is valid here starts there. Modules in registries are fetched. No database is
asked, no port is opened and no file is written but in the cache of modules.`,
		Args: noFile,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(file)
			if err != nil {
				return err
			}
			if err := engine.Check(cmd.Context(), c, modules.FS()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is valid: %s, %s, %s, %s, %s\n", file,
				count(len(c.Listeners), "listener"), count(len(c.Services), "service"), count(len(c.Filters), "filter"),
				count(len(c.Servers), "server"), count(len(c.Monitors), "monitor"))
			return nil
		},
	}
	configFlag(cmd, &file)
	return cmd
}

// count prints a number of things.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
