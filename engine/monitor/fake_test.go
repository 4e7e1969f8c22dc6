package monitor

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/wire"
)

// fake is a server that lets everybody in and answers queries from a script:
// what MariaDB in a cluster, or another product, would say.
type fake struct {
	t        testing.TB
	listener net.Listener
	wg       sync.WaitGroup

	mu      sync.Mutex
	conns   []net.Conn
	answers map[string]answer // by the beginning of the query
}

// answer is rows of a result, or an error.
type answer struct {
	columns []string
	rows    [][]string
	errno   uint16
}

func startFake(t testing.TB) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{t: t, listener: l, answers: map[string]answer{}}
	f.wg.Go(f.accept)
	t.Cleanup(f.stop)
	return f
}

func (f *fake) server(name string) *config.Server {
	return &config.Server{Name: name, Address: f.listener.Addr().String(), Weight: 1}
}

// say sets what queries that begin with prefix are answered.
func (f *fake) say(prefix string, a answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[prefix] = a
}

// galera makes it answer as a Galera node.
func (f *fake) galera(state, index string) {
	f.say("SELECT @@global.read_only", answer{columns: []string{"a", "b", "c"}, rows: [][]string{{"0", "1", "10.11.6-MariaDB-log"}}})
	f.say("SHOW GLOBAL VARIABLES", answer{columns: []string{"Variable_name", "Value"}, rows: [][]string{{"gtid_current_pos", "0-1-7"}}})
	f.say("SHOW GLOBAL STATUS", answer{columns: []string{"Variable_name", "Value"}, rows: [][]string{
		{"Uptime", "61"}, {"wsrep_local_index", index}, {"wsrep_local_state", state},
		{"wsrep_local_state_comment", "in state " + state}, {"wsrep_ready", "ON"}}})
	f.say("SHOW ALL SLAVES STATUS", answer{columns: []string{"Connection_name"}})
}

func (f *fake) stop() {
	f.listener.Close()
	f.mu.Lock()
	for _, c := range f.conns {
		c.Close()
	}
	f.mu.Unlock()
	f.wg.Wait()
}

func (f *fake) accept() {
	for {
		nc, err := f.listener.Accept()
		if err != nil {
			return
		}
		f.mu.Lock()
		f.conns = append(f.conns, nc)
		f.mu.Unlock()
		f.wg.Go(func() {
			defer nc.Close()
			f.serve(wire.NewConn(nc))
		})
	}
}

const fakeCaps = wire.ClientProtocol41 | wire.ClientSecureConnection | wire.ClientPluginAuth

// serve answers one client until it goes away.
func (f *fake) serve(c *wire.Conn) {
	send := func(packet []byte) error {
		if _, err := c.Write(packet); err != nil {
			return err
		}
		return c.Flush()
	}
	greeting := wire.Greeting{ServerVersion: "5.5.5-10.11.6-MariaDB", ConnectionID: 1, Salt: []byte("01234567890123456789"),
		Capabilities: fakeCaps, Collation: 45, Plugin: "mysql_native_password"}
	if send(wire.AppendMessage(nil, 0, &greeting)) != nil {
		return
	}
	_, seq, err := c.ReadMessage(1 << 20)
	if err != nil || send(wire.AppendOK(nil, seq+1, &wire.OK{})) != nil {
		return
	}
	for {
		payload, seq, err := c.ReadMessage(1 << 20)
		if err != nil || len(payload) == 0 || wire.Command(payload[0]) == wire.ComQuit {
			return
		}
		if send(f.answer(string(payload[1:]), seq+1)) != nil {
			return
		}
	}
}

func (f *fake) answer(query string, seq byte) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	for prefix, a := range f.answers {
		if !strings.HasPrefix(query, prefix) {
			continue
		}
		if a.errno != 0 {
			return wire.AppendERR(nil, seq, &wire.ERR{Errno: a.errno, SQLState: "HY000", Message: "scripted"})
		}
		res := &wire.Result{Columns: a.columns}
		for _, row := range a.rows {
			var values [][]byte
			for _, v := range row {
				if v == "NULL" {
					values = append(values, nil)
				} else {
					values = append(values, []byte(v))
				}
			}
			res.Rows = append(res.Rows, values)
		}
		out, _ := wire.AppendResult(nil, seq, fakeCaps, res)
		return out
	}
	return wire.AppendERR(nil, seq, &wire.ERR{Errno: 1064, SQLState: "42000", Message: "You have an error in your SQL syntax"})
}
