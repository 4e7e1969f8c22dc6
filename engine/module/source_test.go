package module

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/go-hclog"
	"go.uber.org/goleak"

	"github.com/penstock-db/penstock/engine/config"
)

// wasm returns a module with nothing but a custom section that holds text.
func wasm(text string) []byte {
	return append(append([]byte(nil), magic...), append([]byte{0, byte(len(text) + 1), 0}, text...)...)
}

func sum(code []byte) string {
	s := sha256.Sum256(code)
	return hex.EncodeToString(s[:])
}

// source is a source with a cache; log holds what it said.
func source(t *testing.T) (s *Source, log *strings.Builder) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	log = &strings.Builder{}
	return &Source{Cache: filepath.Join(t.TempDir(), "cache"), Log: hclog.New(&hclog.LoggerOptions{Output: log, Mutex: nil})}, log
}

func read(s *Source, module, pin string) ([]byte, error) {
	return s.Read(context.Background(), &config.Plugin{Module: module, SHA256: pin})
}

// wants checks that a module can be read, and is what it has to be.
func wants(t *testing.T, s *Source, module, pin string, want []byte) {
	t.Helper()
	if got, err := read(s, module, pin); err != nil || string(got) != string(want) {
		t.Errorf("%s is %q, %v", module, got, err)
	}
}

// fails checks that a module cannot be read, and that the error says why.
func fails(t *testing.T, s *Source, module, pin string, why ...string) error {
	t.Helper()
	_, err := read(s, module, pin)
	if err == nil {
		t.Errorf("%s can be read", module)
		return nil
	}
	for _, w := range why {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s: %v\ndoes not say %q", module, err, w)
		}
	}
	return err
}

func TestBuiltInAndFile(t *testing.T) {
	code := wasm("one")
	s := &Source{BuiltIn: fstest.MapFS{"mask.wasm": {Data: code}}}
	file := filepath.Join(t.TempDir(), "my.wasm")
	fails(t, s, file, "", file, "no such file")
	if err := os.WriteFile(file, code, 0o600); err != nil {
		t.Fatal(err)
	}
	wants(t, s, "mask", "", code)
	wants(t, s, file, "", code)
	wants(t, s, file, strings.ToUpper(sum(code)), code)
	fails(t, s, file, sum(wasm("two")), "not the one that sha256 pins", sum(code))
	fails(t, s, "musk", "", `"musk"`, "built in are mask", "./my.wasm")
	fails(t, &Source{}, "mask", "", "none here")
	fails(t, &Source{BuiltIn: fstest.MapFS{}}, "mask", "", "build it with make")
}

func plugin(module string) *config.Plugin { return &config.Plugin{Module: module} }

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
