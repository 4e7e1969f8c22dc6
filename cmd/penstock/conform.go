package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/wasm/tck"
)

func newPluginTest() *cobra.Command {
	var f pluginFlags
	cmd := &cobra.Command{
		Use:   "test FILE|NAME",
		Short: "Run the conformance kit: does a module keep the rules of the plugin ABI?",
		Long: `Run a module, or a built-in plugin, through a scripted session and say of each
rule of docs/abi.md whether the module keeps it. A rule that the module gave no
occasion to break does not apply. The exit code is 0 if no rule is broken, else 1.

The script calls each hook with many statements, replies and events, so give the
plugin options with which it does what it is for.`,
		Example: `  penstock plugin test ./my.wasm
  penstock plugin test ./my.wasm --options @options.json -o json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, def, err := f.read(cmd, args[0])
			if err != nil {
				return err
			}
			r, err := tck.Run(cmd.Context(), code, tck.Config{Name: args[0], Plugin: def.Plugin, Options: def.Options, Call: f.timeout, Memory: f.memory})
			if err != nil {
				return err
			}
			if f.output == "json" {
				err = printJSON(cmd.OutOrStdout(), r)
			} else {
				printReport(cmd.OutOrStdout(), r)
			}
			if n := len(r.Failed()); err == nil && n > 0 {
				err = fmt.Errorf("%s breaks %s", args[0], count(n, "rule"))
			}
			return err
		},
	}
	f.add(cmd)
	f.addOutput(cmd)
	return cmd
}

// printReport writes a line for each rule, and more for those that are broken.
func printReport(out io.Writer, r *tck.Report) {
	counts := map[tck.Verdict]int{}
	for _, one := range r.Results {
		counts[one.Verdict]++
		switch one.Verdict {
		case tck.Pass:
			fmt.Fprintf(out, "pass  %-22s  %s\n", one.Rule.ID, one.Rule.Demand)
		case tck.NotApplicable:
			fmt.Fprintf(out, "-     %-22s  %s\n", one.Rule.ID, one.Reason)
		case tck.Fail:
			fmt.Fprintf(out, "FAIL  %-22s  %s\n", one.Rule.ID, one.Rule.Demand)
			for _, seen := range one.Seen {
				fmt.Fprintf(out, "      %-22s  seen: %s\n", "", seen)
			}
			fmt.Fprintf(out, "      %-22s  see:  docs/abi.md#%s\n", "", anchor(one.Rule.Heading))
		}
	}
	fmt.Fprintf(out, "%s: %d pass, %d fail, %d do not apply; %s watched\n", count(len(r.Results), "rule"),
		counts[tck.Pass], counts[tck.Fail], counts[tck.NotApplicable], count(r.Crossings, "call"))
}

// anchor is a heading's name in a link.
func anchor(heading string) string {
	return strings.ReplaceAll(strings.ToLower(heading), " ", "-")
}
