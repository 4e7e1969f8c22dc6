package ctl

import (
	"fmt"
	"io"
	"iter"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/cmd/penstock/client"
	"github.com/penstock-db/penstock/cmd/penstock/table"
)

// list is the command that lists the resources of a kind.
func (a *app) list(k *kind) *cobra.Command {
	cmd := &cobra.Command{
		Use: k.plural, Short: k.short, Args: cobra.NoArgs,
		RunE: a.does(func(c *call) error { return a.printAll(c, k, c.List(c.ctx, k.of(), nil)) }),
	}
	a.outputFlag(cmd)
	return cmd
}

// printAll prints resources as the user wants them.
func (a *app) printAll(c *call, k *kind, all iter.Seq2[*client.Resource, error]) error {
	switch a.output {
	case outJSON:
		return printDocuments(c.out, all)
	case outName:
		for r, err := range all {
			if err != nil {
				return err
			}
			fmt.Fprintln(c.out, table.Clean(r.ID))
		}
		return nil
	}
	t, err := k.table(all)
	if err != nil {
		return err
	}
	return t.Print(c.out, width(c.out))
}

// table makes a list's table.
func (k *kind) table(all iter.Seq2[*client.Resource, error]) (*table.Table, error) {
	var t table.Table
	for _, c := range k.columns {
		t.Columns = append(t.Columns, c.Column)
	}
	for r, err := range all {
		if err != nil {
			return nil, err
		}
		row := make([]string, len(k.columns))
		for i, c := range k.columns {
			row[i] = c.of(r)
		}
		t.Rows = append(t.Rows, row)
	}
	return &t, nil
}

// printDocuments writes one document with all the resources, one at a time:
// thousands of sessions are not held at once.
func printDocuments(out io.Writer, all iter.Seq2[*client.Resource, error]) error {
	between := "{\n  \"data\": ["
	for r, err := range all {
		if err != nil {
			return err // what was written is no JSON, so nobody takes it for all there is
		}
		if _, err := io.WriteString(out, between+"\n    "); err != nil {
			return err
		}
		if err := printJSON(out, r.Raw, "    "); err != nil {
			return err
		}
		between = ","
	}
	end := "\n  ]\n}\n"
	if between != "," {
		end = "{\n  \"data\": []\n}\n"
	}
	_, err := io.WriteString(out, end)
	return err
}

// show is the command that shows one resource of a kind.
func (a *app) show(k *kind) *cobra.Command {
	what := "NAME"
	var query func() url.Values
	if k.plural == sessionKind {
		what = "ID"
	}
	cmd := &cobra.Command{
		Use: "show " + what, Short: "Show all that is known of it", Args: cobra.ExactArgs(1),
		ValidArgsFunction: a.completeOne(k),
	}
	if k.plural == sessionKind {
		diagnostics := cmd.Flags().Bool("diagnostics", false, "ask the session's plugins about themselves, which waits for its running command")
		rdns := cmd.Flags().Bool("rdns", false, "look the name of the client's address up")
		query = func() url.Values {
			q := url.Values{}
			for name, set := range map[string]bool{"diagnostics": *diagnostics, "rdns": *rdns} {
				if set {
					q.Set(name, "true")
				}
			}
			return q
		}
	}
	cmd.RunE = a.does(func(c *call) error {
		var q url.Values
		if query != nil {
			q = query()
		}
		return a.printOne(c, k, k.of(c.args[0]), q)
	})
	a.outputFlag(cmd)
	return cmd
}
