package ctl

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/cmd/penstock/client"
)

// logs prints the last lines of the proxy's log.
func (a *app) logs() *cobra.Command {
	var count int
	var only []string
	cmd := &cobra.Command{
		Use: "logs", Short: "Print the last lines of the proxy's log", Args: cobra.NoArgs,
		Example: "  penstock logs --lines 100 --level error,warning",
		RunE: a.does(func(c *call) error {
			if count < 1 {
				return usagef("--lines is %d: it has to be at least 1", count)
			}
			path, query := client.Path("maxscale", "logs", "data"), url.Values{"page[size]": {strconv.Itoa(count)}}
			if len(only) > 0 {
				query.Set("priority", strings.Join(only, ","))
			}
			if a.output == outJSON {
				text, err := c.Do(c.ctx, http.MethodGet, path, query, nil)
				if err != nil {
					return err
				}
				return printJSON(c.out, append(text, '\n'), "")
			}
			r, err := c.Get(c.ctx, path, query)
			if err != nil {
				return err
			}
			lines, _ := r.Value("log").([]any)
			for _, line := range lines {
				m, _ := line.(map[string]any)
				c.say("%s %-7s %s", scalar(m["timestamp"]), scalar(m["priority"]), scalar(m["message"]))
			}
			return nil
		}),
	}
	cmd.Flags().IntVar(&count, "lines", 50, "how many `lines`")
	cmd.Flags().StringSliceVar(&only, "level", nil, "only lines of these `levels`: "+strings.Join(levels, ", "))
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("level", cobra.FixedCompletions(levels, cobra.ShellCompDirectiveNoFileComp)))
	a.outputFlag(cmd)
	return cmd
}
