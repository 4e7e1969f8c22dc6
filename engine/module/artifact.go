package module

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/content/oci"
	"oras.land/oras-go/v2/errdef"

	"github.com/penstock-db/penstock/engine/config"
)

// MaxSize is the size of the largest module that is taken from an artifact, in
// bytes.
const MaxSize = 128 << 20

// maxManifest is the size of the largest manifest that is read, in bytes.
const maxManifest = 4 << 20

// Media types of an artifact's parts: those of the CNCF's Wasm working group,
// and what was usual for the layer before.
const (
	mediaModule      = "application/wasm"
	mediaModuleOlder = "application/vnd.wasm.content.layer.v1+wasm"
	mediaConfig      = "application/vnd.wasm.config.v0+json"
)

// artifact returns the module of an OCI artifact.
func (s *Source) artifact(ctx context.Context, p *config.Plugin) ([]byte, error) {
	a, err := config.ParseArtifact(p.Module)
	if err != nil {
		return nil, err
	}
	kept := s.cache(a)
	if p.SHA256 != "" {
		if code := kept.get(ctx, digest.NewDigestFromEncoded(digest.SHA256, p.SHA256), MaxSize); code != nil {
			return code, nil
		}
	}
	v := s.visit(ctx, a)
	defer v.end()
	code, err := v.module(kept, p.SHA256)
	return code, v.explain(err)
}

// module looks for the artifact's module among what is kept, and then where the
// artifact is.
func (v *visit) module(kept *cache, pin string) ([]byte, error) {
	from, err := v.open()
	if err != nil {
		return nil, err
	}
	m, err := v.manifest(from, kept)
	if err != nil {
		return nil, err
	}
	layer, err := moduleLayer(m)
	if err != nil {
		return nil, err
	}
	if pin != "" && layer.Digest.Algorithm() == digest.SHA256 && !strings.EqualFold(layer.Digest.Encoded(), pin) {
		return nil, fmt.Errorf("the artifact has another module than the one that sha256 pins: its SHA-256 is %s", layer.Digest.Encoded())
	}
	if code := kept.get(v.ctx, layer.Digest, MaxSize); code != nil {
		return code, nil
	}
	v.await("the module", layer.Size)
	code, err := content.FetchAll(v.ctx, from, layer)
	if err != nil {
		return nil, err
	}
	kept.put(v.ctx, layer, code)
	return code, nil
}

// open returns where the artifact is. It asks nobody yet.
func (v *visit) open() (oras.ReadOnlyTarget, error) {
	if v.of.Layout != "" {
		return oci.NewFromFS(v.ctx, os.DirFS(v.of.Layout))
	}
	return v.repository()
}

// manifest returns the artifact's manifest.
func (v *visit) manifest(from oras.ReadOnlyTarget, kept *cache) ([]byte, error) {
	if v.of.ByDigest() {
		if m := kept.get(v.ctx, digest.Digest(v.of.Reference), maxManifest); m != nil {
			return m, nil
		}
	}
	v.await("the manifest", 0)
	desc, body, err := oras.Fetch(v.ctx, from, v.of.Reference, oras.DefaultFetchOptions)
	if errors.Is(err, errdef.ErrNotFound) {
		return nil, v.notFound(err)
	}
	if err != nil {
		return nil, err
	}
	defer body.Close()
	if v.of.ByDigest() && desc.Digest.String() != v.of.Reference {
		return nil, fmt.Errorf("there is another manifest: its digest is %s", desc.Digest)
	}
	if desc.Size > maxManifest {
		return nil, fmt.Errorf("its manifest has %d bytes, more than %d", desc.Size, maxManifest)
	}
	m, err := content.ReadAll(body, desc)
	if err != nil {
		return nil, err
	}
	kept.put(v.ctx, desc, m)
	return m, nil
}

func (v *visit) notFound(err error) error {
	if v.of.ByDigest() {
		return fmt.Errorf("there is no such manifest: %w", err)
	}
	return fmt.Errorf("there is no such tag: %w", err)
}

// moduleLayer finds the one layer that is a module.
func moduleLayer(text []byte) (layer ocispec.Descriptor, err error) {
	var m struct {
		Layers    []ocispec.Descriptor `json:"layers"`
		Manifests []ocispec.Descriptor `json:"manifests"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return layer, fmt.Errorf("its manifest makes no sense: %w", err)
	}
	if m.Manifests != nil {
		return layer, fmt.Errorf("it is an index of several artifacts: name one by its digest: %s", list(m.Manifests, func(d ocispec.Descriptor) string { return d.Digest.String() }))
	}
	modules := slices.DeleteFunc(slices.Clone(m.Layers), func(d ocispec.Descriptor) bool {
		return d.MediaType != mediaModule && d.MediaType != mediaModuleOlder
	})
	if len(modules) != 1 {
		return layer, fmt.Errorf("it has to have one layer of type %s (or %s), and has %d: its layers are %s", mediaModule, mediaModuleOlder,
			len(modules), list(m.Layers, func(d ocispec.Descriptor) string { return d.MediaType }))
	}
	layer = modules[0]
	if err := layer.Digest.Validate(); err != nil {
		return layer, fmt.Errorf("the digest of its layer, %q: %w", layer.Digest, err)
	}
	if layer.Size <= 0 || layer.Size > MaxSize {
		return layer, fmt.Errorf("its module has %d bytes: it has to have some, and no more than %d", layer.Size, MaxSize)
	}
	return layer, nil
}

// list names what there is, and not without end.
func list(of []ocispec.Descriptor, name func(ocispec.Descriptor) string) string {
	const enough = 10
	var names []string
	for i, d := range of {
		if i == enough {
			names = append(names, "…")
			break
		}
		names = append(names, name(d))
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, ", ")
}
