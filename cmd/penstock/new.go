package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/cmd/penstock/scaffold"
)

func newPluginNew() *cobra.Command {
	var p scaffold.Project
	cmd := &cobra.Command{
		Use:   "new --lang LANGUAGE NAME",
		Short: "Begin a plugin: write a project that builds with one command",
		Long: `Write a project for a new plugin into the new directory NAME: a small filter with a
test, which builds with make and which you change into your own.`,
		Example: `  penstock plugin new --lang go mask && cd mask && make test`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Name = args[0]
			if v, _ := buildInfo(); p.SDK == "" && strings.HasPrefix(v, "v") && !strings.ContainsAny(v, "-+") {
				p.Version = v
			}
			files, err := scaffold.Write(p.Name, p)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "wrote %s/{%s}\nnext: cd %[1]s && make test\n", p.Name, strings.Join(files, ","))
			return nil
		},
	}
	cmd.Flags().StringVar(&p.Lang, "lang", "go", "the language: "+strings.Join(scaffold.Languages(), ", "))
	cmd.Flags().StringVar(&p.SDK, "sdk", "", "build against Penstock's source in this `directory` instead of a release")
	return cmd
}
