package engine

import (
	"github.com/penstock-db/penstock/engine/wire"
	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

// prepareHeader fills in the header's fields about the command and the session.
// What no link needs is not computed.
func (s *Session) prepareHeader(c *command) {
	h := &s.hdr
	c.prepared = true
	*h = abi.Header{}
	h.SetU32(abi.HdrSize, abi.HeaderSize)
	h.SetU64(abi.HdrNow, uint64(wasm.Now()))
	h.SetU64(abi.HdrSequence, c.sequence)
	h[abi.HdrCommand] = byte(c.code)
	h.SetU32(abi.HdrSessionFlags, s.flags(c))
	h.SetU32(abi.HdrCharset, uint32(s.ident.Collation))
	h.SetU32(abi.HdrTargets, s.proxy.version.Load())
	h.SetU32(abi.HdrServer, uint32(int32(s.lastTarget)))
	if c.stmt != nil {
		h.SetU32(abi.HdrStatementID, c.stmt.ID)
	}
	if s.body.needs&(abi.NeedClassify|abi.NeedDigest) == 0 || c.sql == nil {
		return
	}
	if s.body.needs&abi.NeedClassify != 0 {
		class := s.classify(c)
		h.SetU64(abi.HdrType, class.Type)
		h.SetU32(abi.HdrOperation, uint32(class.Operation))
	}
	if s.body.needs&abi.NeedDigest != 0 {
		_, digest := s.service.statements.Canonical(c.sql, s.mode)
		h.SetU64(abi.HdrDigest, digest)
	}
}

func (s *Session) flags(c *command) uint32 {
	var f uint32
	if s.inTransaction() {
		f |= abi.SessionInTransaction
	}
	if s.status.Has(wire.StatusAutocommit) {
		f |= abi.SessionAutocommit
	}
	if s.status.Has(wire.StatusInTransReadonly) {
		f |= abi.SessionReadOnlyTrx
	}
	if c.stmt != nil {
		f |= abi.SessionPrepared
	}
	if c.large {
		f |= abi.SessionLarge | abi.SessionTruncated
	}
	if s.statements.Busy() {
		f |= abi.SessionCursorOpen
	}
	if c.classified && c.class.Type&abi.TypeMulti != 0 {
		f |= abi.SessionMultiStatement
	}
	return f
}

// window returns what a link's hook gets to see of the command: its payload,
// and behind it the statement's text if that is elsewhere and the link needs it.
func (s *Session) window(c *command, l *link) []byte {
	switch {
	case c.sql == nil:
		s.hdr.SetU32(abi.HdrSQLOffset, 0)
		s.hdr.SetU32(abi.HdrSQLLength, 0)
		return c.payload
	case c.stmt == nil:
		s.hdr.SetU32(abi.HdrSQLOffset, uint32(len(c.payload)-len(c.sql)))
		s.hdr.SetU32(abi.HdrSQLLength, uint32(len(c.sql)))
		return c.payload
	case l.def.desc.Needs&abi.NeedSQL == 0:
		s.hdr.SetU32(abi.HdrSQLOffset, 0)
		s.hdr.SetU32(abi.HdrSQLLength, 0)
		return c.payload
	}
	s.hdr.SetU32(abi.HdrSQLOffset, uint32(len(c.payload)))
	s.hdr.SetU32(abi.HdrSQLLength, uint32(len(c.sql)))
	s.withText = append(append(s.withText[:0], c.payload...), c.sql...)
	return s.withText
}
