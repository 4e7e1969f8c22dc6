package tck

import (
	"errors"
	"strings"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// unusable are options that no plugin can take for its own, or that many take:
// it may do either, but in an orderly manner.
var unusable = []struct{ name, options string }{
	{"absent options", ""},
	{"empty options", "{}"},
	{"options that are null", "null"},
	{"options that are a list", "[1, 2]"},
	{"options that are a number", "12"},
	{"options that are cut short", `{"a": "b`},
	{"options with an unknown name", `{"no plugin has such an option": 1}`},
	{"options that are not UTF-8", "{\"\xff\xfe\": \"\x80\"}"},
	{"options that nest deeply", `{"a":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + "}"},
	{"options of 100 KB", `{"a": "` + strings.Repeat("x", 100_000) + `"}`},
}

// start starts the plugin, once with its options and once more, and with
// unusable ones; nil if it cannot be started.
func (k *kit) start() *wasm.Template {
	k.doing = "it is started with the given options"
	t, err := k.module.Template(k.ctx, k.definition(k.cfg.Options))
	if err != nil {
		k.refused(err)
		k.beyond(notStarted)
		return nil
	}
	k.kept("start/memory", "start/time", "start/returns", "start/options", "start/repeatable")
	if again, err := k.module.Template(k.ctx, k.definition(k.cfg.Options)); err != nil {
		k.broken("start/repeatable", "the first time it started, the second time not: %v", err)
	} else {
		again.Close()
	}
	for _, u := range unusable {
		k.refuses(u.name, u.options)
	}
	return t
}

// refused says which rule a plugin breaks that cannot be started.
func (k *kit) refused(err error) {
	var init *wasm.InitError
	var died *wasm.Failure
	switch {
	case errors.As(err, &died):
		k.diedStarting(died)
	case !errors.As(err, &init):
		k.broken("start/options", "%v", err)
	case init.Errno != abi.OK:
		k.check(init.Message != "", "start/refusal", "%v", err)
		k.broken("start/options", "it refuses the given options: %s", strings.TrimPrefix(err.Error(), "plugin "+k.cfg.Name+": "))
	case init.Export == "":
		k.broken("start/memory", "%v", init.Err)
	case k.anyBroken("descriptor/"): // said already, by the kit itself
		k.kept("start/returns", "start/time", "start/options")
	default:
		k.broken("start/options", "%v", err)
	}
}

// diedStarting sorts a failure of _initialize, ps_init or ps_open.
func (k *kit) diedStarting(f *wasm.Failure) {
	rule := "start/returns"
	if f.Kind == wasm.FailureTimeout {
		rule = "start/time"
	}
	k.broken(rule, "%s: %s", k.doing, words(f))
}

// refuses starts the plugin with options that it may refuse. What it declares
// for them is its own affair.
func (k *kit) refuses(name, options string) {
	k.doing = "it is started with " + name
	k.deaf = true
	defer func() { k.deaf = false }()
	t, err := k.module.Template(k.ctx, k.definition([]byte(options)))
	if err == nil {
		t.Close()
		return
	}
	var init *wasm.InitError
	var died *wasm.Failure
	switch {
	case errors.As(err, &died):
		k.diedStarting(died)
		k.broken("start/refusal", "%s: %s", name, words(died))
	case errors.As(err, &init) && init.Errno != abi.OK:
		k.check(init.Message != "", "start/refusal", "%s: ps_init returned %s and had not called fail", name, init.Errno)
	default:
		k.broken("start/refusal", "%s: %v", name, err)
	}
}

// words say how an instance died, in one line.
func words(f *wasm.Failure) string {
	return strings.TrimPrefix(f.Error(), "plugin "+f.Definition+" ")
}

// beginnings opens and closes instances for every reason.
func (k *kit) beginnings(t *wasm.Template) {
	reasons := []struct {
		name   string
		reason abi.OpenReason
		state  []byte
		close  abi.CloseReason
	}{
		{"OpenNew", abi.OpenNew, nil, abi.CloseSessionEnd},
		{"OpenSwap without a state", abi.OpenSwap, nil, abi.CloseSwap},
		{"OpenSwap with an empty state", abi.OpenSwap, []byte{}, abi.CloseSwap},
		{"OpenSwap with a state that is not its own", abi.OpenSwap, []byte("\xff\x00{not a state"), abi.CloseSwap},
		{"OpenSwap with a state of 100 KB", abi.OpenSwap, make([]byte, 100_000), abi.CloseSwap},
		{"OpenAfterTrap", abi.OpenAfterTrap, nil, abi.CloseSessionEnd},
		{"OpenRestart", abi.OpenRestart, nil, abi.CloseRestart},
	}
	for _, r := range reasons {
		rule := "open/reasons"
		if r.reason == abi.OpenNew {
			rule = "open/returns"
		}
		k.doing = "it is opened with " + r.name
		i, err := t.Open(k.ctx, r.reason, newHost(), r.state)
		if err != nil {
			k.refusedSession(rule, err)
			continue
		}
		if k.exports[abi.ExportOpen] {
			k.kept(rule)
		}
		k.doing = "it is closed"
		k.ended(i, r.close)
	}
}

// refusedSession looks at how ps_open refused.
func (k *kit) refusedSession(rule string, err error) {
	var init *wasm.InitError
	var died *wasm.Failure
	switch {
	case errors.As(err, &died):
		if died.Kind == wasm.FailureTimeout {
			k.diedStarting(died)
		}
		k.broken(rule, "%s: %s", k.doing, words(died))
	case errors.As(err, &init) && init.Errno != abi.OK:
		k.check(init.Message != "", rule, "%s: ps_open returned %s and had not called fail", k.doing, init.Errno)
	default:
		k.broken(rule, "%s: %v", k.doing, err)
	}
}

// ended closes an instance that is not to have failed.
func (k *kit) ended(i *wasm.Instance, reason abi.CloseReason) {
	if i.Failed() != nil {
		i.Close(reason)
		return
	}
	err := i.Close(reason)
	if k.exports[abi.ExportClose] {
		k.kept("close/returns")
	}
	if err != nil {
		k.broken("close/returns", "%s: %v", closeNames[reason], err)
	}
}

var closeNames = map[abi.CloseReason]string{abi.CloseSessionEnd: "CloseSessionEnd", abi.CloseSwap: "CloseSwap", abi.CloseRestart: "CloseRestart"}
