// Command misfit is a module with a filter and a router that do what they must
// not, for the tests of package engine. A word in the statement's text says
// what: "misfit:WORD".
package main

import (
	"bytes"
	"strconv"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

func init() {
	sdk.RegisterFilter("filter", func(o *sdk.Options) (sdk.Filter, error) {
		f := &filter{eager: o.Bool("eager", false)}
		levels := map[string]abi.ReplyLevel{"none": abi.ReplyNone, "summary": abi.ReplySummary, "columns": abi.ReplyColumns, "rows": abi.ReplyRows, "buffered": abi.ReplyBuffered}
		o.ReplyLevel(levels[o.Enum("level", "none", "none", "summary", "columns", "rows", "buffered")])
		o.AllCommands()
		o.Needs(abi.NeedSQL | abi.NeedHold)
		o.Features(abi.FeatureTimers)
		return f, nil
	})
	sdk.RegisterRouter("router", func(o *sdk.Options) (sdk.Router, error) {
		o.AllCommands()
		o.Needs(abi.NeedHold)
		return &router{}, nil
	})
}

func main() {}

// word returns the WORD of "misfit:WORD" in a statement.
func word(sql []byte) string {
	_, rest, _ := bytes.Cut(sql, []byte("misfit:"))
	end := bytes.IndexFunc(rest, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') })
	if end < 0 {
		end = len(rest)
	}
	return string(rest[:end])
}

type filter struct {
	eager bool
	word  string
	timer string
	held  int
	seen  []string // what the replies showed
}

func (f *filter) Query(q *sdk.Query) sdk.Verdict {
	f.word = word(q.SQL())
	switch f.word {
	case "trap":
		panic("on purpose")
	case "hold":
		if f.held++; f.held%2 == 1 {
			return sdk.Hold(300 * time.Millisecond)
		}
	case "hold-long":
		return sdk.Hold(time.Hour)
	case "detach":
		return sdk.DetachMe
	case "quit":
		return replaceWith([]byte{sdk.ComQuit})
	case "reply-nothing":
		return sdk.Verdict(abi.Reply)
	case "reply-stray":
		return q.Answer().Packets([]byte{1, 2, 3}).Verdict()
	case "reply-half":
		return q.Answer().Packets(sdk.AppendPacket(nil, []byte{1})).Verdict()
	case "reply-infile":
		return q.Answer().Packets(sdk.AppendPacket(nil, []byte("\xfb/etc/passwd"))).Verdict()
	case "reply-two":
		ok := []byte{0, 0, 0, 2, 0, 0, 0}
		return q.Answer().Packets(sdk.AppendPacket(sdk.AppendPacket(nil, ok), ok)).Verdict()
	case "reply-short-row":
		return q.Answer().Columns(sdk.Column{Name: "a"}, sdk.Column{Name: "b"}).Packets(sdk.AppendPacket(nil, []byte{1, 'x'})).Verdict()
	case "reply-good":
		return q.Answer().Columns(sdk.Column{Name: "a"}).Row([]byte("made up")).Verdict()
	case "seen":
		v := q.Answer().Columns(sdk.Column{Name: "seen"})
		for _, s := range f.seen {
			v.Row([]byte(s))
		}
		f.seen = nil
		return v.Verdict()
	case "timer":
		sdk.SetTimer(1, 20*time.Millisecond)
	case "timer-trap", "timer-close", "timer-detach", "timer-reject":
		sdk.SetTimer(2, 20*time.Millisecond)
		f.timer = f.word
	case "timer-cancel":
		sdk.SetTimer(1, 0)
		sdk.SetTimer(1, time.Hour)
		sdk.CancelTimer(1)
	}
	return sdk.Pass
}

// Open may set a timer at once.
func (f *filter) Open(abi.OpenReason) error {
	if !f.eager {
		return nil
	}
	return sdk.SetTimer(3, 0)
}

func (f *filter) Timer(id uint32) sdk.Verdict {
	if id == 2 {
		switch f.timer {
		case "timer-trap":
			panic("in a timer")
		case "timer-close":
			return sdk.Close(4242, "HY000", "time is up")
		case "timer-detach":
			return sdk.DetachMe
		case "timer-reject":
			return sdk.Reject(1, "", "")
		}
	}
	f.seen = append(f.seen, "timer "+strconv.Itoa(int(id)))
	return sdk.Pass
}

func (f *filter) Reply(r *sdk.Reply) sdk.Verdict {
	phases := map[abi.ReplyPhase]string{abi.PhaseColumns: "columns", abi.PhaseRows: "rows", abi.PhaseWhole: "whole", abi.PhaseSummary: "summary"}
	at := phases[r.Phase()]
	if f.word != "" {
		f.seen = append(f.seen, at+" "+strconv.Itoa(int(r.Errno()))+" "+strconv.FormatUint(r.Rows(), 10))
	}
	if r.Phase() == abi.PhaseSummary {
		if f.word == "summary-trap" {
			panic("in the summary")
		}
		return sdk.Pass
	}
	switch f.word {
	case at + "-trap":
		panic("in the reply")
	case at + "-reject":
		return sdk.Reject(4711, "42000", "not for you")
	case at + "-close":
		return sdk.Close(4712, "42000", "go away")
	case at + "-detach":
		return sdk.DetachMe
	case at + "-drop":
		return r.Drop()
	case at + "-done":
		return r.Done()
	case at + "-stray":
		return r.Replace([]byte("x"))
	case at + "-empty":
		return r.Replace(nil)
	case at + "-more": // one packet too many, which says that the reply has ended
		return r.Replace(sdk.AppendPacket(bytes.Clone(r.Payload()), []byte{0xfe, 0, 0, 2, 0, 0, 0}))
	case at + "-infile":
		return r.Replace(sdk.AppendPacket(nil, []byte("\xfb/etc/passwd")))
	case at + "-garbage":
		return r.Replace(sdk.AppendPacket(nil, []byte("\x05\xfe\xfe")))
	case at + "-double": // every packet twice: right for rows only
		var out []byte
		for p := r.Packets(); ; {
			payload, _, ok := p.Next()
			if !ok {
				return r.Replace(out)
			}
			out = sdk.AppendPacket(sdk.AppendPacket(out, payload), payload)
		}
	case "columns-narrow", "narrow-bypass": // one column fewer, and rows that do not fit
		if at == "columns" {
			p := r.Packets()
			p.Next()
			def, _, _ := p.Next()
			return r.Replace(sdk.AppendPacket(sdk.AppendPacket(nil, []byte{1}), def))
		}
		if f.word == "narrow-bypass" {
			panic("behind a change")
		}
	}
	return sdk.Pass
}

func replaceWith(payload []byte) sdk.Verdict {
	var r sdk.Reply
	return r.Replace(payload)
}

type router struct{ n int }

func (r *router) Route(q *sdk.Query) sdk.Verdict {
	switch word(q.SQL()) {
	case "far":
		return sdk.One(99)
	case "all-far":
		return sdk.All(99)
	case "role":
		return sdk.Any(77)
	case "reply":
		return sdk.Verdict(abi.Reply)
	case "trap":
		panic("a router's words")
	case "reject":
		return sdk.Reject(4713, "", "no way")
	case "all":
		return sdk.All(0)
	}
	return sdk.Any(abi.RolePrimary)
}
