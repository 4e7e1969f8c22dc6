package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/opencontainers/go-digest"
	"oras.land/oras-go/v2/registry"
)

// The beginnings of names of modules that are OCI artifacts.
const (
	schemeRegistry = "oci://"
	schemeLayout   = "oci-layout:"
)

// Artifact is where a module that is an OCI artifact is to be found: in a
// repository of a registry, or in an OCI image layout on disk.
type Artifact struct {
	Registry   string // host, and port if it has one; empty: it is in a layout
	Repository string // within the registry
	Layout     string // directory of the layout; empty: it is in a registry
	Reference  string // tag, or digest of the manifest
}

// IsArtifact reports whether Module names an OCI artifact.
func (p *Plugin) IsArtifact() bool {
	return strings.HasPrefix(p.Module, schemeRegistry) || strings.HasPrefix(p.Module, schemeLayout)
}

// ParseArtifact reads the name of a module that is an OCI artifact:
// oci://HOST/REPOSITORY:TAG, oci-layout:DIRECTORY:TAG, or with @DIGEST in the
// place of the tag. Where there are both, the digest counts.
func ParseArtifact(module string) (Artifact, error) {
	if name, ok := strings.CutPrefix(module, schemeRegistry); ok {
		ref, err := registry.ParseReference(name)
		if err != nil {
			return Artifact{}, err
		}
		if ref.Reference == "" {
			return Artifact{}, errors.New("it has neither tag nor digest")
		}
		return Artifact{Registry: ref.Registry, Repository: ref.Repository, Reference: ref.Reference}, nil
	}
	name, ok := strings.CutPrefix(module, schemeLayout)
	if !ok {
		return Artifact{}, fmt.Errorf("it begins neither with %s nor with %s", schemeRegistry, schemeLayout)
	}
	path, last := "", name
	if i := strings.LastIndexByte(name, '/') + 1; i > 0 {
		path, last = name[:i], name[i:]
	}
	// What is behind the name of the directory is what a registry's reference ends with.
	i := strings.IndexAny(last, ":@")
	if i < 0 || path+last[:i] == "" {
		return Artifact{}, errors.New("it has neither tag nor digest behind its directory")
	}
	ref, err := registry.ParseReference("layout/module" + last[i:])
	if err == nil && ref.Reference == "" {
		err = errors.New("it has neither tag nor digest")
	}
	if err != nil {
		return Artifact{}, err
	}
	return Artifact{Layout: path + last[:i], Reference: ref.Reference}, nil
}

// ByDigest reports whether the name says which content it means: by a tag it
// can be another one tomorrow.
func (a Artifact) ByDigest() bool {
	_, err := digest.Parse(a.Reference)
	return err == nil
}

// String returns the name: [ParseArtifact] reads it.
func (a Artifact) String() string {
	between := ":"
	if a.ByDigest() {
		between = "@"
	}
	if a.Layout != "" {
		return schemeLayout + a.Layout + between + a.Reference
	}
	return schemeRegistry + a.Registry + "/" + a.Repository + between + a.Reference
}

// Origin is Module without what tells an artifact's versions apart, its tag or
// digest. Definitions of one origin are versions of the same plugins.
func (p *Plugin) Origin() string {
	a, err := ParseArtifact(p.Module)
	if err != nil {
		return p.Module
	}
	a.Reference = ""
	return strings.TrimSuffix(a.String(), ":")
}

// artifact checks the name of an artifact and resolves a layout's path. It asks
// no registry: that is for when the module is needed.
func (t *table) artifact(key string, p *Plugin) {
	a, err := ParseArtifact(p.Module)
	if err != nil {
		t.fail(key, fmt.Sprintf("%q names no OCI artifact: %v", p.Module, err),
			`write "oci://registry.example.com/team/mask:1.2", "oci-layout:./directory:1.2", or @sha256:… in the place of the tag`)
		return
	}
	if a.Layout == "" {
		return
	}
	a.Layout = t.r.path(a.Layout)
	p.Module = a.String()
	if _, err := os.Stat(filepath.Join(a.Layout, "oci-layout")); err != nil {
		t.fail(key, "there is no OCI image layout: "+err.Error(),
			"relative paths begin at the configuration file's directory; penstock plugin push makes layouts")
	}
}
