package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// fuzzRequests is how many requests TestRandomRequests sends.
const fuzzRequests = 100_000

// TestRandomRequests sends the REST API of a proxy at work sensible, senseless
// and mutilated requests. None may be answered with 5xx or otherwise than the
// OpenAPI document has it, make it panic, cost it anything for good, or disturb a
// session that it was not about. They may do anything to sessions of the service
// victim, and to everything that is called toy.
func TestRandomRequests(t *testing.T) {
	set := setup(primary, replica)
	set.LogLevel = "error" // changes by the ten thousand
	set.Filters = spellingFilters
	set.Services = []rig.Service{{Name: "steady", Router: "readwritesplit", Filters: []string{"a"}}, {Name: "victim", Router: "readwritesplit"}, {Name: "toy", Router: "readconnroute"}}
	set.More = fmt.Sprintf("[servers.toy]\naddress = %q\n[monitors.toy]\nservers = [\"toy\"]\nuser = %q\npassword = %q\n",
		primary.Addr, mariadbtest.ServiceUser, mariadbtest.ServicePassword)
	p := rig.Start(t, set)
	var before [2]int
	must(t, rig.Await("the sessions of its start to end", func() error {
		if before = footprint(t, p); before[1] > 0 {
			return fmt.Errorf("there are %d", before[1])
		}
		return nil
	}))

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var work sync.WaitGroup
	var statements atomic.Int64
	var steady []string
	var clients []*rig.Client
	for range 4 {
		c := connect(t, p.Addr("steady"), rig.Login{Schema: mariadbtest.Schema})
		clients = append(clients, c)
		steady = append(steady, fmt.Sprint(c.ConnectionID))
		must(t, c.Exec("SET @steady = 'steady'"))
		work.Go(func() {
			for ctx.Err() == nil {
				// Its chain is changed by nobody, though its filter's definition may be.
				if v, err := c.Value("SELECT CONCAT(@steady, 'm')"); err != nil || v != "steadyma" {
					t.Errorf("a session that nobody asked to change answers %q, %v", v, err)
					return
				}
				statements.Add(1)
			}
		})
	}
	victims := newVictims(ctx, p.Addr("victim"))
	work.Go(victims.keep)

	document, err := p.API.Contract()
	must(t, err)
	needed := append(steady, "steady", "victim", "main", "admin") // services, listeners, monitor, account
	keep := protected{paths: append([]string{"primary", "replica", "a"}, needed...), bodies: needed}
	var sent atomic.Int64
	var codes [600]atomic.Int64
	var senders sync.WaitGroup
	for worker := range uint64(4) {
		senders.Go(func() {
			g := newRequests(rand.New(rand.NewPCG(worker, 7)), victims.ids, document)
			s := newSender(p)
			defer s.close()
			for sent.Add(1) <= fuzzRequests && !t.Failed() {
				r := g.next()
				if r.disturbs(&keep) || r.restartsAll() && g.IntN(100) > 0 {
					r.method, r.header = "GET", nil
				}
				a, err := s.send(&r, g.IntN(5) == 0)
				if err != nil {
					a = &rig.Answer{} // what is no HTTP is answered, and cut off: the answer may get lost
				}
				if a.Code >= 500 {
					t.Errorf("status %d: %s\n%s", a.Code, a.Body, &r)
				}
				if err := r.check(document, a); err != nil {
					t.Errorf("%v\n%s", err, &r)
				}
				codes[min(a.Code, 599)].Add(1)
			}
		})
	}
	senders.Wait()
	cancel()
	work.Wait()
	victims.close()
	for _, c := range clients {
		c.Close()
	}
	for code := range codes {
		if n := codes[code].Load(); n > 0 {
			t.Logf("status %d: %d times", code, n)
		}
	}
	t.Logf("%d statements meanwhile, %d sessions that requests were about", statements.Load(), victims.made)
	if statements.Load() == 0 || codes[0].Load() > fuzzRequests/50 || codes[200].Load() < fuzzRequests/50 || codes[204].Load() < fuzzRequests/100 {
		t.Error("this was no test: no statements, or too few requests that did anything")
	}
	log, err := os.ReadFile(filepath.Join(p.Dir, "log"))
	must(t, err)
	if i := strings.Index(string(log), "panic"); i >= 0 {
		t.Errorf("Penstock's log has a panic:\n%s", log[i:min(len(log), i+2000)])
	}
	must(t, rig.Await("everything to be given back", func() error {
		after := footprint(t, p)
		if after[0] > before[0] || after[1] > 0 {
			return fmt.Errorf("descriptors and sessions were %v and are %v", before, after)
		}
		return nil
	}))
}

// footprint is what a proxy holds: descriptors, sessions.
func footprint(t *testing.T, p *rig.Proxy) [2]int {
	t.Helper()
	fds, err := rig.FDs(p.PID())
	must(t, err)
	sessions, err := p.API.Sessions()
	must(t, err)
	return [2]int{fds, len(sessions)}
}

// victims are sessions that requests may do anything to. Those that are killed
// are replaced.
type victims struct {
	ctx     context.Context
	address string
	mu      sync.Mutex
	clients []*rig.Client
	made    int
}

func newVictims(ctx context.Context, address string) *victims {
	return &victims{ctx: ctx, address: address}
}

// keep has about four of them at work.
func (v *victims) keep() {
	for round := 0; v.ctx.Err() == nil; round++ {
		for len(v.ids()) < 4 && v.ctx.Err() == nil {
			c, err := rig.Connect(v.address, rig.Login{Schema: mariadbtest.Schema})
			if err != nil {
				select {
				case <-time.After(5 * time.Millisecond):
				case <-v.ctx.Done():
				}
				continue
			}
			v.mu.Lock()
			v.clients = append(v.clients, c)
			v.made++
			v.mu.Unlock()
		}
		v.mu.Lock()
		clients := slices.Clone(v.clients)
		v.mu.Unlock()
		for i, c := range clients {
			statement := []string{"SELECT 'm'", "BEGIN", "DO 0", "COMMIT", "SET @v = 1"}[(round+i)%5]
			if c.Exec(statement) != nil { // it was killed, or its filters are gone
				c.Close()
				v.mu.Lock()
				v.clients = slices.DeleteFunc(v.clients, func(o *rig.Client) bool { return o == c })
				v.mu.Unlock()
			}
		}
	}
}

func (v *victims) ids() []uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	ids := make([]uint64, len(v.clients))
	for i, c := range v.clients {
		ids[i] = uint64(c.ConnectionID)
	}
	return ids
}

func (v *victims) close() {
	for _, c := range v.clients {
		c.Close()
	}
}

// sender sends requests as they are: an HTTP library would refuse many of them.
type sender struct {
	address string
	conn    net.Conn
	in      *bufio.Reader
	auth    string
}

func newSender(p *rig.Proxy) *sender {
	req, _ := http.NewRequest("GET", "http://x", nil)
	user, password, _ := strings.Cut(rig.Admin, ":")
	req.SetBasicAuth(user, password)
	return &sender{address: strings.TrimPrefix(p.API.Base(), "http://"), auth: req.Header.Get("Authorization")}
}

// send sends one request, on a connection of its own if alone is set or the
// last one is at its end.
func (s *sender) send(r *apiRequest, alone bool) (*rig.Answer, error) {
	if alone {
		s.close()
	}
	reused := s.conn != nil
	if !reused {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			return nil, err
		}
		s.conn = conn
		s.in = bufio.NewReader(s.conn)
	}
	s.conn.SetDeadline(time.Now().Add(time.Minute))
	answer, err := s.exchange(r)
	if err != nil && reused { // the server may have closed it meanwhile
		return s.send(r, true)
	}
	return answer, err
}

func (s *sender) exchange(r *apiRequest) (*rig.Answer, error) {
	host, auth := s.address, s.auth
	var more strings.Builder
	for _, h := range r.header {
		switch h[0] {
		case "Host":
			host = h[1]
		case "Authorization":
			auth = h[1]
		default:
			fmt.Fprintf(&more, "%s: %s\r\n", h[0], h[1])
		}
	}
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Length: %d\r\n%s\r\n", r.method, r.path, host, auth, len(r.body), more.String())
	wrote, conn := make(chan struct{}), s.conn
	go func() { // the answer can come before the body is read
		defer close(wrote)
		io.WriteString(conn, head+r.body)
	}()
	res, err := http.ReadResponse(s.in, &http.Request{Method: r.method})
	if err != nil {
		s.close()
		<-wrote
		return nil, err
	}
	text, err := io.ReadAll(res.Body)
	if res.Close || err != nil {
		s.close()
	}
	<-wrote
	return &rig.Answer{Code: res.StatusCode, Header: res.Header, Body: text}, err
}

func (s *sender) close() {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
}
