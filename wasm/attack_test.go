package wasm

import (
	_ "embed"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/penstock-db/penstock/wasm/abi"
	rewriter "github.com/penstock-db/penstock/wasm/binary"
)

// What a hostile or broken plugin can try, and where it is proved that it costs
// one session at most. "attack X" is letter X of testdata/attacks/attack.c, which
// the tests here run on clones and plain instances, and the end-to-end tests
// (cmd/penstock/e2e/attack_test.go) in the real proxy.
//
//	endless loop                     attack l; TestEndlessLoop; in ps_init TestEndlessInit; in a start function TestStartLoops
//	loop that waits for memory       attack c: a quantum of fuel must be short in time, too
//	endless recursion                attack r; TestEndlessRecursion; wide frames TestRecursionTakesLittleMemory
//	memory bomb                      attacks m, f, w; TestMemoryCap, TestMinimumBeyondCap
//	gigabytes in one instruction     TestBulkInstructionsArePaid; how soon they are stopped, BenchmarkRunaway
//	table bomb                       TestTableBombs
//	trap in every export             TestTrapInEveryExport
//	wrong verdicts                   attack v; TestNonsense
//	bad pointers into every import   TestBadPointers; in the wrong phase TestPhases
//	enormous lengths                 TestBadPointers, TestNonsense, TestOutProtocol; attack j
//	log flood                        attacks g, o; TestLogFlood
//	KV, metric-name flood            attacks k, n; TestKVFlood, TestMetrics
//	timer flood                      attack t (end to end); on sleeping instances TestTimerWakes
//	statement taken apart for ever   attack s; TestImportsArePaid
//	reply larger than allowed        attack b (end to end)
//	malformed REPLY, REPLACED        attacks p, q, h, e, x, y, z (end to end)
//	lies in the descriptor           TestDescriptorMessages, TestDescriptorFits, FuzzDescriptor
//	truncated, bit-flipped modules   TestTruncatedModules, TestFlippedModules
//	imports that do not exist        TestLoadMessages, TestUnknownImports, FuzzImportSection
//	bombs for the compiler           TestCompilerBombs
//	data segments out of bounds      TestDataOutOfBounds
//	remembering for the next session TestRandomGuestsParkAndRecycle, TestSecretsDoNotOutliveTheirSession, TestNothingIsLeftOfAnAttack
//	growing to the cap, recycled     TestGrownToTheEnd; refused in mid-growth TestTrapAfterRefusedGrowth
//	megabytes to keep while asleep   TestParkAllOfMemory; FuzzRestore, FuzzPark
//	ps_init that fills the cap       TestInitFillsTheCap
//	a call stack that stays large    TestDeepStackIsNotKept
//	KV as a way out of a definition  TestStoresAreApart
//	debug information that lies      TestDamagedLines; in wasm/lines TestHostile, FuzzFind
//	names of functions of megabytes  TestLongNames

//go:embed testdata/attacks/attack.wasm
var attacker []byte

// bound is a rewriter that leaves instances plain.
func bound(code []byte) (*rewriter.Module, error) {
	out, err := rewriter.Rewrite(code)
	if err == nil {
		out.Bound = "plain instances are tested"
	}
	return out, err
}

// attacks are the letters of attack.c and how the call ends; zero: well.
var attacks = []struct {
	letter byte
	kind   FailureKind
}{
	{'l', FailureTimeout}, {'r', FailureStack}, {'c', FailureTimeout}, {'m', FailureMemory},
	{'f', FailureTimeout}, {'w', 0}, {'u', FailureTrap}, {'v', FailureNonsense}, {'g', FailureTimeout},
	{'o', FailureTimeout}, {'k', FailureTimeout}, {'n', FailureTimeout}, {'t', 0}, {'s', FailureTimeout},
	{'p', 0}, {'q', 0}, {'h', 0}, {'e', 0}, {'b', FailureTimeout}, {'x', 0}, {'y', 0}, {'z', 0}, {'j', 0},
}

// slow is how much more processor time than its budget an attack may take, so
// that it can be said to end with it: what is between two looks at the clock
// counts in part only, and the race detector slows the host's side down. How
// much it really is, BenchmarkRunaway shows.
const slow = 100

func TestAttacksCostOneInstance(t *testing.T) {
	const budget = 20 * time.Millisecond
	for name, cfg := range map[string]Config{"clones": {}, "plain": {Rewrite: bound}} {
		t.Run(name, func(t *testing.T) {
			r := newRuntimeOf(t, cfg)
			services := allServices(t)
			hurried := templateOn(t, r, attacker, Definition{Name: "hurried", Limits: Limits{Call: budget}, Services: services})
			patient := templateOn(t, r, attacker, Definition{Name: "patient", Services: services})
			if cloned := patient.Plain() == ""; cloned != (name == "clones") {
				t.Fatalf("plain: %q", patient.Plain())
			}
			same := openAttack(t, hurried)
			other, _ := openOn(t, r, guest{}.build(), Definition{})
			for _, a := range attacks {
				tpl := hurried
				if a.kind != FailureTimeout {
					tpl = patient
				}
				t.Run(string(a.letter), func(t *testing.T) {
					left := leftovers(t, func() {
						i := openAttack(t, tpl)
						m := i.machine
						spent, err := launch(i, a.letter)
						if limit := slow * budget; a.kind == FailureTimeout && spent > limit {
							t.Errorf("it took %v of processor time, more than %v", spent, limit)
						}
						if a.kind != 0 {
							wantFailure(t, i, err, a.kind, "")
						} else if err != nil {
							t.Error(err)
						}
						if n := len(i.Output()); n > DefaultOutput+guestCap {
							t.Errorf("an output of %d bytes", n)
						}
						if err := i.Close(abi.CloseSessionEnd); err != nil {
							t.Error(err)
						}
						if a.kind != 0 && reused(tpl, m) {
							t.Error("the machine of a failed instance waits for another")
						}
					})
					if left != "" {
						t.Error(left)
					}
					for _, i := range []*Instance{same, other} {
						var h abi.Header
						if _, err := i.Query(&h, []byte("\x03SELECT 1")); err != nil {
							t.Error("a bystander:", err)
						}
					}
				})
			}
		})
	}
}

func openAttack(t testing.TB, tpl *Template) *Instance {
	t.Helper()
	i, err := tpl.Open(t.Context(), abi.OpenNew, &everything{session: session{quiet: true}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.Close(abi.CloseSessionEnd) })
	return i
}

// launch has the instance attack and returns what that took of the processor,
// which does not depend on what else the machine does.
func launch(i *Instance, letter byte) (time.Duration, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	begun := threadTime()
	var h abi.Header
	_, err := i.Query(&h, []byte("\x03SELECT 'attack:"+string(letter)+"'"))
	return threadTime() - begun, err
}

// threadTime is the processor time of this thread.
func threadTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_THREAD, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func reused(tpl *Template, m *machine) bool {
	if tpl.pool == nil {
		return false
	}
	tpl.pool.mu.Lock()
	defer tpl.pool.mu.Unlock()
	for _, free := range tpl.pool.free {
		if free == m {
			return true
		}
	}
	return false
}

// leftovers runs what ends all it begins and says what is left of it.
func leftovers(t *testing.T, run func()) string {
	t.Helper()
	run() // what is made once is made now
	goroutines, fds, maps, before := runtime.NumGoroutine(), descriptors(t), mapsOf(t), held()
	run()
	var left []string
	for end := time.Now().Add(patience); runtime.NumGoroutine() > goroutines; runtime.Gosched() {
		if time.Now().After(end) { // those that have done their work need a moment to go
			left = append(left, "goroutines")
			break
		}
	}
	if n := descriptors(t); n > fds {
		left = append(left, "descriptors")
	}
	if n := mapsOf(t); n > maps+20 {
		left = append(left, "mappings")
	}
	if n := held(); n > before+32<<20 {
		left = append(left, "memory")
	}
	if left == nil {
		return ""
	}
	return "it leaves " + strings.Join(left, ", ")
}

// held returns the bytes on the heap, all garbage collected. What clones hold
// besides is mapped.
func held() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// A trap in any export costs the instance, or the definition that is being
// started, and says where it was.
func TestTrapInEveryExport(t *testing.T) {
	for name, cfg := range map[string]Config{"clones": {}, "plain": {Rewrite: bound}} {
		for _, f := range abi.Exports {
			if f.Name == abi.Module {
				continue // never called
			}
			t.Run(name+"/"+f.Name, func(t *testing.T) {
				left := leftovers(t, func() { trapIn(t, newRuntimeOf(t, cfg), f.Name) })
				if left != "" {
					t.Error(left)
				}
			})
		}
	}
}

func trapIn(t *testing.T, r *Runtime, export string) {
	t.Helper()
	module, err := r.Load(t.Context(), "traps", guest{hooks: map[string][]byte{export: {opUnreachable}}}.build())
	if err != nil {
		t.Fatal(err)
	}
	defer module.Close()
	tpl, err := module.Template(t.Context(), Definition{Name: "traps", Limits: Limits{Call: patience}})
	if err == nil {
		defer tpl.Close()
		err = callAll(t, tpl)
	}
	var f *Failure
	if !errors.As(err, &f) || f.Kind != FailureTrap || f.Export != export {
		t.Errorf("got %v", err)
	}
}

// callAll calls every hook of a session that is there once, until one fails.
func callAll(t *testing.T, tpl *Template) error {
	t.Helper()
	i, err := tpl.Open(t.Context(), abi.OpenNew, &session{}, nil)
	if err != nil {
		return err
	}
	var h abi.Header
	_, err = i.Query(&h, nil)
	if err == nil && tpl.program.exports[abi.ExportRoute] {
		_, err = i.Route(&h, nil)
	}
	if err == nil && tpl.program.exports[abi.ExportReply] {
		_, err = i.Reply(&h, abi.PhaseWhole, nil)
	}
	if err == nil {
		_, err = i.Event(abi.EventTimer, 0, 0)
	}
	if closed := i.Close(abi.CloseSessionEnd); err == nil {
		err = closed
	}
	return err
}
