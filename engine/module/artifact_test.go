package module

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/penstock-db/penstock/engine/module/registrytest"
)

func push(t *testing.T, s *Source, name string, code []byte) string {
	t.Helper()
	a, err := s.Push(t.Context(), name, code)
	if err != nil {
		t.Fatal(err)
	}
	return a.String()
}

func TestLayout(t *testing.T) {
	s, _ := source(t)
	dir := filepath.Join(t.TempDir(), "layout")
	one, two := wasm("one"), wasm("two")
	first := push(t, s, "oci-layout:"+dir+":1", one)
	push(t, s, "oci-layout:"+dir+":2", two)
	wants(t, s, "oci-layout:"+dir+":1", "", one)
	wants(t, s, "oci-layout:"+dir+":2", sum(two), two)
	fails(t, s, "oci-layout:"+dir+":2", sum(one), "sha256 pins", sum(two))
	fails(t, s, "oci-layout:"+dir+":3", "", "there is no such tag", ":3")
	fails(t, s, "oci-layout:"+dir+"@sha256:"+sum(one[1:]), "", "there is no such manifest")
	fails(t, s, "oci-layout:"+dir+"x:1", "", "oci-layout", "no such file")

	// A tag moves, what a digest names stays.
	if again := push(t, s, "oci-layout:"+dir+":2", one); again != first {
		t.Errorf("the same module makes %s and %s", first, again)
	}
	wants(t, s, "oci-layout:"+dir+":2", "", one)
	wants(t, s, first, "", one)
	if _, err := os.Stat(s.Cache); err == nil {
		t.Error("what is on disk already is kept a second time")
	}

	blob := filepath.Join(dir, "blobs", "sha256", sum(one))
	if err := os.Chmod(blob, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(blob, wasm("onE"), 0o600); err != nil {
		t.Fatal(err)
	}
	fails(t, s, first, "", "mismatched digest")
	if err := os.Remove(blob); err != nil {
		t.Fatal(err)
	}
	fails(t, s, first, "", "not found")
}

func TestRegistry(t *testing.T) {
	s, _ := source(t)
	r := registrytest.New(t)
	one, two := wasm("one"), wasm("two")
	first := push(t, s, r.Name("1"), one)
	if !strings.HasPrefix(first, r.Name("@sha256:")) {
		t.Errorf("it was pushed as %s", first)
	}
	wants(t, s, r.Name("1"), "", one)
	wants(t, s, first, "", one)
	push(t, s, r.Name("1"), two)
	wants(t, s, r.Name("1"), "", two)
	wants(t, s, r.Name("1"), sum(two), two)
	fails(t, s, r.Name("2"), "", "there is no such tag")

	// What a name says is had again without the registry; a tag says nothing.
	r.Requests()
	r.Away()
	wants(t, s, first, "", one)
	wants(t, s, r.Name("1"), sum(two), two)
	wants(t, s, r.Name("1"), sum(one), one)
	if asked := r.Requests(); asked != nil {
		t.Errorf("the registry was asked: %v", asked)
	}
	var away *UnavailableError
	if err := fails(t, s, r.Name("1"), "", r.Host+" cannot be asked", "503"); !errors.As(err, &away) {
		t.Errorf("%T", err)
	}
	s.Cache = ""
	if err := fails(t, s, first, "", "cannot be asked"); !errors.As(err, &away) {
		t.Errorf("%T", err)
	}
}

// What is known is not downloaded again.
func TestATagIsLookedUpAndNoMore(t *testing.T) {
	s, _ := source(t)
	r := registrytest.New(t)
	push(t, s, r.Name("1"), wasm("one"))
	wants(t, s, r.Name("1"), "", wasm("one"))
	r.Requests()
	wants(t, s, r.Name("1"), "", wasm("one"))
	if got := r.Requests(); len(got) != 1 || got[0] != "GET /v2/team/mask/manifests/1" {
		t.Error(got)
	}
}

func TestDamagedCache(t *testing.T) {
	s, log := source(t)
	r := registrytest.New(t)
	code := wasm("one")
	first := push(t, s, r.Name("1"), code)
	wants(t, s, first, "", code)
	kept, err := filepath.Glob(filepath.Join(s.Cache, "artifacts", "blobs", "sha256", "*"))
	if err != nil || len(kept) != 2 {
		t.Fatal(kept, err)
	}
	for _, file := range kept {
		for _, damage := range [][]byte{nil, []byte("x"), wasm("onE")} {
			if err := os.Chmod(file, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, damage, 0o600); err != nil {
				t.Fatal(err)
			}
			log.Reset()
			wants(t, s, first, "", code)
			if !strings.Contains(log.String(), "damaged") {
				t.Errorf("%s is %q, and nothing is said: %s", file, damage, log)
			}
		}
	}
	r.Away()
	wants(t, s, first, "", code) // it was mended
	if err := os.WriteFile(kept[0], []byte("x"), 0o600); err != nil && !errors.Is(err, os.ErrPermission) {
		t.Fatal(err)
	}
	fails(t, s, first, "", "cannot be asked")

	r.Answer(nil)
	if s.Cache = filepath.Join(t.TempDir(), "file"); os.WriteFile(s.Cache, nil, 0o600) != nil {
		t.Fatal(err)
	}
	log.Reset()
	wants(t, s, first, "", code)
	if !strings.Contains(log.String(), "cannot be kept") {
		t.Errorf("nothing is said: %s", log)
	}
}

// TestStrangeArtifacts has artifacts that no module can be taken from.
func TestStrangeArtifacts(t *testing.T) {
	s, _ := source(t)
	r := registrytest.New(t)
	code := wasm("one")
	right := digest.FromBytes(code)
	r.AddBlob(right, code)
	wrong := digest.FromString("something else")
	r.AddBlob(wrong, code)
	layer := func(mediaType string, d digest.Digest, size int) map[string]any {
		return map[string]any{"mediaType": mediaType, "digest": d, "size": size}
	}
	good := layer(mediaModule, right, len(code))
	for name, c := range map[string]struct {
		layers []map[string]any
		why    string // empty: it works
	}{
		"good":         {[]map[string]any{good}, ""},
		"older":        {[]map[string]any{layer(mediaModuleOlder, right, len(code))}, ""},
		"more":         {[]map[string]any{layer("text/markdown", wrong, 3), good}, ""},
		"none":         {nil, "has 0: its layers are none"},
		"image":        {[]map[string]any{layer("application/vnd.oci.image.layer.v1.tar+gzip", right, len(code))}, "has 0: its layers are application/vnd.oci.image.layer.v1.tar+gzip"},
		"several":      {[]map[string]any{good, good}, "has 2: its layers are application/wasm, application/wasm"},
		"large":        {[]map[string]any{layer(mediaModule, right, MaxSize+1)}, fmt.Sprintf("has %d bytes", MaxSize+1)},
		"empty":        {[]map[string]any{layer(mediaModule, right, 0)}, "has 0 bytes"},
		"negative":     {[]map[string]any{layer(mediaModule, right, -1)}, "has -1 bytes"},
		"wrong-digest": {[]map[string]any{layer(mediaModule, wrong, len(code))}, "mismatched digest"},
		"no-digest":    {[]map[string]any{layer(mediaModule, "sha256:../../x", len(code))}, "invalid checksum digest"},
		"wrong-size":   {[]map[string]any{layer(mediaModule, right, len(code)-1)}, "mismatch Content-Length"},
		"missing":      {[]map[string]any{layer(mediaModule, digest.FromString("missing"), 3)}, "not found"},
	} {
		text, err := json.Marshal(map[string]any{"schemaVersion": 2, "layers": c.layers})
		if err != nil {
			t.Fatal(err)
		}
		r.Tag(name, text)
		r.Requests()
		s.Cache = t.TempDir()
		if c.why == "" {
			wants(t, s, r.Name(name), "", code)
			continue
		}
		fails(t, s, r.Name(name), "", name, c.why)
		if name == "large" && len(r.Requests()) != 1 {
			t.Error("something that is too large is downloaded")
		}
	}
	r.Tag("index", []byte(`{"manifests": [{"digest": "sha256:aa"}, {"digest": "sha256:bb"}]}`))
	fails(t, s, r.Name("index"), "", "index of several artifacts", "sha256:aa, sha256:bb")
	r.Tag("garbage", []byte(`{"layers": 1}`))
	fails(t, s, r.Name("garbage"), "", "its manifest makes no sense")
	r.Tag("endless", append([]byte(`{"layers": []}`), make([]byte, maxManifest)...))
	fails(t, s, r.Name("endless"), "", "its manifest has", "more than")
	fails(t, s, "oci://"+r.Host+"/team/mask", "", "neither tag nor digest")
}

func TestPushRefuses(t *testing.T) {
	s, _ := source(t)
	r := registrytest.New(t)
	for _, c := range []struct {
		name string
		code []byte
		why  string
	}{
		{"my.wasm", wasm("one"), "names no OCI artifact"},
		{r.Name("@sha256:" + sum(nil)), wasm("one"), "write a tag"},
		{r.Name("1"), []byte("\x00asm\x0d\x00\x01\x00"), "no WebAssembly module"},
		{r.Name("1"), append(wasm("one"), make([]byte, MaxSize)...), "more than"},
	} {
		if _, err := s.Push(t.Context(), c.name, c.code); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	r.Answer(func(w http.ResponseWriter, q *http.Request) bool {
		w.WriteHeader(http.StatusForbidden)
		return true
	})
	var away *UnavailableError
	if _, err := s.Push(t.Context(), r.Name("1"), wasm("one")); err == nil || errors.As(err, &away) || !strings.Contains(err.Error(), "403") {
		t.Error(err)
	}
}
