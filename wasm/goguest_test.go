package wasm

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/penstock-db/penstock/wasm/abi"
)

// goGuest is testdata/goguest, built once for all tests.
var goGuest = struct {
	once sync.Once
	dir  string
	code []byte
	err  error
}{}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "goguest")
	if err != nil {
		panic(err)
	}
	goGuest.dir = dir
	status := m.Run()
	os.RemoveAll(dir)
	if status == 0 {
		if err := goleak.Find(); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			status = 1
		}
	}
	os.Exit(status)
}

func buildGoGuest(t testing.TB) []byte {
	t.Helper()
	goGuest.once.Do(func() {
		file := filepath.Join(goGuest.dir, "goguest.wasm")
		cmd := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s -w", "-o", file, "./testdata/goguest")
		cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			goGuest.err = errors.New(err.Error() + ": " + string(out))
			return
		}
		goGuest.code, goGuest.err = os.ReadFile(file)
	})
	if goGuest.err != nil {
		t.Fatal(goGuest.err)
	}
	return goGuest.code
}

// goRuntime shares compiled code between the tests of Go guests.
func goRuntime(t testing.TB) *Runtime {
	t.Helper()
	return newRuntimeOf(t, Config{CacheDir: filepath.Join(goGuest.dir, "cache")})
}

func TestGoGuest(t *testing.T) {
	i, s := openOn(t, goRuntime(t), buildGoGuest(t), Definition{Limits: Limits{Call: time.Second}})
	ask := func(command string) string {
		t.Helper()
		var h abi.Header
		if _, err := i.Query(&h, []byte(command)); err != nil {
			t.Fatal(err)
		}
		return string(i.Output())
	}
	if got := ask("x"); got != "" {
		t.Errorf("pass has output %q", got)
	}
	if got := ask("f"); !strings.Contains(got, "/etc/passwd") {
		t.Errorf("reading a file: %q", got)
	}
	ask("o")
	if len(s.lines) != 1 || s.lines[0] != "half a line" || s.levels[0] != abi.LogNotice {
		t.Errorf("logged %q", s.lines)
	}
	got := int64(binary.LittleEndian.Uint64([]byte(ask("t"))))
	if d := time.Since(time.Unix(got, 0)); d < -2*time.Second || d > time.Minute {
		t.Errorf("the guest's clock is off by %v", d)
	}
}

func TestGoGuestFailures(t *testing.T) {
	r := goRuntime(t)
	for command, want := range map[string]struct {
		kind FailureKind
		text string
	}{
		"p": {FailureTrap, "the guest's own words"},
		"m": {FailureMemory, "out of memory"},
		"d": {FailureStack, "nested too deeply"},
		"l": {FailureTimeout, ""},
		"s": {FailureTimeout, ""},
	} {
		t.Run(command, func(t *testing.T) {
			limits := Limits{Call: 5 * time.Second}
			if want.kind == FailureTimeout {
				limits.Call = 20 * time.Millisecond
			}
			i, _ := openOn(t, r, buildGoGuest(t), Definition{Limits: limits})
			var h abi.Header
			_, err := i.Query(&h, []byte(command))
			wantFailure(t, i, err, want.kind, want.text)
		})
	}
}

func TestInitError(t *testing.T) {
	m, err := goRuntime(t).Load(t.Context(), "go", buildGoGuest(t))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	_, err = m.Template(t.Context(), Definition{Name: "picky", Options: []byte("refuse")})
	var e *InitError
	if !errors.As(err, &e) || e.Message != "these options are wrong" || e.Errno != abi.BadArg || e.Export != abi.ExportInit {
		t.Fatalf("got %v", err)
	}
	if e.Error() != "plugin picky: these options are wrong" {
		t.Error(e)
	}
}

func BenchmarkGoGuest(b *testing.B) {
	code := buildGoGuest(b)
	sql := strings.Repeat("UPDATE t SET note = 'nothing to see', credit = 1 WHERE id = 7; ", 64)
	for _, work := range []struct{ name, payload string }{
		{"query", strings.Repeat("q", 200)},
		{"regexp", "r" + sql},
		{"bytes", "b" + sql},
		{"calls", "c"},
	} {
		for name, meter := range map[string]Rewriter{"metered": nil, "unmetered": asIs} {
			b.Run(work.name+"/"+name, func(b *testing.B) {
				r := newRuntimeOf(b, Config{Rewrite: meter, CacheDir: filepath.Join(goGuest.dir, "cache")})
				i, _ := openOn(b, r, code, Definition{})
				var h abi.Header
				payload := []byte(work.payload)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := i.Query(&h, payload); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
	b.Run("open", func(b *testing.B) {
		t := templateOn(b, goRuntime(b), code, Definition{})
		b.ReportAllocs()
		for b.Loop() {
			i, err := t.Open(b.Context(), abi.OpenNew, &session{}, nil)
			if err != nil {
				b.Fatal(err)
			}
			i.Close(abi.CloseSessionEnd)
		}
	})
}
