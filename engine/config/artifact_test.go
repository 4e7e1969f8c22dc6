package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const someDigest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestParseArtifact(t *testing.T) {
	for _, c := range []struct {
		name string
		want Artifact
		why  string // what the error says
	}{
		{name: "oci://registry.example.com/team/mask:1.2", want: Artifact{Registry: "registry.example.com", Repository: "team/mask", Reference: "1.2"}},
		{name: "oci://localhost:5000/mask@" + someDigest, want: Artifact{Registry: "localhost:5000", Repository: "mask", Reference: someDigest}},
		{name: "oci://[::1]:5000/mask:1.2@" + someDigest, want: Artifact{Registry: "[::1]:5000", Repository: "mask", Reference: someDigest}},
		{name: "oci-layout:./dir:1.2", want: Artifact{Layout: "./dir", Reference: "1.2"}},
		{name: "oci-layout:dir@" + someDigest, want: Artifact{Layout: "dir", Reference: someDigest}},
		{name: "oci-layout:/a:b/dir:1.2@" + someDigest, want: Artifact{Layout: "/a:b/dir", Reference: someDigest}},
		{name: "oci://user:secret@registry.example.com/mask:1.2", why: "invalid"},
		{name: "oci://registry.example.com/mask", why: "neither tag nor digest"},
		{name: "oci://registry.example.com/mask:", why: "neither tag nor digest"},
		{name: "oci://mask:1.2", why: "missing registry or repository"},
		{name: "oci://registry.example.com/mask@sha256:abc", why: "invalid"},
		{name: "oci-layout:dir", why: "neither tag nor digest"},
		{name: "oci-layout::1.2", why: "neither tag nor digest"},
		{name: "oci-layout:dir:a:b", why: "invalid"},
		{name: "oci-layout:dir@", why: "neither tag nor digest"},
		{name: "oci-layout:dir@1.2", why: "invalid"},
		{name: "my.wasm", why: "begins neither with"},
	} {
		got, err := ParseArtifact(c.name)
		if got != c.want || (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
		if err == nil && got.ByDigest() != strings.Contains(c.name, someDigest) {
			t.Errorf("%s: ByDigest %v", c.name, got.ByDigest())
		}
	}
}

func TestArtifactsInAConfiguration(t *testing.T) {
	dir := t.TempDir()
	layout := filepath.Join(dir, "artifacts")
	if err := os.Mkdir(layout, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(layout, "oci-layout"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := LoadBytes(filepath.Join(dir, "test.toml"), []byte(strings.Replace(minimal, `"readconnroute"`, `"oci://registry.example.com/team/router:1.2"`, 1)+`
[filters.a]
module = "oci-layout:./artifacts:1.2"
plugin = "mask"
sha256 = "`+someDigest[7:]+`"
`))
	if err != nil {
		t.Fatal(err)
	}
	a, r := &c.Filters["a"].Plugin, &c.Services["app"].Router
	if a.Module != "oci-layout:"+layout+":1.2" || !a.IsArtifact() || a.IsFile() || a.IsBuiltIn() || a.Plugin != "mask" {
		t.Errorf("%+v", a)
	}
	if r.Module != "oci://registry.example.com/team/router:1.2" || !r.IsArtifact() || r.IsFile() || r.IsBuiltIn() {
		t.Errorf("%+v", r)
	}
}

func TestOrigin(t *testing.T) {
	for module, want := range map[string]string{
		"regexfilter": "regexfilter", "/a/my.wasm": "/a/my.wasm",
		"oci://localhost:5000/team/mask:1.2":           "oci://localhost:5000/team/mask",
		"oci://localhost:5000/team/mask@" + someDigest: "oci://localhost:5000/team/mask",
		"oci-layout:/a/dir:1.2":                        "oci-layout:/a/dir",
		"oci-layout:/a/dir:1.2@" + someDigest:          "oci-layout:/a/dir",
	} {
		if got := (&Plugin{Module: module}).Origin(); got != want {
			t.Errorf("%s is from %s", module, got)
		}
	}
}

// FuzzParseArtifact checks that a name that is taken means the same when it is
// written again.
func FuzzParseArtifact(f *testing.F) {
	for _, name := range []string{"oci://registry.example.com/team/mask:1.2", "oci://localhost:5000/mask@" + someDigest,
		"oci-layout:./dir:1.2", "oci-layout:/a:b/dir@" + someDigest, "oci-layout::", "oci://a/b:c@d"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		a, err := ParseArtifact(name)
		if err != nil {
			return
		}
		if again, err := ParseArtifact(a.String()); again != a || err != nil {
			t.Fatalf("%q is %+v, written again %q, which is %+v, %v", name, a, a.String(), again, err)
		}
		if (a.Layout == "") == (a.Registry == "") || a.Reference == "" {
			t.Fatalf("%q is %+v", name, a)
		}
	})
}
