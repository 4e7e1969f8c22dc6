package engine

import (
	"fmt"

	"github.com/penstock-db/penstock/engine/header"
	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// summarise calls the filters that want the summary, the last of the chain first.
func (s *Session) summarise(c *command) error {
	for i := len(s.body.chain) - 1; i >= 0; i-- {
		l := s.body.chain[i]
		if l.inst == nil || l.level < abi.ReplySummary {
			continue
		}
		s.prepareHeader(c)
		r := &s.reply
		if i < s.replies.above {
			r = &s.replies.refused
		}
		s.prepareReply(r)
		verdict, err := l.inst.Reply(&s.hdr, abi.PhaseSummary, r.Message)
		if err == nil && verdict.Action() != abi.Pass && verdict.Action() != abi.Detach {
			err = &wasm.Failure{Definition: l.def.name, Export: abi.ExportReply, Kind: wasm.FailureNonsense,
				Err: fmt.Errorf("it answered %s to a summary: the reply has reached the client", verdict.Action())}
		}
		if err != nil {
			if ce := s.linkFailed(l, err); ce.Fatal {
				c.active, c.started = false, false // the reply has ended: the error comes by itself
				return ce
			}
			continue
		}
		if verdict.Action() == abi.Detach {
			s.closeDetached(l)
		}
	}
	return nil
}

// prepareReply fills in the header's fields about the reply so far.
func (s *Session) prepareReply(r *wire.Reply) {
	header.SetReply(&s.hdr, r)
	if s.cmd.sent != 0 {
		s.hdr.SetU64(abi.HdrDuration, uint64(monotonic()-s.cmd.sent))
	}
	s.hdr.SetU32(abi.HdrServer, uint32(int32(s.lastTarget)))
}
