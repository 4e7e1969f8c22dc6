package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// parameters name what crosses: an i32 or i64 each, but for "text" and "bytes",
// which are a pointer and a length that the guest gives, and "out", which are a
// pointer and a capacity.
var parameters = map[string]string{
	abi.ExportInitialize: "", abi.ExportInit: "features options", abi.ExportOpen: "reason",
	abi.ExportQuery: "size flags", abi.ExportRoute: "size flags", abi.ExportReply: "phase size", abi.ExportEvent: "kind a b", abi.ExportClose: "reason",

	"log": "level text", "log_enabled": "level", "config_read": "offset out", "plugin_name": "out", "fail": "text",
	"payload_read": "offset out", "payload_append": "bytes", "info_get": "text out", "sql_canonical": "out", "sql_tables": "out",
	"targets_read": "out", "reply_ok": "affected insert_id warnings", "reply_err": "errno sqlstate text",
	"reply_columns": "bytes", "reply_row": "bytes", "reply_append": "bytes",
	"metric_define": "kind text", "metric_add": "id delta", "metric_set": "id value", "metric_observe": "id value",
	"kv_get": "text out", "kv_set": "text bytes ttl expected length", "kv_del": "text", "kv_add": "text delta ttl result",
	"timer_set": "id ms", "timer_cancel": "id", "sink_write": "id text", "state_read": "out",
	"tee": "text bytes", "call": "text bytes out",
}

// tracer prints every crossing, those inside of another one indented.
type tracer struct {
	out   io.Writer
	depth int
}

const indent = "    "

func (t *tracer) crossed(c *wasm.Crossing) {
	name := strings.TrimPrefix(c.Name, abi.Module+".")
	if !c.Done {
		arrow := "->"
		if c.Import {
			arrow = "<-"
		}
		fmt.Fprintf(t.out, "%s%s %s(%s)\n", strings.Repeat(indent, t.depth), arrow, name, described(c, name))
		t.depth++
		return
	}
	t.depth--
	fmt.Fprintf(t.out, "%s   = %s\n", strings.Repeat(indent, t.depth), outcome(c))
}

// described writes the parameters with their names and sizes.
func described(c *wasm.Crossing, name string) string {
	words, ours := parameters[name]
	f, known := c.Func()
	if !ours || !known {
		words = ""
	}
	var list []string
	args := slices.Clone(c.Args)
	for n, kind := range f.Params {
		if kind == abi.I32 { // what is in the other half is nobody's
			args[n] = uint64(uint32(args[n]))
		}
	}
	for _, word := range strings.Fields(words) {
		switch {
		case word == "text" && len(args) > 1:
			n := uint32(args[1])
			text, ok := c.Read(uint32(args[0]), min(n, 60))
			if !ok {
				text = []byte("outside of memory")
			}
			list = append(list, fmt.Sprintf("%q, %d bytes", text, n))
			args = args[2:]
		case (word == "bytes" || word == "out") && len(args) > 1:
			list = append(list, fmt.Sprintf("%s %#x, %d bytes", word, uint32(args[0]), uint32(args[1])))
			args = args[2:]
		case len(args) > 0:
			list = append(list, word+" "+strconv.FormatInt(int64(args[0]), 10))
			args = args[1:]
		}
	}
	for _, a := range args {
		list = append(list, strconv.FormatInt(int64(a), 10))
	}
	return strings.Join(list, ", ")
}

// outcome writes how a call ended.
func outcome(c *wasm.Crossing) string {
	if c.Err != nil {
		first, _, _ := strings.Cut(c.Err.Error(), "\n")
		return "ended by " + first
	}
	f, known := c.Func()
	switch {
	case known && len(f.Results) == 0:
		return "done"
	case known && f.Results[0] == abi.I64:
		v := abi.Verdict(c.Result)
		return fmt.Sprintf("%s, %d", v.Action(), v.Arg())
	}
	if n := int32(uint32(c.Result)); known && n < 0 {
		return abi.Errno(n).Error()
	}
	return strconv.Itoa(int(int32(uint32(c.Result))))
}
