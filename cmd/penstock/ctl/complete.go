package ctl

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/cmd/penstock/client"
	"github.com/penstock-db/penstock/cmd/penstock/table"
)

// Completion is a convenience: it has to be quick, asks nobody for a password,
// and offers nothing if it cannot find out.
const (
	completionTime = 2 * time.Second
	completionMost = 1000
)

type completer = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective)

// completeNames offers what there is of a kind.
func (a *app) completeNames(k *kind) completer {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return a.names(cmd, k), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeOne offers names for the first argument.
func (a *app) completeOne(k *kind) completer { return a.completeThen(k) }

// completeThen offers names for the first argument and words for the second.
func (a *app) completeThen(k *kind, words ...string) completer {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		switch len(args) {
		case 0:
			return a.names(cmd, k), cobra.ShellCompDirectiveNoFileComp
		case 1:
			return words, cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeMany offers names that are not among the arguments yet.
func (a *app) completeMany(k *kind) completer {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		names := slices.DeleteFunc(a.names(cmd, k), func(offer string) bool {
			return slices.ContainsFunc(args, func(arg string) bool { return offer == arg || len(offer) > len(arg) && offer[:len(arg)+1] == arg+"\t" })
		})
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeChain offers names for the first argument and filters for the rest.
func (a *app) completeChain(k *kind) completer {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			k = kindOf("filters")
		}
		return a.names(cmd, k), cobra.ShellCompDirectiveNoFileComp
	}
}

// names are the ids of what there is, with a word about each.
func (a *app) names(cmd *cobra.Command, k *kind) (offers []string) {
	o, err := a.connection.options(cmd)
	if err != nil || o.Token == "" && o.Password == "" {
		return nil
	}
	c, err := client.New(o)
	if err != nil {
		return nil
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), completionTime)
	defer cancel()
	query := url.Values{}
	if k.plural == sessionKind {
		query.Set("fields[sessions]", "user,remote,services")
	}
	for r, err := range c.List(ctx, k.of(), query) {
		if err != nil || len(offers) == completionMost {
			break
		}
		offers = append(offers, table.Clean(r.ID)+describe(k, r))
	}
	return offers
}

// describe is what shells show beside an offer.
func describe(k *kind, r *client.Resource) string {
	about := ""
	switch k.plural {
	case sessionKind:
		about = fmt.Sprintf("%s@%s, %s", r.Text("user"), r.Text("remote"), related("services")(r))
	case "filters", "monitors":
		about = r.Text("module")
	case "services":
		about = r.Text("router")
	case "servers", "listeners":
		about = r.Text("state")
	}
	if about == "" {
		return ""
	}
	return "\t" + table.Clean(about)
}
