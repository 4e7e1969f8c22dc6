package ctl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/penstock-db/penstock/cmd/penstock/table"
)

// Ways to print what was read.
const (
	outTable = "table" // for people
	outJSON  = "json"  // the API's own document
	outName  = "name"  // ids, one a line, for other programs
)

// outputFlag adds -o to a command that reads.
func (a *app) outputFlag(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&a.output, "output", "o", outTable, "how to print it: table, json, or name")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{outTable, outJSON, outName}, cobra.ShellCompDirectiveNoFileComp)))
}

func checkOutput(format string) error {
	switch format {
	case outTable, outJSON, outName:
		return nil
	}
	return usagef("-o %s: there are table, json and name", format)
}

// width is how wide the terminal is that out writes to; 0 if it is none.
func width(out io.Writer) int {
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return w
}

// printJSON writes a document, or a part of one that is so deep, indented.
func printJSON(out io.Writer, text []byte, prefix string) error {
	var b bytes.Buffer
	if err := json.Indent(&b, text, prefix, "  "); err != nil {
		return err
	}
	_, err := io.WriteString(out, escape(b.String()))
	return err
}

// escape writes characters that JSON allows in strings as escapes if a terminal
// might obey them, or show what follows in another order. The document means the same.
func escape(text string) string {
	harmful := func(r rune) bool { return r >= 0x7f && r < 0xa0 || unicode.Is(unicode.Cf, r) }
	if strings.IndexFunc(text, harmful) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case !harmful(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// say writes one line for people about what was done.
func (c *call) say(format string, args ...any) {
	fmt.Fprintln(c.out, table.Clean(fmt.Sprintf(format, args...)))
}
