package ctl

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

const passwordHelp = `
You are asked for the password. If standard input is no terminal, its first line
is the password. It is never an argument: everybody on the machine sees those.`

func (a *app) createUser() *cobra.Command {
	k := kindOf("users")
	admin := false
	cmd := &cobra.Command{
		Use: "create NAME [--admin]", Short: "Create an account that may read, or change everything", Args: cobra.ExactArgs(1),
		Long:    "Create an account of the REST API that may read, or change everything.\n" + passwordHelp,
		Example: "  penstock user create grafana < password.txt",
		RunE: a.does(func(c *call) error {
			password, err := NewPassword(c.cmd, fmt.Sprintf("New password of %s: ", c.args[0]))
			if err != nil {
				return err
			}
			account := "basic"
			if admin {
				account = "admin"
			}
			return c.create(k, map[string]any{"password": password, "account": account}, nil)
		}),
	}
	cmd.Flags().BoolVar(&admin, "admin", false, "it may change everything")
	return cmd
}

func (a *app) passwd() *cobra.Command {
	k := kindOf("users")
	return &cobra.Command{
		Use: "passwd NAME", Short: "Change an account's password", Args: cobra.ExactArgs(1),
		Long:              "Change an account's password.\n" + passwordHelp,
		ValidArgsFunction: a.completeOne(k),
		RunE: a.does(func(c *call) error {
			password, err := NewPassword(c.cmd, fmt.Sprintf("New password of %s: ", c.args[0]))
			if err != nil {
				return err
			}
			body := map[string]any{"data": map[string]any{"attributes": map[string]any{"password": password}}}
			if _, err := c.Do(c.ctx, http.MethodPatch, k.of(c.args[0]), nil, body); err != nil {
				return err
			}
			c.say("the password of %s is changed", c.args[0])
			return nil
		}),
	}
}
