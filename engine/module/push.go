package module

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/content/oci"

	"github.com/penstock-db/penstock/engine/config"
)

// epoch is when artifacts say that they were made: the same module makes the
// same artifact, whenever it is pushed.
const epoch = "1970-01-01T00:00:00Z"

// magic is what a core module of WebAssembly begins with.
var magic = []byte("\x00asm\x01\x00\x00\x00")

// Push makes an artifact of a module, puts it where its name says, under a tag,
// and returns the name by its digest. A layout's directory is made if it is not
// there. An [*UnavailableError] says that the registry cannot be asked.
func (s *Source) Push(ctx context.Context, name string, code []byte) (config.Artifact, error) {
	a, err := config.ParseArtifact(name)
	switch {
	case err != nil:
		return a, fmt.Errorf("%q names no OCI artifact: %w", name, err)
	case a.ByDigest():
		return a, fmt.Errorf("%q: the digest is known when the artifact is made: write a tag", name)
	case !bytes.HasPrefix(code, magic):
		return a, errors.New("this is no WebAssembly module: it does not begin as one of version 1 does")
	case len(code) > MaxSize:
		return a, fmt.Errorf("the module has %d bytes, more than the %d that Penstock takes", len(code), MaxSize)
	}
	v := s.visit(ctx, a)
	defer v.end()
	desc, err := v.push(code)
	if err != nil {
		return a, v.explain(err)
	}
	a.Reference = desc.Digest.String()
	return a, nil
}

// push puts the artifact's parts where they belong, and then the tag.
func (v *visit) push(code []byte) (desc ocispec.Descriptor, err error) {
	var to oras.Target
	if v.of.Layout != "" {
		to, err = oci.NewWithContext(v.ctx, v.of.Layout)
	} else {
		to, err = v.repository()
	}
	if err != nil {
		return desc, err
	}
	layer := content.NewDescriptorFromBytes(mediaModule, code)
	// The working group's configuration: see mediaConfig.
	text, err := json.Marshal(map[string]any{"created": epoch, "architecture": "wasm", "os": "wasip1", "layerDigests": []digest.Digest{layer.Digest}})
	if err != nil {
		return desc, err
	}
	conf := content.NewDescriptorFromBytes(mediaConfig, text)
	for _, part := range []struct {
		what string
		desc ocispec.Descriptor
		text []byte
	}{{"the module", layer, code}, {"its configuration", conf, text}} {
		v.await(part.what, part.desc.Size)
		there, err := to.Exists(v.ctx, part.desc)
		if err == nil && !there {
			err = to.Push(v.ctx, part.desc, bytes.NewReader(part.text))
		}
		if err != nil {
			return desc, err
		}
	}
	v.await("the manifest", 0)
	desc, err = oras.PackManifest(v.ctx, to, oras.PackManifestVersion1_1, "", oras.PackManifestOptions{
		ConfigDescriptor: &conf, Layers: []ocispec.Descriptor{layer}, ManifestAnnotations: map[string]string{ocispec.AnnotationCreated: epoch}})
	if err != nil {
		return desc, err
	}
	return desc, to.Tag(v.ctx, desc, v.of.Reference)
}
