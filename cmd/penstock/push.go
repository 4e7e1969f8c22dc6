package main

import (
	"crypto/sha256"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func newPluginPush() *cobra.Command {
	return &cobra.Command{
		Use:   "push FILE ARTIFACT",
		Short: "Make an OCI artifact of a module, in a registry or in a layout on disk",
		Long: `Make an OCI artifact of a module's file and put it into a registry, or into an OCI
image layout on disk, which is made if it is not there. Any tool for artifacts can
copy it from one to the other.

A registry is asked with what docker login has left in ~/.docker/config.json, or in
the directory of $DOCKER_CONFIG.`,
		Example: `  penstock plugin push mask.wasm oci://registry.example.com/team/mask:1.2
  penstock plugin push mask.wasm oci-layout:./artifacts:1.2`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			a, err := moduleSource(cmd.ErrOrStderr()).Push(cmd.Context(), args[1], code)
			if err != nil {
				return fmt.Errorf("cannot push %s: %w", args[0], err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "pushed %d bytes; in a configuration this content and no other is:\nmodule = %q\nsha256 = \"%x\"\n",
				len(code), a.String(), sha256.Sum256(code))
			return nil
		},
	}
}
