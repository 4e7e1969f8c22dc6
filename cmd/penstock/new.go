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
test and a description of its options, which builds with make and which you change
into your own. The language's SDK
is a part of it, in the directory sdk.`,
		Example: `  penstock plugin new --lang go mask && cd mask && make test`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Name = args[0]
			files, err := scaffold.Write(p.Name, p)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "wrote %s/{%s}\nnext: cd %[1]s && make test\n", p.Name, strings.Join(files, ","))
			return nil
		},
	}
	langFlag(cmd, &p.Lang)
	cmd.Flags().StringVar(&p.SDK, "sdk", "", "build against the SDK in Penstock's source, whose root is this `directory`, and copy none")
	return cmd
}

func newPluginSDK() *cobra.Command {
	var lang string
	cmd := &cobra.Command{
		Use:   "sdk --lang LANGUAGE DIRECTORY",
		Short: "Write a language's SDK into a new directory",
		Long: `Write a language's SDK into a new directory: for a plugin whose project you write
yourself, or to take this Penstock's SDK into one that another Penstock began.`,
		Example: `  cd mask && rm -r sdk && penstock plugin sdk --lang go sdk`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return scaffold.WriteSDK(args[0], lang) },
	}
	langFlag(cmd, &lang)
	return cmd
}

func langFlag(cmd *cobra.Command, lang *string) {
	cmd.Flags().StringVar(lang, "lang", "go", "the language: "+strings.Join(scaffold.Languages(), ", "))
}
