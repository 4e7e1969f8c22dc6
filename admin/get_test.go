package admin

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestGolden(t *testing.T) {
	api := newTestAPI(t, newFake(busySession(), quietSession()))
	for _, path := range []string{
		"sessions", "sessions/1", "sessions/22", "sessions/1/relationships/services", "sessions/1/relationships/filters",
		"services", "services/app", "servers", "servers/replica", "filters", "filters/log", "listeners", "listeners/app-unix",
		"monitors", "monitors/watch", "services/app/relationships/servers",
	} {
		w := call(t, api, "GET", "/v1/"+path+"?pretty=true", "")
		if w.Code != http.StatusOK {
			t.Errorf("%s: status %d: %s", path, w.Code, w.Body)
			continue
		}
		if strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("%s shows a password", path)
		}
		golden(t, strings.ReplaceAll(path, "/", "_")+".json", w.Body.Bytes())
	}
}

func TestNoSessionsIsAnEmptyList(t *testing.T) {
	w := call(t, newTestAPI(t, newFake()), "GET", "/v1/sessions", "")
	if got, want := w.Body.String(), `{"data":[],"links":{"self":"http://localhost:8989/v1/sessions/"}}`+"\n"; got != want {
		t.Errorf("got %s", got)
	}
}

// TestEveryPrintedLinkCanBeFetched walks the whole API by its own links.
func TestEveryPrintedLinkCanBeFetched(t *testing.T) {
	api := newTestAPI(t, newFake(busySession(), quietSession()))
	seen := map[string]bool{}
	queue := []string{"http://localhost:8989/v1/"}
	for len(queue) > 0 {
		link := queue[0]
		queue = queue[1:]
		path, ok := strings.CutPrefix(link, "http://localhost:8989")
		if !ok {
			t.Fatalf("the link %s leads elsewhere", link)
		}
		w := call(t, api, "GET", path, "")
		if w.Code != http.StatusOK {
			t.Errorf("%s: status %d", link, w.Code)
			continue
		}
		if !strings.HasPrefix(w.Header().Get("Content-Type"), typeJSON) {
			continue
		}
		var doc any
		if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
			t.Fatalf("%s: %v", link, err)
		}
		for _, next := range linksIn(doc) {
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	for _, want := range []string{"services/app/", "sessions/1/relationships/filters/", "servers/spare/", "listeners/app-tcp/", "monitors/watch/", "filters/log/",
		"sessions/22/", "maxscale/threads/0/", "maxscale/modules/my.wasm:log/", "maxscale/modules/regexfilter/relationships/filters/", "modules/mariadb/", "maxscale/logs/entries/"} {
		if !seen["http://localhost:8989/v1/"+want] {
			t.Errorf("no link leads to %s", want)
		}
	}
}

// linksIn collects the values of every links object.
func linksIn(v any) []string {
	var found []string
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			members, isObject := value.(map[string]any)
			if name != "links" || !isObject {
				found = append(found, linksIn(value)...)
				continue
			}
			for _, link := range members {
				if link, ok := link.(string); ok && strings.HasPrefix(link, "http") { // the OpenAPI document describes links
					found = append(found, link)
				}
			}
		}
	case []any:
		for _, value := range v {
			found = append(found, linksIn(value)...)
		}
	}
	slices.Sort(found)
	return found
}

func TestSpellingsOfPathsAndParameters(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()))
	plain := call(t, api, "GET", "/v1/sessions/1", "").Body.String()
	for _, target := range []string{"/v1/sessions/1/", "/v1/sessions/1//", "/v1/sessions/1?sync=false", "/v1/sessions/1/?pretty=false&rdns=false"} {
		if w := call(t, api, "GET", target, ""); w.Code != http.StatusOK || w.Body.String() != plain {
			t.Errorf("%s: status %d", target, w.Code)
		}
	}
	for _, target := range []string{"/v1/sessions/1?pretty", "/v1/sessions/1?pretty=true"} {
		if w := call(t, api, "GET", target, ""); !strings.Contains(w.Body.String(), "\n    \"data\": {\n") {
			t.Errorf("%s is not indented", target)
		}
	}
	head := call(t, api, "HEAD", "/v1/sessions/1", "")
	if head.Code != http.StatusOK || head.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: status %d, %v", head.Code, head.Header())
	}
}

func TestMediaTypes(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()))
	for _, c := range []struct {
		accept, want string
		status       int
	}{
		{"", typeJSON, 200},
		{"application/json, text/plain, */*", typeJSON, 200},
		{"*/*", typeJSON, 200},
		{"application/*;q=0.3", typeJSON, 200},
		{"application/vnd.api+json", typeJSONAPI, 200},
		{"text/html, application/vnd.api+json;q=0.9", typeJSONAPI, 200},
		{"application/vnd.api+json;q=0, application/json", typeJSON, 200},
		{"text/html", typeJSON, 406},
		{"application/json;q=0", typeJSON, 406},
		{"application/json;q=x", typeJSON, 406},
		{"nonsense;;;", typeJSON, 406},
	} {
		w := call(t, api, "GET", "/v1/sessions", "", "Accept", c.accept)
		if w.Code != c.status || w.Header().Get("Content-Type") != c.want {
			t.Errorf("Accept %q: %d %s, want %d %s", c.accept, w.Code, w.Header().Get("Content-Type"), c.status, c.want)
		}
	}
}
