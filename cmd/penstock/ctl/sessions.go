package ctl

import (
	"cmp"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/cmd/penstock/client"
)

// listFields is what the list of sessions shows: statements and logs are most
// of a session's document, and thousands of them are not asked for.
const listFields = "user,remote,port,database,state,idle,seconds_alive,statistics,connections,pending,services,filters"

// selection says which sessions are wanted; empty fields mean any.
type selection struct {
	service, user, filter, server string
	idle                          time.Duration // at least
}

func (a *app) sessions() *cobra.Command {
	k := kindOf(sessionKind)
	var want selection
	cmd := &cobra.Command{
		Use: k.plural, Short: k.short, Args: cobra.NoArgs,
		Example: `  penstock sessions --service app --idle 5m
  penstock sessions --client-user batch -o name | xargs penstock session kill`,
		RunE: a.does(func(c *call) error {
			query := url.Values{}
			if a.output != outJSON {
				query.Set("fields[sessions]", listFields)
			}
			all := want.from(c.List(c.ctx, k.of(), query))
			if a.output == outTable {
				all = byNumber(all)
			}
			return a.printAll(c, k, all)
		}),
	}
	want.flags(cmd, a)
	a.outputFlag(cmd)
	return cmd
}

// flags adds those that select sessions.
func (s *selection) flags(cmd *cobra.Command, a *app) {
	f := cmd.Flags()
	f.StringVar(&s.service, "service", "", "only sessions of the service with this `name`")
	f.StringVar(&s.user, "client-user", "", "only sessions of the clients that logged in with this `name`")
	f.StringVar(&s.filter, "filter", "", "only sessions whose chain has the filter with this `name`")
	f.StringVar(&s.server, "server", "", "only sessions with a connection to the server with this `name`")
	f.DurationVar(&s.idle, "idle", 0, "only sessions that have been idle for this long")
	for flag, plural := range map[string]string{"service": "services", "filter": "filters", "server": "servers"} {
		cobra.CheckErr(cmd.RegisterFlagCompletionFunc(flag, a.completeNames(kindOf(plural))))
	}
}

func (s *selection) fits(r *client.Resource) bool {
	connected := func() bool {
		list, _ := r.Value("connections").([]any)
		return slices.ContainsFunc(list, func(c any) bool {
			m, _ := c.(map[string]any)
			return m["server"] == s.server
		})
	}
	return (s.service == "" || slices.Contains(r.Related["services"], s.service)) &&
		(s.user == "" || r.Text("user") == s.user) &&
		(s.filter == "" || slices.Contains(r.Related["filters"], s.filter)) &&
		(s.server == "" || connected()) &&
		r.Number("idle") >= s.idle.Seconds()
}

// from yields the sessions that fit.
func (s *selection) from(all iter.Seq2[*client.Resource, error]) iter.Seq2[*client.Resource, error] {
	return func(yield func(*client.Resource, error) bool) {
		for r, err := range all {
			if (err != nil || s.fits(r)) && !yield(r, err) {
				return
			}
		}
	}
}

// byNumber yields sessions in the order of their ids, an error before all.
func byNumber(all iter.Seq2[*client.Resource, error]) iter.Seq2[*client.Resource, error] {
	return func(yield func(*client.Resource, error) bool) {
		var list []*client.Resource
		for r, err := range all {
			if err != nil {
				yield(nil, err)
				return
			}
			list = append(list, r)
		}
		number := func(r *client.Resource) uint64 { n, _ := strconv.ParseUint(r.ID, 10, 64); return n }
		slices.SortFunc(list, func(a, b *client.Resource) int { return cmp.Compare(number(a), number(b)) })
		for _, r := range list {
			if !yield(r, nil) {
				return
			}
		}
	}
}
