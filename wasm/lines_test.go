package wasm

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

// The compilers are Debian's, as everywhere in the tests.
const (
	clang = "/usr/bin/clang"
	rustc = "/usr/bin/rustc"
)

func compileGuest(t testing.TB, compiler string, args ...string) {
	t.Helper()
	if out, err := exec.Command(compiler, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", compiler, strings.Join(args, " "), err, out)
	}
}

func buildC(t testing.TB, flags ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trap.wasm")
	compileGuest(t, clang, append([]string{"--target=wasm32", "-std=c11", "-Wall", "-Werror", "-nostdlib", "-mbulk-memory",
		"-Wl,--no-entry,--stack-first", "-I../plugins/sdk/c", "-o", file, "testdata/lines/trap.c"}, flags...)...)
	return readGuest(t, file)
}

func buildRust(t testing.TB, flags ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "trap.wasm")
	flags = append([]string{"--edition=2021", "--target=wasm32-unknown-unknown", "-Cpanic=abort"}, flags...)
	compileGuest(t, rustc, append([]string{"--crate-type=rlib", "--crate-name=penstock_sdk", `--cfg=feature="std"`, "--out-dir=" + dir,
		"../plugins/sdk/rust/src/lib.rs"}, flags...)...)
	compileGuest(t, rustc, append([]string{"--crate-type=cdylib", "--extern=penstock_sdk=" + filepath.Join(dir, "libpenstock_sdk.rlib"), "-o", file, "testdata/lines/trap.rs"}, flags...)...)
	return readGuest(t, file)
}

func readGuest(t testing.TB, file string) []byte {
	t.Helper()
	code, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// here returns where a comment of a guest's source stands, as FILE:LINE.
func here(t *testing.T, file, comment string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata/lines", file))
	if err != nil {
		t.Fatal(err)
	}
	for n, line := range bytes.Split(text, []byte("\n")) {
		if bytes.HasSuffix(line, []byte("// HERE: "+comment)) {
			return fmt.Sprintf("testdata/lines/%s:%d", file, n+1)
		}
	}
	t.Fatalf("%s has no line %q", file, comment)
	return ""
}

// failWith has a guest fail and returns the failure.
func failWith(t *testing.T, i *Instance, sql string) *Failure {
	t.Helper()
	var h abi.Header
	h.SetU32(abi.HdrSQLOffset, 1)
	h.SetU32(abi.HdrSQLLength, uint32(len(sql)))
	_, err := i.Query(&h, []byte("\x03"+sql))
	var f *Failure
	if !errors.As(err, &f) {
		t.Fatalf("it did not fail: %v", err)
	}
	return f
}

func TestLines(t *testing.T) {
	c := map[string][]string{
		"d":       {"divided at", "divide", "query at", "divide called"},
		"inlined": {"inlined at", "inlined", "query at", "inlined called"},
		"m":       {"deep at", "memory", "deep at", "recursion", "deep at", "recursion", "query at", "deep called"},
	}
	rust := map[string][]string{
		"p":       {"query", "panic"},
		"indexed": {"query", "index"},
		"n":       {"first_number at", "unwrap", "query", "unwrap called"},
	}
	for name, g := range map[string]struct {
		build func(testing.TB, ...string) []byte
		flags []string
		file  string
		cases map[string][]string
	}{
		"C, DWARF 4":          {buildC, []string{"-g", "-gdwarf-4", "-O2"}, "trap.c", c},
		"C, DWARF 5":          {buildC, []string{"-g", "-gdwarf-5", "-O2"}, "trap.c", c},
		"C, DWARF 4, -O0":     {buildC, []string{"-g", "-gdwarf-4", "-O0"}, "trap.c", c},
		"C, DWARF 5, -O0":     {buildC, []string{"-g", "-gdwarf-5", "-O0"}, "trap.c", c},
		"C, line tables only": {buildC, []string{"-gline-tables-only", "-O2"}, "trap.c", c},
		"Rust":                {buildRust, []string{"-g", "-O"}, "trap.rs", rust},
		"Rust, not optimised": {buildRust, []string{"-g"}, "trap.rs", rust},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code := g.build(t, g.flags...)
			for sql, want := range g.cases {
				i, _ := open(t, code, Definition{})
				f := failWith(t, i, sql)
				t.Logf("%s", f.Detail())
				stack := strings.Join(f.Stack(), "\n") + "\n"
				rest := stack
				for n := 0; n < len(want); n += 2 {
					place := here(t, g.file, want[n+1])
					_, after, ok := strings.Cut(rest, want[n])
					if ok {
						_, after, ok = strings.Cut(after, place+":")
					}
					if !ok {
						t.Fatalf("%q: there is no %s %s in\n%s", sql, want[n], place, stack)
					}
					rest = after
				}
			}
		})
	}
}

// withoutDebug leaves a module's debug sections out.
func withoutDebug(t *testing.T, code []byte) []byte {
	t.Helper()
	out := bytes.Clone(code[:8])
	for r := (reader{code[8:]}); len(r.b) > 0; {
		all := r.b
		id := r.take(1)
		size, _ := r.u32()
		body := reader{r.take(size)}
		if id[0] == 0 && bytes.HasPrefix(body.name(), []byte(".debug_")) {
			continue
		}
		out = append(out, all[:len(all)-len(r.b)]...)
	}
	if len(out) == len(code) {
		t.Fatal("there are no debug sections")
	}
	return out
}

// Compiled code of a module with lines is not taken for that of the same module
// without, nor the other way round, and both are found in the cache.
func TestLinesInTheCache(t *testing.T) {
	code := buildC(t, "-g", "-O2")
	bare := withoutDebug(t, code)
	dir := filepath.Join(t.TempDir(), "cache")
	place := here(t, "trap.c", "divide")
	entries := func() int {
		list, err := filepath.Glob(filepath.Join(dir, "wazero-*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	for run := range 3 {
		for n, g := range []struct {
			code  []byte
			lines bool
		}{{bare, false}, {code, true}} {
			// A runtime of its own: nothing but the directory is shared.
			t.Run(fmt.Sprint(run, n), func(t *testing.T) {
				i, _ := openOn(t, newRuntimeOf(t, Config{CacheDir: dir}), g.code, Definition{})
				stack := strings.Join(failWith(t, i, "d").Stack(), " < ")
				if !strings.HasPrefix(stack, "divided") || strings.Contains(stack, place+":") != g.lines {
					t.Errorf("got %s", stack)
				}
				if got, want := entries(), min(run*2+n+1, 2); got != want {
					t.Errorf("the cache has %d entries, not %d", got, want)
				}
			})
		}
	}
}

// Debug information that is nonsense, or cut off anywhere, costs the lines and nothing else.
func TestDamagedLines(t *testing.T) {
	code := buildC(t, "-g", "-O2", "-gdwarf-5")
	r := newRuntime(t)
	damage := func(name string, change func(section string, body []byte)) {
		t.Run(name, func(t *testing.T) {
			changed := bytes.Clone(code)
			for r := (reader{changed[8:]}); len(r.b) > 0; {
				id := r.take(1)
				size, _ := r.u32()
				body := reader{r.take(size)}
				if section := string(body.name()); id[0] == 0 && strings.HasPrefix(section, ".debug_") {
					change(section, body.b)
				}
			}
			i, _ := openOn(t, r, changed, Definition{})
			f := failWith(t, i, "d")
			if stack := f.Stack(); len(stack) == 0 || !strings.HasPrefix(stack[0], "divided") {
				t.Errorf("got %q", stack)
			}
			if strings.Contains(f.Detail(), "0x") {
				t.Errorf("got %s", f.Detail())
			}
		})
	}
	for _, value := range []byte{0, 0x55, 0xff} {
		damage(fmt.Sprintf("all %#x", value), func(_ string, body []byte) {
			for n := range body {
				body[n] = value
			}
		})
		for _, one := range []string{".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".debug_line_str", ".debug_addr", ".debug_rnglists"} {
			damage(fmt.Sprintf("%s %#x", one, value), func(section string, body []byte) {
				if section == one {
					for n := len(body) / 3; n < len(body); n++ {
						body[n] = value
					}
				}
			})
		}
	}
}

// Of functions that the host adds there is nothing to say but their names.
func TestAddedFunctionsHaveNoLines(t *testing.T) {
	i, _ := open(t, buildC(t, "-g", "-O2"), Definition{})
	stack := failWith(t, i, "d").Stack()
	if !slices.Contains(stack, "call_indirect") {
		t.Errorf("got %q", stack)
	}
}

// What has no end is found where it was when its time was over.
func TestLineOfALoop(t *testing.T) {
	i, _ := open(t, buildC(t, "-g", "-O1"), Definition{Limits: Limits{Call: 5 * time.Millisecond}})
	f := failWith(t, i, "l")
	if stack := strings.Join(f.Stack(), " < "); f.Kind != FailureTimeout || !strings.Contains(stack, "query at ") || !strings.Contains(stack, here(t, "trap.c", "loop")) {
		t.Errorf("%v in %s", f, stack)
	} else {
		t.Log(stack)
	}
}

// Sessions fail at the same time, and what is kept of where does not grow without end.
func TestLinesOfManyFailures(t *testing.T) {
	i, _ := open(t, buildC(t, "-g", "-O2"), Definition{})
	f := failWith(t, i, "m")
	want := f.Stack()
	s := f.sources
	places := len(s.known)
	if places < 3 {
		t.Fatalf("%d places are known", places)
	}
	clear(s.known)
	for n := range uint32(maxKnown) {
		s.known[1<<30+n] = nil
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got := f.Stack(); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	wg.Wait()
	if len(s.known) != maxKnown {
		t.Errorf("%d places are kept", len(s.known))
	}
}

// BenchmarkLoadWithLines is what loading costs with debug information and without.
func BenchmarkLoadWithLines(b *testing.B) {
	for name, flags := range map[string][]string{"with": {"-g", "-O"}, "without": {"-O", "-Cstrip=debuginfo"}} {
		b.Run(name, func(b *testing.B) {
			code := buildRust(b, flags...)
			dir := b.TempDir()
			for b.Loop() {
				r, err := NewRuntime(Config{CacheDir: filepath.Join(dir, "cache")})
				if err != nil {
					b.Fatal(err)
				}
				m, err := r.Load(b.Context(), "trap", code)
				if err != nil {
					b.Fatal(err)
				}
				m.Close()
				r.Close(b.Context())
			}
			b.ReportMetric(float64(len(code)), "bytes")
		})
	}
}
