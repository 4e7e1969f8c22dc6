package admin

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOptionFilesAreNotShown has the text of a file be an option: a GET shows its path, and what it
// shows can be sent back.
func TestOptionFilesAreNotShown(t *testing.T) {
	d := newDesk(t)
	script := filepath.Join(filepath.Dir(d.file), "s.lua")
	if err := os.WriteFile(script, []byte("-- first\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	api := deskAPI(t, d)
	patch := func(body string) {
		t.Helper()
		if w := call(t, api, "PATCH", "/v1/filters/log", body); w.Code != http.StatusNoContent {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
	}
	patch(params(`{"files":{"script":"s.lua"},"options":{"word":"x"}}`))
	w := call(t, api, "GET", "/v1/filters/log", "")
	if body := w.Body.String(); !strings.Contains(body, `"script":"`+script+`"`) || strings.Contains(body, "first") {
		t.Errorf("%s", body)
	}
	if got := string(d.config().Filters["log"].Options); !strings.Contains(got, `"script":"-- first\n"`) {
		t.Errorf("the plugin gets %s", got)
	}
	if err := os.WriteFile(script, []byte("-- second\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	patch(w.Body.String())
	if got := string(d.config().Filters["log"].Options); !strings.Contains(got, `"script":"-- second\n"`) || !strings.Contains(got, `"word":"x"`) {
		t.Errorf("the plugin gets %s", got)
	}
}
