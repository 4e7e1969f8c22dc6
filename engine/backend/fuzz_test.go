package backend

import (
	"bytes"
	"context"
	"net"
	"testing"
	"time"

	"github.com/penstock-db/penstock/engine/auth"
	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/wire"
)

// FuzzLogin throws bytes at a login, as a hostile server would.
func FuzzLogin(f *testing.F) {
	greeting := wire.Greeting{ServerVersion: "10.11", Salt: []byte("abcdefghijklmnopqrst"), Capabilities: clientCaps | wire.ClientLongFlag, Plugin: auth.CachingSHA2Plugin}
	script := wire.AppendMessage(nil, 0, &greeting)
	f.Add(append(script[:len(script):len(script)], wire.AppendMessage(nil, 2, &wire.AuthMoreData{Data: []byte{4}})...))
	f.Add(append(script[:len(script):len(script)], wire.AppendMessage(nil, 2, &wire.AuthSwitch{Plugin: auth.Ed25519Plugin, Data: make([]byte, 32)})...))
	f.Add(append(script[:len(script):len(script)], wire.AppendMessage(nil, 2, &wire.OK{Capabilities: clientCaps})...))
	f.Add(wire.AppendMessage(nil, 0, wire.NewERR(1040, "Too many connections")))
	f.Fuzz(func(t *testing.T, data []byte) {
		o := Options{Server: &config.Server{Name: "x"}, Credentials: auth.WithPassword("u", "p"), Capabilities: clientCaps}
		b := &Conn{wire: wire.NewConn(&scripted{in: bytes.NewReader(data)}), server: "x", stmts: map[uint32]*bound{}}
		d := &dialer{o: o, b: b}
		if _, err := d.run(context.Background()); err != nil {
			return
		}
		_, _ = b.Query(context.Background(), "SELECT 1") // whatever follows is its reply
	})
}

// FuzzAdaptExecute feeds executions to a backend that knows the statement.
func FuzzAdaptExecute(f *testing.F) {
	m := wire.StmtExecute{Params: 3, ID: 1, Iterations: 1, NewTypes: true, Types: []byte{3, 0, 3, 0, 3, 0}, Values: make([][]byte, 3)}
	f.Add(3, true, m.Encode(nil))
	f.Add(0, false, []byte{0x17, 1, 0, 0, 0, 0, 1, 0, 0, 0})
	f.Add(2, true, []byte{0xfa, 1, 0, 0, 0, 128, 0, 3, 0, 3, 0, 1})
	f.Fuzz(func(t *testing.T, params int, had bool, payload []byte) {
		if params < 0 || params > 0xffff {
			return
		}
		b := &Conn{stmts: map[uint32]*bound{1: {id: 7}}}
		st := &Statement{ID: 1, Params: params}
		if had {
			st.noteTypes(make([]byte, 2*params))
		}
		out, used, err := b.AdaptExecute(nil, st, payload)
		if err != nil {
			return
		}
		if used > len(payload) || used > st.HeadLen() || len(out) < 5 || out[1] != 7 {
			t.Errorf("used %d of %d, out % x", used, len(payload), out)
		}
		// With what AdaptExecute made, the server needs nothing from before.
		if out[0] != byte(wire.ComStmtBulkExecute) && params > 0 && len(payload) >= st.HeadLen() {
			if types, err := wire.ExecuteTypes(out, params); err != nil || len(types) != 2*params {
				t.Errorf("types % x, %v", types, err)
			}
		}
	})
}

type scripted struct{ in *bytes.Reader }

func (s *scripted) Read(p []byte) (int, error)       { return s.in.Read(p) }
func (s *scripted) Write(p []byte) (int, error)      { return len(p), nil }
func (s *scripted) Close() error                     { return nil }
func (s *scripted) LocalAddr() net.Addr              { return &net.UnixAddr{} }
func (s *scripted) RemoteAddr() net.Addr             { return &net.UnixAddr{} }
func (s *scripted) SetDeadline(time.Time) error      { return nil }
func (s *scripted) SetReadDeadline(time.Time) error  { return nil }
func (s *scripted) SetWriteDeadline(time.Time) error { return nil }
