// Package maxrows is a filter that keeps large results from the client. See
// README.md.
package maxrows

import (
	"math"
	"strconv"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

func init() { sdk.RegisterFilter("maxrows", setup) }

type filter struct {
	rows  uint64 // 0: any number
	bytes uint64
	give  string // empty, error or ok
	buf   []byte

	limited sdk.Metric
}

func setup(o *sdk.Options) (sdk.Filter, error) {
	f := &filter{
		rows:  uint64(o.Int("max_resultset_rows", 0, 0, math.MaxInt64)),
		bytes: uint64(o.Size("max_resultset_size", 64<<10)),
		give:  o.Enum("max_resultset_return", "empty", "empty", "error", "ok"),
	}
	if f.bytes == 0 || f.bytes > 8<<20 {
		o.Fail("max_resultset_size", "must be from 1 to 8Mi: the host holds a reply of up to that size back until it is known")
	}
	o.Commands(sdk.ComQuery, sdk.ComStmtExecute)
	o.ReplyLevel(abi.ReplyBuffered)
	f.limited = sdk.NewMetric(abi.MetricCounter, "results_limited")
	return f, nil
}

// Query implements sdk.Filter.
func (f *filter) Query(*sdk.Query) sdk.Verdict { return sdk.Pass }

// Reply implements sdk.Replier.
func (f *filter) Reply(r *sdk.Reply) sdk.Verdict {
	if r.Phase() != abi.PhaseWhole || r.ColumnCount() == 0 && r.Rows() == 0 {
		return sdk.Pass
	}
	if (f.rows == 0 || r.Rows() <= f.rows) && r.Bytes() <= f.bytes {
		return sdk.Pass
	}
	f.limited.Add(1)
	if sdk.LogEnabled(abi.LogInfo) {
		sdk.Log(abi.LogInfo, "maxrows: a result of "+strconv.FormatUint(r.Rows(), 10)+" rows and "+
			strconv.FormatUint(r.Bytes(), 10)+" bytes exceeds the limits")
	}
	switch f.give {
	case "ok":
		return r.Replace(f.ok(r))
	case "empty":
		if out, ok := f.empty(r); ok {
			return r.Replace(out)
		}
		// A result whose structure cannot be followed must not get through.
	}
	return sdk.Reject(1226, "42000", "the result is larger than max_resultset_rows or max_resultset_size allows")
}

// ok builds an OK packet in the place of the result.
func (f *filter) ok(r *sdk.Reply) []byte {
	status := uint16(r.ServerStatus()) &^ moreResults
	f.buf = sdk.AppendPacket(f.buf[:0], []byte{0, 0, 0, byte(status), byte(status >> 8), 0, 0})
	return f.buf
}
