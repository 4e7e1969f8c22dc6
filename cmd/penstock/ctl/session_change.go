package ctl

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// session is the command about one session.
func (a *app) session() *cobra.Command {
	k := kindOf(sessionKind)
	cmd := Group(k.singular, k.oneShort)
	cmd.AddCommand(a.show(k), a.kill(k), a.restart(k), a.sessionFilters(k), a.sessionLog(k))
	return cmd
}

func (a *app) kill(k *kind) *cobra.Command {
	var ttl time.Duration
	cmd := &cobra.Command{
		Use: "kill ID...", Short: "Close sessions, whatever they are doing", Args: cobra.MinimumNArgs(1),
		Example:           "  penstock session kill 7\n  penstock session kill 7 8 --ttl 30s",
		ValidArgsFunction: a.completeMany(k),
		RunE: a.does(func(c *call) error {
			if ttl < 0 {
				return usagef("--ttl is %v: it has to be a time to come", ttl)
			}
			query, done := url.Values{}, "session %s is killed"
			if ttl > 0 {
				query.Set("ttl", fmt.Sprintf("%dms", ttl.Milliseconds()))
				done = "session %s will be killed in " + ttl.String()
			}
			return c.each(k, func(id string) error {
				_, err := c.Do(c.ctx, http.MethodDelete, k.of(id), query, nil)
				if err == nil {
					c.say(done, id)
				}
				return err
			})
		}),
	}
	cmd.Flags().DurationVar(&ttl, "ttl", 0, "the `time` until then, in which they work as before")
	return cmd
}

// each does something about every argument, whether or not it worked with
// those before, and tells which one an error is about.
func (c *call) each(k *kind, do func(id string) error) error {
	var errs []error
	for _, id := range c.args {
		err := do(id)
		if err != nil {
			err = fmt.Errorf("%s %s: %w", k.singular, id, err)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (a *app) restart(k *kind) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: "restart ID...|--all", Short: "Make sessions anew from the configuration as it is now; clients stay connected",
		Args: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return usagef("%s needs either ids or --all", cmd.CommandPath())
			}
			return nil
		},
		Example:           "  penstock session restart 7\n  penstock session restart --all",
		ValidArgsFunction: a.completeMany(k),
		RunE: a.does(func(c *call) error {
			if all {
				if _, err := c.Do(c.ctx, http.MethodPost, k.of("restart"), nil, nil); err != nil {
					return err
				}
				c.say("all sessions are restarted, those that are busy as soon as they are idle")
				return nil
			}
			return c.each(k, func(id string) error {
				if _, err := c.Do(c.ctx, http.MethodPost, k.of(id, "restart"), nil, nil); err != nil {
					return err
				}
				if why := c.pending(k, id); why != "" {
					c.say("session %s will be restarted when it is idle; it waits for: %s", id, why)
				} else {
					c.say("session %s is restarted", id)
				}
				return nil
			})
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, "restart every session there is")
	return cmd
}

// pending is what a change of the session waits for; empty if none does, or the
// session is gone.
func (c *call) pending(k *kind, id string) string {
	r, err := c.Get(c.ctx, k.of(id), url.Values{"fields[sessions]": {"pending"}})
	if err != nil {
		return ""
	}
	return r.Text("pending.waiting_for")
}

// filterNames are the entries of a chain as the API takes them. An empty chain
// is an empty list, not null.
func filterNames(names []string) map[string]any {
	data := make([]map[string]string, len(names))
	for i, name := range names {
		data[i] = map[string]string{"id": name, "type": "filters"}
	}
	return map[string]any{"data": data}
}

func chain(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// sessionFilters looks at a session's chain and replaces it.
func (a *app) sessionFilters(k *kind) *cobra.Command {
	cmd := Group("filters", "Look at a session's chain of filters, replace it")
	show := a.showFilters(k, "ID")
	set := &cobra.Command{
		Use: "set ID [FILTER...]", Short: "Give a session another chain, in this order; without filters it has none", Args: cobra.MinimumNArgs(1),
		Example:           "  penstock session filters set 7 hide log",
		ValidArgsFunction: a.completeChain(k),
		RunE: a.does(func(c *call) error {
			id, names := c.args[0], c.args[1:]
			if _, err := c.Do(c.ctx, http.MethodPatch, k.of(id, "relationships", "filters"), nil, filterNames(names)); err != nil {
				return err
			}
			if why := c.pending(k, id); why != "" {
				c.say("session %s will have the filters: %s, when it is idle; it waits for: %s", id, chain(names), why)
			} else {
				c.say("session %s has the filters: %s", id, chain(names))
			}
			return nil
		}),
	}
	cmd.AddCommand(show, set)
	return cmd
}

// showFilters prints a chain, a filter a line, which other programs can read.
func (a *app) showFilters(k *kind, what string) *cobra.Command {
	return &cobra.Command{
		Use: "show " + what, Short: "Print the chain, one filter a line", Args: cobra.ExactArgs(1),
		ValidArgsFunction: a.completeOne(k),
		RunE: a.does(func(c *call) error {
			r, err := c.Get(c.ctx, k.of(c.args[0]), url.Values{"fields[" + k.plural + "]": {"filters,pending"}})
			if err != nil {
				return err
			}
			for _, name := range r.Related["filters"] {
				c.say("%s", name)
			}
			if why := r.Text("pending.waiting_for"); why != "" {
				fmt.Fprintf(c.cmd.ErrOrStderr(), "This chain is not at work yet; it waits for: %s\n", why)
			}
			return nil
		}),
	}
}
