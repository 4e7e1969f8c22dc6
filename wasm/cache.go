package wasm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/tetratelabs/wazero"
)

// diskCache is the directory in which wazero keeps compiled code between runs.
// What is in it is executed, and wazero's own checksum covers the code but not
// what stands around it. So nobody else may be able to write there, and an entry
// counts only if Penstock has noted its checksum after wazero had written it:
// whatever else is found is removed and compiled again.
//
//	DIR/wazero-VERSION-…/KEY   compiled code, written by wazero
//	DIR/sums/KEY               the entry's size and CRC-32C
type diskCache struct{ dir string }

// sumSize is the length of a noted checksum: 8 bytes size, 4 bytes CRC.
const sumSize = 12

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// openCache prepares the directory and removes entries that cannot be trusted.
func openCache(dir string) (*diskCache, wazero.CompilationCache, error) {
	c := &diskCache{dir}
	for _, d := range []string{dir, filepath.Join(dir, "sums")} {
		if err := prepareDir(d); err != nil {
			return nil, nil, fmt.Errorf("wasm: compilation cache: %w", err)
		}
	}
	err := c.each(func(entry, sum string) error {
		if c.matches(entry, sum) {
			return nil
		}
		os.Remove(sum)
		return os.Remove(entry)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("wasm: compilation cache: cannot remove an entry that cannot be trusted: %w", err)
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("wasm: compilation cache: %w", err)
	}
	return c, cache, nil
}

// each calls f for every entry with the path of its noted checksum.
func (c *diskCache) each(f func(entry, sum string) error) error {
	entries, err := filepath.Glob(filepath.Join(c.dir, "wazero-*", "*"))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry, ".tmp") {
			continue // another process may be writing it
		}
		err := f(entry, filepath.Join(c.dir, "sums", filepath.Base(entry)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // two processes may share the directory
			return err
		}
	}
	return nil
}

// note writes the checksums of entries that wazero has just written.
func (c *diskCache) note() error {
	if c == nil {
		return nil
	}
	return c.each(func(entry, sum string) error {
		if _, err := os.Stat(sum); err == nil {
			return nil
		}
		text, err := checksum(entry)
		if err != nil {
			return err
		}
		temporary := fmt.Sprintf("%s.%d.tmp", sum, os.Getpid())
		if err := os.WriteFile(temporary, text, 0o600); err != nil {
			return err
		}
		return os.Rename(temporary, sum)
	})
}

// forget removes all entries: one of them is damaged.
func (c *diskCache) forget() error {
	return c.each(func(entry, sum string) error {
		os.Remove(sum)
		return os.Remove(entry)
	})
}

// matches reports whether an entry is ours and what it was when it was noted.
func (c *diskCache) matches(entry, sum string) bool {
	info, err := os.Lstat(entry)
	if err != nil || !info.Mode().IsRegular() || !ownedByUs(info) || info.Mode().Perm()&0o022 != 0 {
		return false
	}
	noted, err := os.ReadFile(sum)
	if err != nil {
		return false
	}
	now, err := checksum(entry)
	return err == nil && string(noted) == string(now)
}

func checksum(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	crc := crc32.New(castagnoli)
	n, err := io.Copy(crc, f)
	if err != nil {
		return nil, err
	}
	text := binary.LittleEndian.AppendUint64(make([]byte, 0, sumSize), uint64(n))
	return binary.LittleEndian.AppendUint32(text, crc.Sum32()), nil
}

// ownedByUs reports whether the file belongs to the user that the process runs as.
func ownedByUs(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(st.Uid) == os.Geteuid()
}

// prepareDir creates a directory, or checks that nobody else can write to it.
func prepareDir(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return err
	}
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory", dir)
	case !ownedByUs(info):
		return fmt.Errorf("%s belongs to another user, who could make Penstock run their code; choose another cache_dir", dir)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("%s can be written by other users, who could make Penstock run their code; chmod it to 0700", dir)
	}
	return nil
}
