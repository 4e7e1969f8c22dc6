package peers

import (
	"os"
	"testing"

	"github.com/penstock-db/penstock/wasm"
	"github.com/penstock-db/penstock/wasm/abi"
)

type penstockHost struct{ template *wasm.Template }

type penstockInstance struct {
	i *wasm.Instance
	h abi.Header
}

func loadPenstock(t testing.TB) host {
	t.Helper()
	code, err := os.ReadFile(guest(t, "penstock"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := wasm.NewRuntime(wasm.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(ctx) })
	m, err := r.Load(ctx, "pass", code)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	tpl, err := m.Template(ctx, wasm.Definition{Name: "pass", Kind: abi.KindFilter})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tpl.Close)
	if why := tpl.Plain(); why != "" {
		t.Fatalf("the filter cannot be cloned: %s", why)
	}
	return penstockHost{tpl}
}

func (h penstockHost) open() (instance, error) {
	i, err := h.template.Open(ctx, abi.OpenNew, session{}, nil)
	return &penstockInstance{i: i}, err
}

func (p *penstockInstance) query(c *command) (abi.Action, error) {
	h := &p.h
	h.SetU64(abi.HdrSequence, c.sequence)
	h[abi.HdrCommand] = c.payload[0]
	h.SetU32(abi.HdrSessionFlags, c.flags)
	h.SetU64(abi.HdrType, c.typ)
	h.SetU32(abi.HdrOperation, uint32(c.operation))
	h.SetU32(abi.HdrCharset, c.charset)
	h.SetU64(abi.HdrDigest, c.digest)
	h.SetU32(abi.HdrSQLOffset, 1)
	h.SetU32(abi.HdrSQLLength, uint32(len(c.payload)-1))
	h.SetU64(abi.HdrNow, c.now)
	v, err := p.i.Query(h, c.payload) // the deadline is its own
	return v.Action(), err
}

func (p *penstockInstance) close() { p.i.Close(abi.CloseSessionEnd) }

// session is a session with nothing to say.
type session struct{}

func (session) LogEnabled(abi.LogLevel) bool { return false }
func (session) Log(abi.LogLevel, string)     {}
func (session) Info(string) (string, bool)   { return "", false }
