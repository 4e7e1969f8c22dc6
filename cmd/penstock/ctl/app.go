package ctl

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/cmd/penstock/client"
)

// Groups of commands in the help.
const (
	groupLook   = "look"
	groupChange = "change"
)

// AddTo adds the commands to the program's.
func AddTo(root *cobra.Command) {
	root.AddGroup(
		&cobra.Group{ID: groupLook, Title: "Look at a running proxy:"},
		&cobra.Group{ID: groupChange, Title: "Look at one thing, and change it:"},
	)
	a := &app{}
	look := []*cobra.Command{a.sessions(), a.watch(), a.status(), a.logs()}
	change := []*cobra.Command{a.session()}
	for i := range kinds {
		k := &kinds[i]
		if k.plural != sessionKind {
			look = append(look, a.list(k))
		}
		if one := a.one(k); one != nil {
			change = append(change, one)
		}
	}
	for _, cmd := range look {
		cmd.GroupID = groupLook
	}
	for _, cmd := range change {
		cmd.GroupID = groupChange
	}
	for _, cmd := range append(look, change...) {
		a.connection.flags(cmd)
		root.AddCommand(cmd)
	}
}

// app is what the commands share: one of them runs.
type app struct {
	connection connection
	output     string
}

// call is one run of a command.
type call struct {
	*client.Client
	ctx  context.Context
	cmd  *cobra.Command
	out  io.Writer
	args []string
}

// does makes a command's RunE of a function that talks to the API.
func (a *app) does(f func(*call) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if cmd.Flags().Lookup("output") != nil {
			if err := checkOutput(a.output); err != nil {
				return err
			}
		}
		c, err := a.connection.open(cmd)
		if err != nil {
			return err
		}
		defer c.Close()
		err = f(&call{Client: c, ctx: cmd.Context(), cmd: cmd, out: cmd.OutOrStdout(), args: args})
		return a.connection.explain(err)
	}
}

// one is the command about one resource of a kind; nil if nothing can be done
// with it.
func (a *app) one(k *kind) *cobra.Command {
	if k.singular == "" || k.plural == sessionKind {
		return nil
	}
	cmd := Group(k.singular, k.oneShort)
	if k.show {
		cmd.AddCommand(a.show(k))
	}
	switch k.plural {
	case "services":
		cmd.AddCommand(a.serviceFilters(k), a.startStop(k, "start"), a.startStop(k, "stop"))
	case "listeners", "monitors":
		cmd.AddCommand(a.startStop(k, "start"), a.startStop(k, "stop"))
	case "servers":
		cmd.AddCommand(a.serverSet("maintenance"), a.serverSet("drain"), a.serverClear(), a.createServer(), a.remove(k))
	case "filters":
		cmd.AddCommand(a.setFilter(), a.createFilter(), a.remove(k))
	case "users":
		cmd.AddCommand(a.createUser(), a.passwd(), a.remove(k))
	}
	return cmd
}

// Group is a command that only has others below it. Without a rule for its
// arguments cobra would answer a mistyped one with the help and success.
func Group(use, short string) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
}
