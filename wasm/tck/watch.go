package tck

import (
	"fmt"
	"strings"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// crossed is told of every call over the boundary. It judges what can be told
// from one call alone.
func (k *kit) crossed(c *wasm.Crossing) {
	if k.deaf {
		return
	}
	if c.Import {
		if c.Done {
			k.imported(c)
		}
		return
	}
	if !c.Done {
		k.crossings++
		k.lines = 0
		if k.desc != nil {
			n := min(k.desc.u32(abi.DescHeaderCap), abi.HeaderSize)
			if area, ok := c.Read(k.desc.u32(abi.DescHeader), n); ok {
				k.told = append(k.told[:0], area...)
			}
		}
		return
	}
	if c.Err != nil {
		return // whoever called it says why
	}
	switch c.Name {
	case abi.ExportInit:
		if at := int32(uint32(c.Result)); at >= 0 {
			k.judgeDescriptor(c.Memory(), uint32(at))
		}
	case abi.ExportQuery, abi.ExportRoute, abi.ExportReply, abi.ExportEvent:
		if k.desc != nil {
			k.judgeVerdict(c)
		}
	}
}

// imported looks at how an import was answered.
func (k *kit) imported(c *wasm.Crossing) {
	k.crossings++
	name, ours := strings.CutPrefix(c.Name, abi.Module+".")
	if !ours || c.Err != nil {
		return
	}
	errno := abi.Errno(int32(uint32(c.Result)))
	k.check(errno != abi.WrongPhase || name == "reply_row", "import/phase", "it called %s while %s: %s", name, k.doing, abi.WrongPhase)
	k.check(errno != abi.Fault, "import/pointers", "it called %s(%s) while %s: %s", name, arguments(c.Args), k.doing, abi.Fault)
	switch name {
	case "log":
		level := uint32(c.Args[0])
		k.check(level >= uint32(abi.LogError) && level <= uint32(abi.LogDebug), "import/log", "it logged at level %d; levels are %d to %d", level, abi.LogError, abi.LogDebug)
		k.lines++
		k.check(k.lines <= wasm.LogBurst, "import/log", "more than %d lines while %s; the rest is lost", wasm.LogBurst, k.doing)
	case "metric_define":
		text, _ := c.Read(uint32(c.Args[1]), uint32(c.Args[2]))
		k.check(errno != abi.BadArg, "import/metric", "metric_define(%d, %q) answered %s", uint32(c.Args[0]), text, errno)
	case "metric_add", "metric_set", "metric_observe":
		k.check(errno != abi.BadArg && errno != abi.NotFound, "import/metric", "%s(%d, %d) answered %s", name, uint32(c.Args[0]), int64(c.Args[1]), errno)
	case "timer_set":
		k.check(errno != abi.BadArg, "import/timer", "timer_set(%d) answered %s", uint32(c.Args[0]), errno)
		k.check(k.desc == nil || k.desc.u32(abi.DescEvents)&(1<<abi.EventTimer) != 0, "import/timer", "it sets a timer and does not subscribe to EventTimer")
	case "timer_cancel":
		k.check(errno != abi.BadArg, "import/timer", "timer_cancel(%d) answered %s", uint32(c.Args[0]), errno)
	case "reply_columns", "reply_row", "reply_err":
		k.check(errno != abi.BadArg && errno != abi.WrongPhase, "import/rows", "%s answered %s while %s", name, errno, k.doing)
	case "kv_get", "kv_set", "kv_del", "kv_add":
		k.shares = true
	}
}

// arguments writes parameters.
func arguments(args []uint64) string {
	var b strings.Builder
	for n, a := range args {
		if n > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%#x", a)
	}
	return b.String()
}
