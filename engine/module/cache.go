package module

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hashicorp/go-hclog"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/content/oci"
	"oras.land/oras-go/v2/errdef"

	"github.com/penstock-db/penstock/engine/config"
)

// cache keeps what came from registries under its digest. Whatever is wrong with
// it costs a warning and another download. A nil cache keeps nothing.
type cache struct {
	dir string
	log hclog.Logger
}

// cache returns what keeps the artifact's content: a layout is on disk already.
func (s *Source) cache(a config.Artifact) *cache {
	if s.Cache == "" || a.Layout != "" {
		return nil
	}
	return &cache{filepath.Join(s.Cache, "artifacts"), s.log()}
}

// get returns the content with that digest, or nil if it is not there, is
// larger than most bytes, or is not what it was: then it is taken away.
func (c *cache) get(ctx context.Context, d digest.Digest, most int64) []byte {
	if c == nil || d.Validate() != nil {
		return nil
	}
	file := filepath.Join(c.dir, ocispec.ImageBlobsDir, d.Algorithm().String(), d.Encoded())
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var text []byte
	if err == nil && info.Size() <= most {
		var storage *oci.Storage
		if storage, err = oci.NewStorage(c.dir); err == nil {
			text, err = content.FetchAll(ctx, storage, ocispec.Descriptor{Digest: d, Size: info.Size()})
		}
	}
	if err != nil {
		c.log.Warn("what was kept of a module is damaged: it is fetched anew", "file", file, "error", err)
		os.Remove(file)
		return nil
	}
	return text
}

// put keeps a content that was checked.
func (c *cache) put(ctx context.Context, desc ocispec.Descriptor, text []byte) {
	if c == nil {
		return
	}
	err := os.MkdirAll(c.dir, 0o700)
	if err == nil {
		var storage *oci.Storage
		if storage, err = oci.NewStorage(c.dir); err == nil {
			err = storage.Push(ctx, desc, bytes.NewReader(text))
		}
	}
	if err != nil && !errors.Is(err, errdef.ErrAlreadyExists) {
		c.log.Warn("a module that was downloaded cannot be kept: it will be downloaded again at the next start", "directory", c.dir, "error", err)
	}
}
