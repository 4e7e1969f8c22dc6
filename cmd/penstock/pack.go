package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
	"github.com/penstock-db/penstock/wasm/metadata"
)

func newPack() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "pack FILE METADATA...",
		Short: "Write into a module what it is and which options its plugins take",
		Long: `Write metadata into a module's file: its version, author and license, and for
each of its plugins a description and a JSON Schema of its options, which
configurations are checked against. What it had is replaced. docs/abi.md says
what the document looks like.

Before anything is written the schema is checked, every example that it gives
and every default have to fit it, and each plugin is started with the examples.
Several documents are put together.`,
		Example: `  penstock plugin pack ./mask.wasm plugin.json`,
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			packed, about, err := pack(cmd.Context(), args[0], args[1:])
			if err != nil {
				return err
			}
			target := cmp.Or(output, args[0])
			if err := replaceFile(target, packed); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s says of itself: %s\n", target, strings.Join(about.Names(), ", "))
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "`FILE` to write to (default: the module's own)")
	return cmd
}

// pack returns the module with the documents in it, once all of it has been
// tried out.
func pack(ctx context.Context, file string, documents []string) ([]byte, *metadata.Module, error) {
	code, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	texts := make([][]byte, len(documents))
	for i, name := range documents {
		if texts[i], err = os.ReadFile(name); err != nil {
			return nil, nil, err
		}
	}
	fail := func(err error) ([]byte, *metadata.Module, error) {
		return nil, nil, fmt.Errorf("%s: %w", strings.Join(documents, ", "), err)
	}
	content, err := metadata.Merge(texts...)
	if err != nil {
		return fail(err)
	}
	packed, err := metadata.Replace(code, content)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	about, err := metadata.Decode(content)
	if err != nil {
		return fail(err)
	}
	var errs []error
	for _, name := range about.Names() {
		errs = append(errs, fitting(name, about.Plugin(name)))
	}
	if err := errors.Join(errs...); err != nil {
		return fail(err)
	}
	r, err := wasm.NewRuntime(wasm.Config{})
	if err != nil {
		return nil, nil, err
	}
	defer r.Close(context.WithoutCancel(ctx))
	m, err := r.Load(ctx, file, packed)
	if err != nil {
		return nil, nil, err
	}
	defer m.Close()
	for _, name := range about.Names() {
		errs = append(errs, starting(ctx, m, name, about.Plugin(name)))
	}
	return packed, about, errors.Join(errs...)
}

// fitting holds examples and defaults against the schema that they stand in.
func fitting(name string, p *metadata.Plugin) error {
	var errs []error
	given, defaults := p.Examples()
	for _, e := range append(given, defaults...) {
		for _, problem := range p.Check(e.Options) {
			errs = append(errs, fmt.Errorf("plugins.%s.options: %s does not fit the schema: %s", name, e.Where, problem.String()))
		}
	}
	return errors.Join(errs...)
}

// starting starts a plugin with each of its examples.
func starting(ctx context.Context, m *wasm.Module, name string, p *metadata.Plugin) error {
	given, _ := p.Examples()
	for _, e := range given {
		def := wasm.Definition{Name: name, Plugin: name, Options: e.Options, Services: services(func(abi.LogLevel, string) {})}
		t, err := m.Template(ctx, def)
		if err != nil {
			return fmt.Errorf("plugin %s does not start with what the metadata says (%s): %w", name, e.Where, err)
		}
		t.Close()
	}
	return nil
}

// replaceFile writes a file so that it is there whole or not at all.
func replaceFile(file string, content []byte) error {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(file); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it has been renamed
	_, err = f.Write(content)
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
