package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Overlay is what the REST API has changed of a configuration file, which it
// never writes itself: a file beside it with tables of the same shape. A key in
// it takes the place of the file's, tables are put together, and lists replaced
// whole. Paths in `removed` are taken out of the file before.
//
// An Overlay may be changed until it is used by Load or Save, and by one
// goroutine; take a Clone to try a change.
type Overlay struct {
	of        string // the configuration file
	text      []byte // that file, as it was when the overlay was read
	values    map[string]any
	removed   [][]string
	positions *position // nil unless it was read from a file and not changed since
}

const (
	overlayRemoved = "removed"
	overlayHeader  = "# What the REST API has changed of %s, whose keys these take the place of.\n" +
		"# Penstock writes this file anew with every change: edit it only while penstock does not run.\n\n"
)

// OverlayPath is where the overlay of a configuration file is kept:
// penstock.toml has penstock.overlay.toml beside it.
func OverlayPath(file string) string {
	return strings.TrimSuffix(file, ".toml") + ".overlay.toml"
}

// ReadOverlay reads a configuration file and its overlay, which is empty if
// there is none. An error is [*Errors] if the overlay makes no sense by itself.
// What the file has to say is found out by [Overlay.Load]; a file that is
// changed later changes nothing for this Overlay and its clones.
func ReadOverlay(file string) (*Overlay, error) {
	o := &Overlay{of: file, values: map[string]any{}}
	var err error
	if o.text, err = os.ReadFile(file); err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	path := OverlayPath(file)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what the REST API has changed: %w", err)
	}
	r := &reader{file: path}
	d, _ := decode(path, string(text), func(line int, key, problem, suggestion string) {
		r.fail(place{path, line}, key, problem, suggestion)
	})
	if len(r.errs) == 0 {
		t := &table{r: r, values: d.values, pos: d.positions, exists: true}
		o.removed = t.paths(overlayRemoved)
		delete(d.values, overlayRemoved)
		o.values, o.positions = d.values, d.positions
	}
	if len(r.errs) > 0 {
		r.errs.Sort()
		return nil, &r.errs
	}
	return o, nil
}

// paths reads a list of lists of strings.
func (t *table) paths(key string) (paths [][]string) {
	list, ok := t.values[key].([]any)
	if t.has(key) && !ok {
		t.fail(key, "this is "+kindOf(t.values[key])+", not a list of paths", `write [["section", "name"], …]`)
	}
	for _, item := range list {
		parts, _ := item.([]any)
		path := make([]string, 0, len(parts))
		for _, part := range parts {
			if s, ok := part.(string); ok {
				path = append(path, s)
			}
		}
		if len(path) == 0 || len(path) < len(parts) {
			t.fail(key, "an item is no path", `write [["section", "name"], …]`)
			continue
		}
		paths = append(paths, path)
	}
	return paths
}

// Clone returns a copy that can be changed by itself.
func (o *Overlay) Clone() *Overlay {
	return &Overlay{of: o.of, text: o.text, values: cloneTable(o.values), removed: slices.Clone(o.removed)}
}

func cloneTable(t map[string]any) map[string]any {
	t = maps.Clone(t)
	for key, value := range t {
		if sub, ok := value.(map[string]any); ok {
			t[key] = cloneTable(sub)
		}
	}
	return t
}

// Set gives the key at path a value, a table (map[string]any) among them, which
// is put together with the table that is there. The error is that TOML has no
// such value, null for instance; then nothing has changed.
func (o *Overlay) Set(value any, path ...string) error {
	value, err := plainTOML(value)
	if err != nil {
		return err
	}
	o.positions = nil
	t := o.values
	for _, key := range path[:len(path)-1] {
		sub, ok := t[key].(map[string]any)
		if !ok {
			sub = map[string]any{}
			t[key] = sub
		}
		t = sub
	}
	last := path[len(path)-1]
	was, isTable := t[last].(map[string]any)
	if table, ok := value.(map[string]any); ok && isTable {
		mergeTables(was, table)
		return nil
	}
	t[last] = value
	return nil
}

// plainTOML returns a value as it is read back from TOML.
func plainTOML(value any) (any, error) {
	var text bytes.Buffer
	if err := toml.NewEncoder(&text).Encode(map[string]any{"v": value}); err != nil {
		return nil, fmt.Errorf("this cannot be kept in the configuration: %w", err)
	}
	var back map[string]any
	if _, err := toml.Decode(text.String(), &back); err != nil || back["v"] == nil {
		return nil, fmt.Errorf("this cannot be kept in the configuration: TOML has no null")
	}
	return back["v"], nil
}

// Remove takes the key or table at path away, in the overlay and in the file.
// A later Set begins from nothing.
func (o *Overlay) Remove(path ...string) {
	o.positions = nil
	forget(o.values, path)
	for _, r := range o.removed {
		if len(r) <= len(path) && slices.Equal(r, path[:len(r)]) {
			return // gone with what is around it
		}
	}
	o.removed = append(o.removed, slices.Clone(path))
}

// forget deletes what is at path.
func forget(t map[string]any, path []string) {
	for _, key := range path[:len(path)-1] {
		sub, ok := t[key].(map[string]any)
		if !ok {
			return
		}
		t = sub
	}
	delete(t, path[len(path)-1])
}

// lay puts the overlay over the file's values. A nil Overlay changes nothing.
func (o *Overlay) lay(d *decoded) {
	if o == nil {
		return
	}
	for _, path := range o.removed {
		forget(d.values, path)
	}
	mergeTables(d.values, cloneTable(o.values))
	if o.positions == nil { // changed since it was read: the places are those that it will have
		o.positions = index(OverlayPath(o.of), string(o.encode()))
	}
	d.positions.merge(o.positions)
}

func mergeTables(into, from map[string]any) {
	for key, value := range from {
		was, wasTable := into[key].(map[string]any)
		table, isTable := value.(map[string]any)
		if wasTable && isTable {
			mergeTables(was, table)
			continue
		}
		into[key] = value
	}
}

func (o *Overlay) encode() []byte {
	var text bytes.Buffer
	fmt.Fprintf(&text, overlayHeader, filepath.Base(o.of))
	values := maps.Clone(o.values)
	if len(o.removed) > 0 {
		values[overlayRemoved] = o.removed
	}
	if err := toml.NewEncoder(&text).Encode(values); err != nil {
		panic(fmt.Sprintf("config: Set let a value in that TOML does not have: %v", err))
	}
	return text.Bytes()
}

// Get returns what the file and the overlay together have at path, in TOML's
// types; nil if nothing.
func (o *Overlay) Get(path ...string) any {
	d, ok := decode("", string(o.text), func(int, string, string, string) {})
	if !ok {
		return nil
	}
	o.lay(&d)
	var value any = d.values
	for _, key := range path {
		t, isTable := value.(map[string]any)
		if !isTable {
			return nil
		}
		value = t[key]
	}
	return value
}
