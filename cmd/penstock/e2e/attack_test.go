package e2e

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// The services of the attacked proxy, and the filters in their chains.
const (
	attacked = "attacked"
	patient  = "patient" // the same attacker, whose calls may take a minute
	calm     = "calm"    // no filter: the bystander's
)

// attacks are the letters of wasm/testdata/attacks/attack.c, which says what
// they do, and what becomes of the session. wasm/attack_test.go has the list of
// where each attack is proved.
var attacks = []struct {
	letter, name, service string
	end                   ending
}{
	{"l", "endless loop", attacked, killed},
	{"c", "loop of cache misses", attacked, killed},
	{"r", "endless recursion", attacked, killed},
	{"m", "memory bomb", patient, killed},
	{"f", "memory filled over and over", attacked, killed},
	{"w", "all of memory written", patient, spared},
	{"u", "trap", attacked, killed},
	{"v", "wrong verdict", attacked, killed},
	{"g", "log flood", attacked, killed},
	{"o", "standard error flood", attacked, killed},
	{"k", "KV flood", attacked, killed},
	{"n", "metric flood", attacked, killed},
	{"s", "statement taken apart for ever", attacked, killed},
	{"t", "timer flood", attacked, spared},
	{"p", "REPLY of garbage", attacked, killed},
	{"q", "REPLY cut short", attacked, killed},
	{"h", "REPLY without an end", attacked, killed},
	{"e", "REPLY of nothing", attacked, killed},
	{"b", "REPLY of 16 MiB", patient, spared},
	{"x", "REPLACED by nothing", attacked, killed},
	{"y", "REPLACED by garbage", attacked, killed},
	{"z", "REPLACED by COM_QUIT", attacked, killed},
	{"j", "REPLACED by 16 MiB", patient, killed},
}

// ending is what becomes of a session whose filter attacks.
type ending int

const (
	killed ending = iota // the client gets an ERR packet that names the filter; the session is over
	spared               // nothing that breaks a rule: the session goes on
)

// While one session after another attacks, another client's statements all
// succeed, and the proxy stays as large as it is. How long they take is
// logged: the aim, on a machine that does nothing else, is a p99 under 25 ms.
func TestAttacksAndABystander(t *testing.T) {
	root, err := rig.Root()
	must(t, err)
	module := filepath.Join(root, "wasm", "testdata", "attacks", "attack.wasm")
	p := rig.Start(t, rig.Setup{Primary: primary.Addr, LogLevel: "error",
		Filters: fmt.Sprintf("[filters.attacked]\nmodule = %q\n[filters.patient]\nmodule = %[1]q\ntimeout = \"60s\"\n", module),
		Services: []rig.Service{
			{Name: attacked, Router: "readconnroute", Filters: []string{attacked}},
			{Name: patient, Router: "readconnroute", Filters: []string{patient}},
			{Name: calm, Router: "readconnroute"},
		}})
	bystander := connect(t, p.Addr(calm), rig.Login{})
	t.Logf("%-32s %s", "nothing", measure(t, bystander, nil))
	fds, err := rig.FDs(p.PID())
	must(t, err)
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			s := siege{address: p.Addr(a.service), filter: a.service, statement: "SELECT 'attack:" + a.letter + "'", expected: a.end}
			s.begin(t)
			t.Logf("%-32s %s, %d waves", a.name, measure(t, bystander, &s.waves), s.waves.Load())
			s.end(t)
		})
	}
	must(t, rig.Await("the attackers' sessions to end", func() error {
		sessions, err := p.API.Sessions()
		if err == nil && len(sessions) != 1 {
			err = fmt.Errorf("there are %d sessions", len(sessions))
		}
		return err
	}))
	must(t, rig.Await("the descriptors to be given back", func() error {
		n, err := rig.FDs(p.PID())
		if err == nil && n > fds+30 { // pooled connections and machines may stay
			err = fmt.Errorf("%d descriptors, %d before", n, fds)
		}
		return err
	}))
	resident, err := rig.Resident(p.PID())
	must(t, err)
	t.Logf("resident afterwards: %d MiB", resident>>20)
	if resident > 600<<20 {
		t.Errorf("the proxy holds %d MiB", resident>>20)
	}
}

// siege is a client that attacks until it is told to end.
type siege struct {
	address, filter, statement string
	expected                   ending

	stop  atomic.Bool
	waves atomic.Int64
	wg    sync.WaitGroup
	err   error // the first that was not the one expected
}

// begin returns when the first attack is over and the next are under way.
func (s *siege) begin(t *testing.T) {
	first := make(chan struct{})
	s.wg.Go(func() {
		for !s.stop.Load() && s.err == nil {
			s.err = s.wave()
			if s.waves.Add(1) == 1 {
				close(first)
			}
		}
		s.waves.Add(enough) // nobody has to wait for more
	})
	<-first
	t.Cleanup(func() { s.stop.Store(true); s.wg.Wait() })
}

// wave is one session of the attacker. One that the attack kills is told so,
// and is over then.
func (s *siege) wave() error {
	c, err := rig.Connect(s.address, rig.Login{})
	if err != nil {
		return err
	}
	defer c.Close()
	err = c.Exec(s.statement)
	peace := c.Exec("SELECT 'peace'")
	switch told := fmt.Sprintf("filter %q failed", s.filter); s.expected {
	case spared:
		return errors.Join(err, peace)
	default:
		if err == nil || !strings.Contains(err.Error(), told) {
			return fmt.Errorf("the attacker was told %v, want %s", err, told)
		}
	}
	if peace == nil {
		return fmt.Errorf("the session lives after %v", err)
	}
	return nil
}

func (s *siege) end(t *testing.T) {
	t.Helper()
	s.stop.Store(true)
	s.wg.Wait()
	if s.err != nil {
		t.Error(s.err)
	}
}

// enough waves have to pass while the bystander is measured.
const enough = 10

// measure has the client ask a few hundred times, or until enough waves have
// passed, and returns how long that took.
func measure(t *testing.T, c *rig.Client, waves *atomic.Int64) string {
	t.Helper()
	var took []time.Duration
	for len(took) < 300 || waves != nil && waves.Load() < enough {
		begun := time.Now()
		if v, err := c.Value("SELECT 1"); err != nil || v != "1" {
			t.Fatalf("the bystander reads %q, %v", v, err)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	at := func(percent int) time.Duration { return took[(len(took)-1)*percent/100].Round(10 * time.Microsecond) }
	return fmt.Sprintf("p50 %-8v p99 %-8v max %v", at(50), at(99), at(100))
}
