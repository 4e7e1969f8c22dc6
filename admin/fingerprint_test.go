package admin

import (
	"net/http"
	"strings"
	"testing"
)

// TestDefinitionsOfWhatIsNotPrinted changes what no document shows: somebody who
// has read before must not overwrite it unknowingly.
func TestDefinitionsOfWhatIsNotPrinted(t *testing.T) {
	api := deskAPI(t, newDesk(t))
	for _, c := range []struct{ method, path, change, body string }{
		{"PATCH", "/v1/services/app", "", `{"data":{"attributes":{"parameters":{"password":"another"}}}}`},
		{"PATCH", "/v1/monitors/watch", "", `{"data":{"attributes":{"parameters":{"password":"another"}}}}`},
		{"PATCH", "/v1/listeners/app", "", `{"data":{"attributes":{"parameters":{"proxy_networks":["10.0.0.0/8","fd00::/8"]}}}}`},
		{"PATCH", "/v1/filters/hide", "", `{"data":{"attributes":{"parameters":{"options":{"api_token":"another"}}}}}`},
		{"PUT", "/v1/servers/primary", "/set?state=drain", ""},
	} {
		tag := func() string { return call(t, api, "GET", c.path, "").Header().Get("ETag") }
		definition := func() string { d, _, _ := strings.Cut(tag(), "-"); return d }
		before := tag()
		if again := definition(); !strings.HasPrefix(before, again) {
			t.Errorf("%s: the definition of what nobody has changed was %s and is %s", c.path, before, again)
		}
		if w := call(t, api, c.method, c.path+c.change, c.body, "If-Match", before); w.Code != http.StatusNoContent {
			t.Errorf("%s: status %d: %s", c.path, w.Code, w.Body)
		}
		if strings.HasPrefix(before, definition()) {
			t.Errorf("%s: %s still defines it", c.path, before)
		}
		if w := call(t, api, c.method, c.path+c.change, c.body, "If-Match", before); w.Code != http.StatusPreconditionFailed {
			t.Errorf("%s: a change of what was read before: status %d", c.path, w.Code)
		}
	}
}

// TestFingerprint: what is written one after the other must not run together.
func TestFingerprint(t *testing.T) {
	seen := map[string]any{}
	for _, section := range []any{[]string{"a", "b"}, []string{"ab"}, []string{"a,", "b"}, [][]string{{"a"}, {"b"}}, [][]string{{"a", "b"}}, []string{}, (*string)(nil), []int{1, 23}, []int{12, 3}} {
		print := string(fingerprint(section))
		if other, there := seen[print]; there {
			t.Errorf("%v and %v are the same", section, other)
		}
		seen[print] = section
	}
	if fingerprint(nil) != nil {
		t.Error("nothing has a fingerprint")
	}
}
