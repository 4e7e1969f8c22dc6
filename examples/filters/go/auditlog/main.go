// Command auditlog is a filter that writes a line for each statement to the definition's
// first sink: who, in which schema, which statement (its digest), how long it took, how
// many rows it gave.
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o auditlog.wasm .
package main

import (
	"fmt"
	"strconv"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

func main() {}

func init() { sdk.RegisterFilter("auditlog", setup) }

type filter struct {
	user   string
	schema string
	digest uint64
	open   bool // a statement whose reply has not ended
	line   []byte
	lost   sdk.Metric
}

func setup(o *sdk.Options) (sdk.Filter, error) {
	o.Commands(sdk.ComQuery, sdk.ComStmtExecute)
	o.Needs(abi.NeedDigest)
	o.Features(abi.FeatureSinks)
	o.ReplyLevel(abi.ReplySummary)
	return &filter{lost: sdk.NewMetric(abi.MetricCounter, "lines_lost")}, nil
}

// Open implements sdk.Opener.
func (f *filter) Open(abi.OpenReason) error {
	f.SessionReset()
	return nil
}

// SessionReset implements sdk.ResetHandler: the user is another one after COM_CHANGE_USER.
func (f *filter) SessionReset() { f.user = sdk.Info(sdk.InfoUser) }

// Query implements sdk.Filter.
func (f *filter) Query(q *sdk.Query) sdk.Verdict {
	f.finish(nil)
	f.open, f.digest, f.schema = true, q.Digest(), sdk.Info(sdk.InfoSchema)
	return sdk.Pass
}

// Reply implements sdk.Replier.
func (f *filter) Reply(r *sdk.Reply) sdk.Verdict {
	if r.Phase() == abi.PhaseSummary {
		f.finish(r)
	}
	return sdk.Pass
}

// Close implements sdk.Closer.
func (f *filter) Close(abi.CloseReason) { f.finish(nil) }

// finish writes the line. Without a reply nobody knows how the statement ended.
func (f *filter) finish(r *sdk.Reply) {
	if !f.open {
		return
	}
	f.open = false
	b := appendJSON(append(f.line[:0], `{"user":`...), f.user)
	b = appendJSON(append(b, `,"schema":`...), f.schema)
	b = fmt.Appendf(b, `,"digest":"%016x"`, f.digest)
	if r != nil {
		b = strconv.AppendInt(append(b, `,"duration_us":`...), r.Duration().Microseconds(), 10)
		b = strconv.AppendUint(append(b, `,"rows":`...), r.Rows(), 10)
		b = strconv.AppendUint(append(b, `,"errno":`...), uint64(r.Errno()), 10)
	}
	f.line = append(b, "}\n"...)
	if _, err := sdk.Sink(0).Write(f.line); err != nil {
		f.lost.Add(1)
	}
}

// appendJSON appends a JSON string.
func appendJSON(b []byte, text string) []byte {
	b = append(b, '"')
	for _, c := range []byte(text) {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
