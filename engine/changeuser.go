package engine

import (
	"context"
	"errors"

	"github.com/penstock-db/penstock/engine/auth"
	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm/abi"
)

// changeUser authenticates the client anew. All backends are given up: what
// they held must not outlive the old user; new ones are opened as the new user.
func (s *Session) changeUser(c *command) error {
	payload := append([]byte(nil), c.payload...)
	ctx, cancel := context.WithTimeout(s.ctx, changeUserTimeout)
	defer cancel()
	var ident *auth.Identity
	err := s.box.undisturbed(func() (err error) {
		ident, err = auth.AcceptChangeUser(ctx, s.client, s.acceptConfig(), s.ident, payload)
		return err
	})
	if err != nil {
		var refusal *auth.Refusal
		if errors.As(err, &refusal) {
			c.started = true // it has been told
			s.loginRefused()
			return errors.Join(errRefused, err)
		}
		return s.clientFailed(err)
	}
	c.replySeq = ident.NextSeq
	for target := range s.body.upstreams {
		s.disconnect(target, false)
	}
	s.ident = ident
	s.setSchema(ident.Schema)
	s.forgetState()
	s.publishIdentity()
	if ident.Schema != "" {
		d := destination{any: true, role: abi.RoleRunning, target: s.pick(abi.RoleRunning), fallback: -1}
		if _, err := s.reach(c, d); err != nil {
			return err
		}
	}
	ok := wire.OK{Capabilities: ident.Capabilities, Status: wire.StatusAutocommit}
	s.status = wire.StatusAutocommit
	return s.answer(c, 0, ok.Encode(nil))
}
