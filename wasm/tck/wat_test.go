package tck

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/wasm/abi"
	"github.com/penstock-db/penstock/wasm/metadata"
)

// plugin is one written in WebAssembly's text format: a filter that subscribes to
// everything and answers Pass, unless its fields say something else. Its memory:
// the descriptor at 1024, the header at 2048, texts of the test at 512 and the
// window at 4096.
type plugin struct {
	imports string                            // (import …)
	pages   string                            // of memory; 1
	desc    func(put func(off int, v uint32)) // changes the descriptor
	init    string                            // bodies of the exports
	open    string
	query   string // locals: $n, $flags
	route   string
	reply   string // $phase, $n
	event   string // $kind, $a, $b
	close   string
	data    string // the string at 512
	extra   string // further fields of the module
	omit    string // exports to leave out, as name name
	instead string // the whole module's text
	about   string // metadata
}

// wat writes the module's text.
func (p plugin) wat() string {
	if p.instead != "" {
		return p.instead
	}
	d := make([]byte, abi.DescriptorSize)
	put := func(off int, v uint32) { binary.LittleEndian.PutUint32(d[off:], v) }
	for off, v := range map[int]uint32{
		abi.DescSize: abi.DescriptorSize, abi.DescKind: uint32(abi.KindFilter),
		abi.DescWindow: 4096, abi.DescWindowCap: abi.MinWindow, abi.DescHeader: 2048, abi.DescHeaderCap: abi.HeaderSize,
		abi.DescNeeds: abi.NeedSQL | abi.NeedClassify, abi.DescReplyLevel: uint32(abi.ReplyRows),
		abi.DescEvents: 1<<abi.EventTimer | 1<<abi.EventDetach | 1<<abi.EventDiagnostics | 1<<abi.EventSessionReset,
	} {
		put(off, v)
	}
	for n := range abi.DescCommandsSize {
		d[abi.DescCommands+n] = 0xff
	}
	if p.desc != nil {
		p.desc(put)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "(module\n%s\n(memory (export \"memory\") %s)\n(data (i32.const 512) \"%s\")\n(data (i32.const 1024) \"%s\")\n%s\n",
		p.imports, cmp.Or(p.pages, "1"), p.data, escaped(d), p.extra)
	for _, f := range []struct{ name, signature, body string }{
		{abi.Module, "", ""},
		{abi.ExportInit, "(param $features i64) (param $n i32) (result i32)", cmp.Or(p.init, "(i32.const 1024)")},
		{abi.ExportOpen, "(param $reason i32) (result i32)", cmp.Or(p.open, "(i32.const 0)")},
		{abi.ExportQuery, "(param $n i32) (param $flags i32) (result i64)", cmp.Or(p.query, verdict(abi.Pass, 0))},
		{abi.ExportRoute, "(param $n i32) (param $flags i32) (result i64)", cmp.Or(p.route, verdict(abi.Any, uint32(abi.RolePrimary)))},
		{abi.ExportReply, "(param $phase i32) (param $n i32) (result i64)", cmp.Or(p.reply, verdict(abi.Pass, 0))},
		{abi.ExportEvent, "(param $kind i32) (param $a i64) (param $b i64) (result i64)", cmp.Or(p.event, verdict(abi.Pass, 0))},
		{abi.ExportClose, "(param $reason i32)", p.close},
	} {
		if strings.Contains(" "+p.omit+" ", " "+f.name+" ") {
			continue
		}
		fmt.Fprintf(&b, "(func (export \"%s\") %s %s)\n", f.name, f.signature, f.body)
	}
	return b.String() + ")"
}

func escaped(p []byte) string {
	var b strings.Builder
	for _, c := range p {
		fmt.Fprintf(&b, "\\%02x", c)
	}
	return b.String()
}

// verdict is an expression that leaves one.
func verdict(a abi.Action, arg uint32) string {
	return fmt.Sprintf("(i64.const %d)", int64(abi.NewVerdict(a, arg)))
}

// put32 writes to the guest's memory.
func put32(at, v uint32) string {
	return fmt.Sprintf("(i32.store (i32.const %d) (i32.const %d))", at, int32(v))
}

// header writes to the guest's header.
func header(off int, v uint32) string { return put32(2048+uint32(off), v) }

// imports declares functions of penstock_v1.
func imports(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		for _, f := range abi.Imports {
			if f.Name != name {
				continue
			}
			fmt.Fprintf(&b, "(import \"%s\" \"%s\" (func $%[2]s (param", abi.Module, name)
			for _, t := range f.Params {
				b.WriteString(map[abi.ValueType]string{abi.I32: " i32", abi.I64: " i64"}[t])
			}
			b.WriteString(") (result i32)))\n")
		}
	}
	return b.String()
}

// build assembles it.
func (p plugin) build(t testing.TB) []byte {
	code := assemble(t, p.wat())
	if p.about == "" {
		return code
	}
	with, err := metadata.Replace(code, []byte(p.about))
	if err != nil {
		t.Fatal(err)
	}
	return with
}

func assemble(t testing.TB, text string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "m.wasm")
	cmd := exec.Command("wat2wasm", "-", "-o", out)
	cmd.Stdin = strings.NewReader(text)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("wat2wasm (Debian's package wabt; make deps installs it): %v\n%s\n%s", err, &stderr, text)
	}
	code, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return code
}
