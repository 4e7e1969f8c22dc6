package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/admin/access"
	"github.com/penstock-db/penstock/cmd/penstock/ctl"
	"github.com/penstock-db/penstock/engine/config"
)

func newHashPassword() *cobra.Command {
	return &cobra.Command{
		Use:   "hash-password",
		Short: "Make a hash of a password, for password_hash of [admin.users.NAME]",
		Long: `Make a hash of a password, for password_hash of [admin.users.NAME].

The password is asked for twice on a terminal, and not shown; else it is the first line of standard input.`,
		Example: `  penstock hash-password
  penstock hash-password < password.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			password, err := ctl.NewPassword(cmd, "Password: ")
			if err != nil {
				return err
			}
			if config.DefaultPassword("", password) {
				return errors.New("this is empty, or a password that everybody tries first: choose another one")
			}
			hash, err := access.Hash(password)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), hash)
			return nil
		},
	}
}
