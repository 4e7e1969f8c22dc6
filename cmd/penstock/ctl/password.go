package ctl

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

var (
	errNobodyToAsk   = errors.New("nobody to ask")
	errEmptyPassword = errors.New("the password is empty: choose another")
)

// terminal returns the terminal that the command reads from.
func terminal(cmd *cobra.Command) (*os.File, bool) {
	f, ok := cmd.InOrStdin().(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

// askPassword reads a password from the terminal without showing it.
func askPassword(cmd *cobra.Command, prompt string) (string, error) {
	f, ok := terminal(cmd)
	if !ok {
		return "", errNobodyToAsk
	}
	fmt.Fprint(cmd.ErrOrStderr(), prompt)
	text, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(cmd.ErrOrStderr())
	return string(text), err
}

// NewPassword reads a password that is to be set: from a terminal twice, the
// first time after the prompt, and without showing it; else the first line of
// what the command reads. It is not empty.
func NewPassword(cmd *cobra.Command, prompt string) (string, error) {
	first, err := askPassword(cmd, prompt)
	if errors.Is(err, errNobodyToAsk) {
		line, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), 64<<10)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password from standard input: %w", err)
		}
		if first = strings.TrimRight(line, "\r\n"); first == "" {
			return "", errors.New("the password is empty: write it as a line to standard input")
		}
		return first, nil
	}
	if err != nil {
		return "", err
	}
	again, err := askPassword(cmd, "Once more: ")
	switch {
	case err != nil:
		return "", err
	case first == "":
		return "", errEmptyPassword
	case first != again:
		return "", errors.New("the two are not the same: nothing was changed")
	}
	return first, nil
}
