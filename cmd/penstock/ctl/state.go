package ctl

import (
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
)

// startStop is `start` or `stop` of what can be either.
func (a *app) startStop(k *kind, verb string) *cobra.Command {
	what := map[string]string{
		"services start": "Let clients log in again", "services stop": "Let no more clients log in; sessions go on",
		"listeners start": "Let clients connect again", "listeners stop": "Let no more clients connect; sessions go on",
		"monitors start": "Watch the servers again", "monitors stop": "Watch the servers no more; they keep their last state",
	}[k.plural+" "+verb]
	return &cobra.Command{
		Use: verb + " NAME", Short: what, Args: cobra.ExactArgs(1),
		ValidArgsFunction: a.completeOne(k),
		RunE: a.does(func(c *call) error {
			if _, err := c.Do(c.ctx, http.MethodPut, k.of(c.args[0], verb), nil, nil); err != nil {
				return err
			}
			c.say("%s %s is %s", k.singular, c.args[0], map[string]string{"start": "started", "stop": "stopped"}[verb])
			return nil
		}),
	}
}

// serverSet brings a server into a state that takes it out of use.
func (a *app) serverSet(state string) *cobra.Command {
	k := kindOf("servers")
	force := false
	short := "Use a server for no new connections; those there are go on"
	if state == "maintenance" {
		short = "Use a server no more"
	}
	cmd := &cobra.Command{
		Use: state + " NAME", Short: short, Args: cobra.ExactArgs(1),
		Long:              short + ", until `penstock server clear NAME`.",
		ValidArgsFunction: a.completeOne(k),
		RunE: a.does(func(c *call) error {
			query := url.Values{"state": {state}}
			if force {
				query.Set("force", "yes")
			}
			if _, err := c.Do(c.ctx, http.MethodPut, k.of(c.args[0], "set"), query, nil); err != nil {
				return err
			}
			c.say("server %s: %s", c.args[0], state)
			return nil
		}),
	}
	if state == "maintenance" {
		cmd.Flags().BoolVar(&force, "force", false, "close the connections to it at once")
	}
	return cmd
}

// serverClear ends that.
func (a *app) serverClear() *cobra.Command {
	k := kindOf("servers")
	states := []string{"maintenance", "drain"}
	return &cobra.Command{
		Use: "clear NAME [maintenance|drain]", Short: "Use a server again, after maintenance and drain", Args: cobra.RangeArgs(1, 2),
		ValidArgsFunction: a.completeThen(k, states...),
		RunE: a.does(func(c *call) error {
			if len(c.args) == 2 {
				if c.args[1] != "maintenance" && c.args[1] != "drain" {
					return usagef("%q is no state that can be cleared: there are maintenance and drain", c.args[1])
				}
				states = c.args[1:]
			}
			for _, state := range states {
				if _, err := c.Do(c.ctx, http.MethodPut, k.of(c.args[0], "clear"), url.Values{"state": {state}}, nil); err != nil {
					return err
				}
			}
			c.say("server %s is used again", c.args[0])
			return nil
		}),
	}
}

// serviceFilters looks at a service's chain and replaces it.
func (a *app) serviceFilters(k *kind) *cobra.Command {
	cmd := Group("filters", "Look at the chain of a service's new sessions, replace it")
	cmd.AddCommand(a.showFilters(k, "NAME"), &cobra.Command{
		Use: "set NAME [FILTER...]", Short: "Give a service another chain, in this order; without filters it has none", Args: cobra.MinimumNArgs(1),
		Long: `Give a service another chain, in this order; without filters it has none.

New sessions get it. Those there are get it when they are restarted
(penstock session restart).`,
		Example:           "  penstock service filters set app hide log",
		ValidArgsFunction: a.completeChain(k),
		RunE: a.does(func(c *call) error {
			name, names := c.args[0], c.args[1:]
			if _, err := c.Do(c.ctx, http.MethodPatch, k.of(name, "relationships", "filters"), nil, filterNames(names)); err != nil {
				return err
			}
			c.say("service %s has the filters: %s", name, chain(names))
			return nil
		}),
	})
	return cmd
}
