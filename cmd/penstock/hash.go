package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/penstock-db/penstock/admin/access"
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
			password, err := askPassword(cmd.InOrStdin(), cmd.ErrOrStderr())
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

// askPassword reads a password without showing it.
func askPassword(in io.Reader, prompt io.Writer) (string, error) {
	file, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), nil
	}
	var typed [2]string
	for i, question := range []string{"Password: ", "The same again: "} {
		fmt.Fprint(prompt, question)
		line, err := term.ReadPassword(int(file.Fd()))
		fmt.Fprintln(prompt)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		typed[i] = string(line)
	}
	if typed[0] != typed[1] {
		return "", errors.New("the two are not the same")
	}
	return typed[0], nil
}
