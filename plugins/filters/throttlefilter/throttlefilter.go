// Package throttlefilter is a filter that slows a session down to a number of
// statements a second, and closes it if it does not calm down. See README.md.
package throttlefilter

import (
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

func init() { sdk.RegisterFilter("throttlefilter", setup) }

// filter measures the rate over a sampling window with a counter for each of a
// few slices of it, so that its memory does not grow with the rate.
type filter struct {
	allowed    int64         // statements in a window
	width      time.Duration // of a slice
	throttling time.Duration // how long a session may be throttled before it is closed
	continuous time.Duration // below the limit for this long, and the throttling is forgotten

	counts        [slices]int64
	total         int64         // of the counts
	slice         int64         // number of the newest slice since the clock's zero
	turn          time.Duration // when the next one begins
	begun         time.Duration // when throttling began; zero: it has not
	latest        time.Duration // when a statement was held last
	held          uint64        // the command that is being held
	holds, closed sdk.Metric
}

const slices = 10

func setup(o *sdk.Options) (sdk.Filter, error) {
	qps, sampling := o.Int("max_qps", 0, 1, 1_000_000), o.Duration("sampling_duration", 250*time.Millisecond)
	f := &filter{
		allowed:    max(1, qps*int64(sampling)/int64(time.Second)),
		width:      max(1, sampling/slices),
		throttling: o.Duration("throttling_duration", 0),
		continuous: o.Duration("continuous_duration", 2*time.Second),
	}
	if !o.Has("max_qps") {
		o.Fail("max_qps", "is required: statements a second, from 1 to 1000000")
	}
	if f.throttling <= 0 {
		o.Fail("throttling_duration", `is required and must be more than "0s": how long a session may be throttled before it is closed`)
	}
	if sampling < slices*time.Millisecond {
		o.Fail("sampling_duration", `must be at least "10ms"`)
	}
	o.Commands(sdk.ComQuery, sdk.ComStmtExecute, sdk.ComStmtBulkExecute, sdk.ComStmtPrepare)
	o.Needs(abi.NeedHold)
	f.holds = sdk.NewMetric(abi.MetricCounter, "statements_held")
	f.closed = sdk.NewMetric(abi.MetricCounter, "sessions_closed")
	return f, nil
}

// Query implements sdk.Filter.
func (f *filter) Query(q *sdk.Query) sdk.Verdict {
	now := sdk.Now()
	if now >= f.turn {
		f.advance(now)
	}
	if f.total < f.allowed {
		f.total++
		f.counts[f.slice%slices]++
		if f.begun != 0 && now-f.latest > f.continuous {
			f.begun = 0
		}
		return sdk.Pass
	}
	if f.begun == 0 || now-f.latest > f.continuous {
		f.begun = max(now, 1)
		sdk.Log(abi.LogNotice, "throttlefilter: the session exceeds max_qps and is throttled")
	}
	f.latest = now
	if now-f.begun > f.throttling {
		f.closed.Add(1)
		return sdk.Close(1927, "08S01", "session closed: it was throttled for longer than throttling_duration and kept on sending more than max_qps")
	}
	if f.held != q.Sequence() {
		f.held = q.Sequence()
		f.holds.Add(1)
	}
	return sdk.Hold(f.wait(now))
}

// form is the form of the state that is handed over.
const form = 1

// Detach implements sdk.Detacher: a session must not get rid of its throttling
// by an upgrade. Counts go with the end of their slices, for the successor's
// may have another width.
func (f *filter) Detach(dst []byte) []byte {
	dst = sdk.AppendState(dst, form)
	dst = sdk.AppendNumber(dst, uint64(f.begun))
	dst = sdk.AppendNumber(dst, uint64(f.latest))
	for i := max(0, f.slice-slices+1); i <= f.slice; i++ {
		if n := f.counts[i%slices]; n > 0 {
			dst = sdk.AppendNumber(dst, uint64(time.Duration(i+1)*f.width-1))
			dst = sdk.AppendNumber(dst, uint64(n))
		}
	}
	return dst
}

// Open implements sdk.Opener.
func (f *filter) Open(abi.OpenReason) error {
	if state := sdk.HandedOver(); state != nil {
		return f.attach(state)
	}
	return nil
}

// attach goes on where a predecessor was. What it counted before this window
// is forgotten, as it would have been.
func (f *filter) attach(state []byte) error {
	r := sdk.ReadState(state, form)
	f.begun, f.latest = r.Time(), r.Time()
	for r.More() {
		f.advance(r.Time())
		n := int64(min(r.Number(), 1<<40))
		f.counts[f.slice%slices] += n
		f.total += n
	}
	return r.End()
}

// advance empties the slices that have become too old.
func (f *filter) advance(now time.Duration) {
	slice := int64(now / f.width)
	for n := min(slice-f.slice, slices); n > 0; n-- {
		old := &f.counts[(slice-n+1)%slices]
		f.total -= *old
		*old = 0
	}
	f.slice = max(f.slice, slice)
	f.turn = time.Duration(f.slice+1) * f.width
}

// wait is the time until the oldest slice that counted something leaves the
// window.
func (f *filter) wait(now time.Duration) time.Duration {
	for i := f.slice - slices + 1; i <= f.slice; i++ {
		if i >= 0 && f.counts[i%slices] > 0 {
			return time.Duration(i+slices)*f.width - now
		}
	}
	return f.width
}
