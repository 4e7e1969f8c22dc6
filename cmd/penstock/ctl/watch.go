package ctl

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/cmd/penstock/watch"
)

// watch is the live view of sessions.
func (a *app) watch() *cobra.Command {
	var o watch.Options
	var sort string
	cmd := &cobra.Command{
		Use: "watch", Short: "Watch the sessions live", Args: cobra.NoArgs,
		Long: `Watch the sessions: who they are, queries a second, how long they are idle, their
filters, and the newest statement (in brackets if it has ended).

Keys: q quit, s sort by the next column, r reverse, / look for a text, k kill
the chosen session, p pause, arrows and page keys choose.

Where standard output is no terminal, or with --count, tables are printed one
after another. If the API goes away, watch waits for it and says so.`,
		Example: "  penstock watch --sort idle\n  penstock watch --count 1 --rows 100 --match batch",
		RunE: a.does(func(c *call) error {
			ok := false
			if o.Sort, ok = watch.SortBy(sort); !ok {
				return usagef("--sort %s: there are %s", sort, strings.Join(watch.Orders(), ", "))
			}
			if o.Interval < watch.Fastest || o.Count < 0 || o.Rows < 1 {
				return usagef("--interval has to be at least %v, --count no less than 0, --rows at least 1", watch.Fastest)
			}
			ctx, stop := signal.NotifyContext(context.WithoutCancel(c.ctx), os.Interrupt, syscall.SIGTERM)
			defer stop()
			o.API, o.URL, o.In, o.Out, o.Err = c.Client, c.URL(), c.cmd.InOrStdin(), c.out, c.cmd.ErrOrStderr()
			return watch.Run(ctx, o)
		}),
	}
	f := cmd.Flags()
	f.DurationVarP(&o.Interval, "interval", "i", 2*time.Second, "the `time` from one look to the next")
	f.StringVar(&sort, "sort", watch.Orders()[0], "sort by `this`: "+strings.Join(watch.Orders(), ", "))
	f.StringVar(&o.Match, "match", "", "only sessions that have this `text` in their id, user, client, service, schema, state or filters")
	f.IntVarP(&o.Count, "count", "n", 0, "print so many tables and end; 0: on until interrupted")
	f.IntVar(&o.Rows, "rows", 20, "sessions in each table, where there is no terminal")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("sort", cobra.FixedCompletions(watch.Orders(), cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}
