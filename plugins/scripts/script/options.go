package script

import (
	"errors"
	"slices"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

// optionsObject is o of setup: the methods of [sdk.Options].
func (f *Filter) optionsObject() *Object {
	o := &Object{Name: "o", Functions: map[string]Function{}}
	for name, call := range map[string]func(o *sdk.Options, a *Args) any{
		"has":    func(o *sdk.Options, a *Args) any { return o.Has(a.text(0)) },
		"string": func(o *sdk.Options, a *Args) any { return o.String(a.text(0), a.textOr(1, "")) },
		"list":   func(o *sdk.Options, a *Args) any { return anyList(o.Strings(a.text(0))) },
		"bool": func(o *sdk.Options, a *Args) any {
			def, ok := a.at(1).(bool)
			if !ok && a.at(1) != nil {
				a.fail(1, "true or false")
			}
			return o.Bool(a.text(0), def)
		},
		"int": func(o *sdk.Options, a *Args) any {
			def := a.wholeOr(1, 0, -maxWhole, maxWhole)
			return float64(o.Int(a.text(0), def, a.wholeOr(2, -maxWhole, -maxWhole, maxWhole), a.wholeOr(3, maxWhole, -maxWhole, maxWhole)))
		},
		"enum": func(o *sdk.Options, a *Args) any {
			def, words := a.text(1), a.texts(2)
			if !slices.Contains(words, def) {
				a.fail(1, "one of the words behind it")
			}
			return o.Enum(a.text(0), def, words...)
		},
		"duration": func(o *sdk.Options, a *Args) any { return milliseconds(o.Duration(a.text(0), a.milliseconds(1))) },
		"size":     func(o *sdk.Options, a *Args) any { return float64(o.Size(a.text(0), a.wholeOr(1, 0, 0, maxWhole))) },
		"fail": func(o *sdk.Options, a *Args) any {
			if name, problem := a.text(0), a.text(1); a.Err() == nil {
				o.Fail(name, problem)
			}
			return nil
		},
		"texts": func(o *sdk.Options, a *Args) any { o.Texts(a.texts(0)...); return nil },
		"commands": func(o *sdk.Options, a *Args) any {
			f.commands = []byte{}
			for i := range max(1, len(a.List)) {
				f.commands = append(f.commands, oneOf(a, i, commands))
			}
			return nil
		},
		"counter":   func(_ *sdk.Options, a *Args) any { return metric(abi.MetricCounter, a) },
		"gauge":     func(_ *sdk.Options, a *Args) any { return metric(abi.MetricGauge, a) },
		"histogram": func(_ *sdk.Options, a *Args) any { return metric(abi.MetricHistogram, a) },
	} {
		o.Functions[name] = func(a *Args) (any, error) {
			if f.options == nil {
				return nil, errors.New("o can be used in setup alone, while it runs")
			}
			v := call(f.options, a)
			return v, a.Err()
		}
	}
	return o
}

// metric defines a metric and makes an object of it.
func metric(kind abi.MetricKind, a *Args) any {
	name := a.text(0)
	m := sdk.NewMetric(kind, name)
	if (m == sdk.Metric{}) && a.Err() == nil {
		a.fail(0, "a name that no other kind of metric has, of small letters, digits and underscores")
	}
	of := func(name string, do func(int64)) *Object {
		return &Object{Name: "the metric", Functions: map[string]Function{name: func(a *Args) (any, error) {
			n := a.wholeOr(0, 1, -maxWhole, maxWhole)
			if a.Err() == nil {
				do(n)
			}
			return nil, a.Err()
		}}}
	}
	switch kind {
	case abi.MetricGauge:
		return of("set", m.Set)
	case abi.MetricHistogram:
		return of("observe", m.Observe)
	}
	return of("add", m.Add)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
