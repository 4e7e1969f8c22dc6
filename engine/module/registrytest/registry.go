package registrytest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Registry is a registry with one repository.
type Registry struct {
	Host string // host and port

	mu        sync.Mutex
	blobs     map[digest.Digest][]byte
	manifests map[digest.Digest][]byte
	tags      map[string]digest.Digest
	answer    func(http.ResponseWriter, *http.Request) bool
	requests  []string
}

// repository is the name of every registry's repository.
const repository = "team/mask"

// New starts a registry, which ends with the test.
func New(t testing.TB) *Registry {
	r := &Registry{blobs: map[digest.Digest][]byte{}, manifests: map[digest.Digest][]byte{}, tags: map[string]digest.Digest{}}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	r.Host = strings.TrimPrefix(s.URL, "http://")
	return r
}

// Name is what the configuration calls the artifact with that tag, or with @ and
// a digest.
func (r *Registry) Name(reference string) string {
	if !strings.HasPrefix(reference, "@") {
		reference = ":" + reference
	}
	return "oci://" + r.Host + "/" + repository + reference
}

// Answer has f answer requests from now on; those for which it returns false are
// answered as always. nil: all are.
func (r *Registry) Answer(f func(http.ResponseWriter, *http.Request) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

// Away has the registry answer that it cannot.
func (r *Registry) Away() {
	r.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
}

// Requests returns the requests since it was last called: method and path.
func (r *Registry) Requests() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.requests
	r.requests = nil
	return got
}

// AddBlob puts a blob there, under any digest.
func (r *Registry) AddBlob(d digest.Digest, content []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blobs[d] = content
}

// Tag puts a manifest there under a tag, and returns its digest.
func (r *Registry) Tag(tag string, manifest []byte) digest.Digest {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := digest.FromBytes(manifest)
	r.manifests[d], r.tags[tag] = manifest, d
	return d
}

// ServeHTTP implements [http.Handler].
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	r.requests = append(r.requests, req.Method+" "+req.URL.Path)
	answer := r.answer
	r.mu.Unlock()
	if answer != nil && answer(w, req) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	rest, ok := strings.CutPrefix(req.URL.Path, "/v2/"+repository+"/")
	what, name, _ := strings.Cut(rest, "/")
	body, _ := io.ReadAll(req.Body)
	switch {
	case ok && what == "manifests" && req.Method == http.MethodPut:
		d := digest.FromBytes(body)
		r.manifests[d] = body
		if d.String() != name {
			r.tags[name] = d
		}
		created(w, req.URL.Path, d)
	case ok && what == "manifests":
		d, tagged := r.tags[name]
		if !tagged {
			d = digest.Digest(name)
		}
		send(w, req, ocispec.MediaTypeImageManifest, d, r.manifests)
	case ok && name == "uploads/" && req.Method == http.MethodPost:
		w.Header().Set("Location", "/v2/"+repository+"/blobs/uploads/1")
		w.WriteHeader(http.StatusAccepted)
	case ok && name == "uploads/1" && req.Method == http.MethodPut:
		d := digest.Digest(req.URL.Query().Get("digest"))
		r.blobs[d] = body
		created(w, "/v2/"+repository+"/blobs/"+d.String(), d)
	case ok && what == "blobs":
		send(w, req, "application/octet-stream", digest.Digest(name), r.blobs)
	default:
		http.NotFound(w, req)
	}
}

func created(w http.ResponseWriter, path string, d digest.Digest) {
	w.Header().Set("Location", path)
	w.Header().Set("Docker-Content-Digest", d.String())
	w.WriteHeader(http.StatusCreated)
}

func send(w http.ResponseWriter, req *http.Request, mediaType string, d digest.Digest, from map[digest.Digest][]byte) {
	content, ok := from[d]
	if !ok {
		http.NotFound(w, req)
		return
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Docker-Content-Digest", d.String())
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	if req.Method == http.MethodGet {
		w.Write(content)
	}
}
