// Package qlafilter is a filter that logs statements: who, when, what, how
// long, how many rows. See README.md.
package qlafilter

import (
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/plugins/sdk/clients"
	"github.com/penstock-db/penstock/plugins/sdk/pattern"
	"github.com/penstock-db/penstock/wasm/abi"
)

func init() { sdk.RegisterFilter("qlafilter", setup) }

// now is the wall clock; tests stop it.
var now = time.Now

type filter struct {
	client    clients.Clients
	wanted    pattern.Pair
	fields    []field
	json      bool
	canonical bool
	toSink    bool
	toLog     bool
	sink      sdk.Sink
	separator string
	newline   string
	unit      time.Duration
	limit     int
	level     abi.ReplyLevel

	idle    bool
	who     facts
	pending record
	date    date
	line    []byte
	lost    sdk.Metric
}

// facts are what is the same for all lines of a session.
type facts struct{ user, session, service string }

// record is the statement whose reply is awaited. Its buffers are kept.
type record struct {
	open        bool
	at          time.Time
	sql         []byte
	schema      string
	command     byte
	transaction string
	first       time.Duration // until the first part of the reply, 0: not seen
}

func setup(o *sdk.Options) (sdk.Filter, error) {
	f := &filter{
		client:    clients.Options(o),
		wanted:    pattern.Options(o),
		fields:    readFields(o),
		json:      o.Enum("format", "csv", "csv", "json") == "json",
		canonical: o.Bool("use_canonical_form", false),
		sink:      sdk.Sink(o.Int("sink", 0, 0, 255)),
		separator: o.String("separator", ","),
		newline:   o.String("newline_replacement", " "),
		limit:     int(o.Size("max_query_length", 16<<10)),
		level:     abi.ReplySummary,
	}
	if f.limit < 1 || f.limit > 1<<20 {
		o.Fail("max_query_length", "must be from 1 to 1Mi")
	}
	types := o.Set("log_type", "unified", "stdout")
	if len(types) == 0 {
		types = []string{"unified"}
	}
	for _, t := range types {
		f.toSink = f.toSink || t == "unified"
		f.toLog = f.toLog || t == "stdout"
	}
	f.unit = time.Millisecond
	switch o.Enum("duration_unit", "milliseconds", "seconds", "milliseconds", "microseconds", "s", "ms", "us") {
	case "seconds", "s":
		f.unit = time.Second
	case "microseconds", "us":
		f.unit = time.Microsecond
	}
	o.Commands(sdk.ComQuery, sdk.ComStmtPrepare, sdk.ComStmtExecute, sdk.ComStmtBulkExecute)
	o.Needs(abi.NeedSQL)
	if f.canonical {
		o.Needs(abi.NeedCanonical)
	}
	for _, x := range f.fields {
		switch x {
		case fieldReplyTime:
			f.level = abi.ReplyColumns // to see when the reply begins
		case fieldTransaction:
			o.Needs(abi.NeedClassify | abi.NeedTransaction)
		}
	}
	if f.toSink {
		o.Features(abi.FeatureSinks)
	}
	f.lost = sdk.NewMetric(abi.MetricCounter, "lines_lost")
	return f, nil
}

// Open implements sdk.Opener.
func (f *filter) Open(abi.OpenReason) error {
	f.pending.open = false
	f.SessionReset()
	return nil
}

// SessionReset implements sdk.ResetHandler: the user may be another one now.
func (f *filter) SessionReset() {
	f.idle = !f.client.Mine()
	f.who = facts{sdk.Info(sdk.InfoUser) + "@" + sdk.Info(sdk.InfoHost), sdk.Info(sdk.InfoSession), sdk.Info(sdk.InfoService)}
}

// Query implements sdk.Filter: it remembers the statement until its reply ends.
func (f *filter) Query(q *sdk.Query) sdk.Verdict {
	if f.pending.open { // its reply never came: another filter answered, or the server was lost
		f.write(nil)
	}
	if f.idle || !f.wanted.Wants(q.SQL()) {
		return sdk.Pass
	}
	p := &f.pending
	text := q.SQL()
	if f.canonical {
		text = q.Canonical()
	}
	p.sql = append(p.sql[:0], text[:min(len(text), f.limit)]...)
	p.open, p.at, p.first, p.command = true, now(), 0, q.Command()
	p.transaction = transaction(q)
	if f.has(fieldDefaultDB) {
		p.schema = sdk.Info(sdk.InfoSchema)
	}
	q.RaiseReply(f.level)
	return sdk.Pass
}

func (f *filter) has(want field) bool {
	for _, x := range f.fields {
		if x == want {
			return true
		}
	}
	return false
}

// Reply implements sdk.Replier.
func (f *filter) Reply(r *sdk.Reply) sdk.Verdict {
	if !f.pending.open {
		return sdk.Pass
	}
	if f.pending.first == 0 {
		f.pending.first = r.Duration()
	}
	if r.Phase() == abi.PhaseSummary {
		f.write(r)
	}
	return sdk.Pass
}

// Close implements sdk.Closer.
func (f *filter) Close(abi.CloseReason) {
	if f.pending.open {
		f.write(nil)
	}
}

// write logs the pending statement; r is nil if its reply is not known.
func (f *filter) write(r *sdk.Reply) {
	f.pending.open = false
	if f.json {
		f.line = f.appendJSON(f.line[:0], r)
	} else {
		f.line = f.appendCSV(f.line[:0], r)
	}
	if f.toLog {
		sdk.Log(abi.LogNotice, string(f.line))
	}
	if f.toSink {
		if _, err := f.sink.Write(append(f.line, '\n')); err != nil {
			f.lost.Add(1)
		}
	}
}

// transaction says where the statement stands in its transaction.
func transaction(q *sdk.Query) string {
	switch {
	case q.Is(abi.TypeBegin):
		return "BEGIN"
	case q.Is(abi.TypeCommit):
		return "COMMIT"
	case q.Is(abi.TypeRollback):
		return "ROLLBACK"
	case q.InTransaction():
		return "TRANSACTION"
	}
	return "AUTOCOMMIT"
}
