package module

import (
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// FuzzModuleLayer checks that whatever a manifest says, what is taken of it is
// one layer of a size and with a digest that can be fetched.
func FuzzModuleLayer(f *testing.F) {
	for _, text := range []string{
		`{"layers": [{"mediaType": "application/wasm", "digest": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "size": 8}]}`,
		`{"layers": [{"mediaType": "application/vnd.wasm.content.layer.v1+wasm", "digest": "sha256:e3", "size": 8}, {"size": -1}]}`,
		`{"manifests": [{"digest": "sha256:e3"}], "layers": null}`, `{"layers": {}}`, `[]`, `{"manifests": []}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		layer, err := moduleLayer(text)
		if err != nil {
			return
		}
		if layer.Size <= 0 || layer.Size > MaxSize || layer.Digest.Validate() != nil || layer.MediaType != mediaModule && layer.MediaType != mediaModuleOlder {
			t.Fatalf("%s is taken: %+v", text, ocispec.Descriptor(layer))
		}
	})
}
