package module

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/penstock-db/penstock/engine/config"
)

// Source reads modules. It may be used by several goroutines.
type Source struct {
	BuiltIn fs.FS // the built-in modules, NAME.wasm each; nil: none
	// Cache is the directory of Penstock's caches. Content from registries is kept
	// in artifacts there, which is made when there is something to keep. Empty:
	// nothing is kept.
	Cache string
	// Log is told what is waited for if that takes longer than a moment; nil: nobody is.
	Log hclog.Logger

	patience *patience // nil: the usual one
}

// Read returns the code of a plugin's module. If sha256 pins it, it is the
// content that is pinned, or an error. An [*UnavailableError] says that a
// registry cannot be asked now. The code is the caller's.
func (s *Source) Read(ctx context.Context, p *config.Plugin) (code []byte, err error) {
	switch {
	case p.IsArtifact():
		code, err = s.artifact(ctx, p)
	case p.IsFile():
		code, err = os.ReadFile(p.Module)
	default:
		return s.builtIn(p.Module)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read module %q: %w", p.Module, err)
	}
	if p.SHA256 != "" {
		if got := sha256.Sum256(code); !strings.EqualFold(hex.EncodeToString(got[:]), p.SHA256) {
			return nil, fmt.Errorf("module %q is not the one that sha256 pins: its SHA-256 is %x", p.Module, got)
		}
	}
	return code, nil
}

func (s *Source) builtIn(name string) ([]byte, error) {
	if s.BuiltIn == nil {
		return nil, fmt.Errorf("there is no built-in module %q: there are none here", name)
	}
	code, err := fs.ReadFile(s.BuiltIn, name+".wasm")
	if !errors.Is(err, fs.ErrNotExist) {
		return code, err
	}
	files, _ := fs.Glob(s.BuiltIn, "*.wasm")
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no built-in module %q: this binary was built without them; build it with make", name)
	}
	for i := range files {
		files[i] = strings.TrimSuffix(files[i], ".wasm")
	}
	return nil, fmt.Errorf("there is no built-in module %q: built in are %s; a file is named by its path, such as \"./my.wasm\"",
		name, strings.Join(files, ", "))
}

func (s *Source) log() hclog.Logger {
	if s.Log == nil {
		return hclog.NewNullLogger()
	}
	return s.Log
}
