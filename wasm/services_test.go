package wasm

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-db/penstock/wasm/abi"
)

func TestKV(t *testing.T) {
	kv := NewKV(KVLimits{Entries: 3, Bytes: 1000, Key: 8, Value: 500})
	now := int64(1)
	kv.now = func() int64 { return now }
	key, value := []byte("k"), []byte("v")
	steps := []struct {
		what string
		got  abi.Errno
		want abi.Errno
	}{
		{"delete nothing", kv.Delete(key), abi.NotFound},
		{"swap nothing", kv.Set(key, value, 0, KVIfEqual, nil), abi.NotFound},
		{"create", kv.Set(key, value, 0, KVIfAbsent, nil), abi.OK},
		{"create again", kv.Set(key, value, 0, KVIfAbsent, nil), abi.CASMismatch},
		{"swap wrong", kv.Set(key, value, 0, KVIfEqual, []byte("x")), abi.CASMismatch},
		{"swap", kv.Set(key, []byte("w"), time.Second, KVIfEqual, value), abi.OK},
		{"empty key", kv.Set(nil, value, 0, KVAlways, nil), abi.BadArg},
		{"long key", kv.Set([]byte("123456789"), value, 0, KVAlways, nil), abi.BadArg},
		{"long value", kv.Set(key, make([]byte, 501), 0, KVAlways, nil), abi.BadArg},
		{"second", kv.Set([]byte("2"), make([]byte, 400), 0, KVAlways, nil), abi.OK},
		{"bytes", kv.Set([]byte("3"), make([]byte, 500), 0, KVAlways, nil), abi.Quota},
		{"third", kv.Set([]byte("3"), nil, 0, KVAlways, nil), abi.OK},
		{"entries", kv.Set([]byte("4"), nil, 0, KVAlways, nil), abi.Quota},
	}
	for _, s := range steps {
		if s.got != s.want {
			t.Errorf("%s: %v, want %v", s.what, s.got, s.want)
		}
	}
	now += int64(time.Second)
	if _, found := kv.Append(nil, key); found {
		t.Error("an expired key is there")
	}
	if e := kv.Set([]byte("4"), nil, 0, KVAlways, nil); e != abi.OK {
		t.Errorf("after one expired: %v", e)
	}
	if n, b := kv.Size(); n != 3 || b != 3*(entryCost+1)+400 {
		t.Errorf("size %d, %d", n, b)
	}
	for _, k := range []string{"2", "3", "4"} {
		kv.Delete([]byte(k))
	}
	if n, b := kv.Size(); n != 0 || b != 0 || len(kv.expiry) != 0 {
		t.Errorf("size %d, %d when empty", n, b)
	}
}

func TestKVAdd(t *testing.T) {
	kv := NewKV(KVLimits{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				kv.Add([]byte("n"), 2, 0)
			}
		})
	}
	wg.Wait()
	if n, e := kv.Add([]byte("n"), 0, 0); n != 1600 || e != abi.OK {
		t.Errorf("%d, %v", n, e)
	}
	if _, e := kv.Add([]byte("n"), math.MaxInt64, 0); e != abi.BadArg {
		t.Errorf("overflow: %v", e)
	}
	kv.Set([]byte("s"), []byte("text"), 0, KVAlways, nil)
	if _, e := kv.Add([]byte("s"), 1, 0); e != abi.BadArg {
		t.Errorf("text: %v", e)
	}
}

func TestKVFlood(t *testing.T) {
	kv := NewKV(KVLimits{Entries: 1000, Bytes: 1 << 20})
	refused := 0
	for n := range 100_000 {
		if kv.Set(fmt.Appendf(nil, "key %d", n), make([]byte, 100), time.Hour, KVAlways, nil) == abi.Quota {
			refused++
		}
	}
	if n, b := kv.Size(); n != 1000 || b > 1<<20 || refused != 99_000 {
		t.Errorf("%d entries, %d bytes, %d refused", n, b, refused)
	}
}

func TestMetrics(t *testing.T) {
	m := NewMetrics()
	for _, name := range []string{"", "9a", "A", "a-b", "a\n", strings.Repeat("a", 65)} {
		if _, e := m.Define(abi.MetricCounter, name); e != abi.BadArg {
			t.Errorf("name %q: %v", name, e)
		}
	}
	c, _ := m.Define(abi.MetricCounter, "c")
	g, _ := m.Define(abi.MetricGauge, "g")
	h, _ := m.Define(abi.MetricHistogram, "h")
	if again, e := m.Define(abi.MetricCounter, "c"); again != c || e != abi.OK {
		t.Error("defining again:", again, e)
	}
	if _, e := m.Define(abi.MetricGauge, "c"); e != abi.BadArg {
		t.Error("another kind:", e)
	}
	for what, pair := range map[string][2]abi.Errno{
		"add":               {m.Add(c, 2), abi.OK},
		"counter goes down": {m.Add(c, -1), abi.BadArg},
		"set counter":       {m.Set(c, 1), abi.BadArg},
		"set":               {m.Set(g, 5), abi.OK},
		"gauge goes down":   {m.Add(g, -7), abi.OK},
		"observe":           {m.Observe(h, 1000), abi.OK},
		"observe less":      {m.Observe(h, -1), abi.OK},
		"observe gauge":     {m.Observe(g, 1), abi.BadArg},
		"unknown":           {m.Add(99, 1), abi.NotFound},
	} {
		// The map's order does not matter: the calls were made when it was written.
		if pair[0] != pair[1] {
			t.Errorf("%s: %v", what, pair[0])
		}
	}
	s := m.Snapshot()
	if s[0].Value != 2 || s[1].Value != -2 || s[2].Value != 999 || s[2].Buckets[0] != 1 || s[2].Buckets[10] != 1 {
		t.Errorf("%+v", s)
	}
	for n := range 2 * MaxMetrics {
		m.Define(abi.MetricCounter, fmt.Sprintf("m%d", n))
	}
	if len(m.Snapshot()) != MaxMetrics {
		t.Error("the cap does not hold")
	}
}

func TestSinks(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	s, err := OpenSinks([]string{a, b})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	line := append(bytes.Repeat([]byte("x"), 99), '\n')
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if e := s.Write(0, line); e != abi.OK {
					t.Error(e)
				}
			}
		})
	}
	wg.Wait()
	if e := s.Write(2, line); e != abi.NotFound {
		t.Error(e)
	}
	if e := s.Write(1, make([]byte, SinkQueue+1)); e != abi.Quota || s.Dropped() != 1 {
		t.Error(e, s.Dropped())
	}
	s.Reopen()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if e := s.Write(0, line); e != abi.Internal {
		t.Error(e)
	}
	if got, err := os.ReadFile(a); err != nil || !bytes.Equal(got, bytes.Repeat(line, 800)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := OpenSinks([]string{a, filepath.Join(dir, "no", "where")}); err == nil {
		t.Error("a sink in no directory")
	}
}
