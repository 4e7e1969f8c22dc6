// Command teller is a filter for tests: it counts statements in metrics and in
// the key-value store, and tells of itself whatever its options say.
package main

import (
	"bytes"
	"errors"
	"strings"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

func init() { sdk.RegisterFilter("teller", setup) }

func main() {}

type filter struct {
	say    string
	bytes  int // of a long answer
	seen   sdk.Metric
	length sdk.Metric
}

func setup(o *sdk.Options) (sdk.Filter, error) {
	f := &filter{say: o.String("say", ""), bytes: int(o.Int("bytes", 0, 0, 1<<20))}
	o.Commands(sdk.ComQuery, sdk.ComStmtExecute, sdk.ComInitDB)
	o.Texts(o.Strings("texts")...)
	f.seen = sdk.NewMetric(abi.MetricCounter, "seen")
	f.length = sdk.NewMetric(abi.MetricHistogram, "length")
	return f, nil
}

// Open implements sdk.Opener.
func (f *filter) Open(abi.OpenReason) error {
	if why, ok := strings.CutPrefix(f.say, "refuse: "); ok {
		return errors.New(why)
	}
	return nil
}

// Query implements sdk.Filter.
func (f *filter) Query(q *sdk.Query) sdk.Verdict {
	f.seen.Add(1)
	f.length.Observe(int64(len(q.SQL())))
	sdk.KVAdd("seen", 1, 0)
	return sdk.Pass
}

// Diagnose implements sdk.Diagnoser.
func (f *filter) Diagnose(dst []byte) []byte {
	if f.say == "panic" {
		panic("asked too much")
	}
	if f.bytes > 0 {
		return append(append(append(dst, '"'), bytes.Repeat([]byte("x"), f.bytes-2)...), '"')
	}
	return append(dst, f.say...)
}
