package ctl

import (
	"encoding/json"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
)

// What is read looks as it should: tables, details, documents, names.
func TestReading(t *testing.T) {
	f := newFake(t)
	for name, args := range map[string]string{
		"sessions":             "sessions",
		"sessions_filter":      "sessions --service app --filter hide --server replica --idle 100ms",
		"sessions_user":        "sessions --client-user maxuser -o name",
		"sessions_none":        "sessions --service other",
		"sessions_json":        "sessions -o json",
		"sessions_none_json":   "sessions --service other -o json",
		"session_show":         "session show 1",
		"session_show_json":    "session show 1 -o json",
		"session_show_name":    "session show 1 -o name",
		"session_filters_show": "session filters show 1",
		"session_log":          "session log 1",
		"services":             "services",
		"services_name":        "services -o name",
		"service_show":         "service show app",
		"service_filters_show": "service filters show app",
		"servers":              "servers",
		"server_show":          "server show replica",
		"filters":              "filters",
		"filter_show":          "filter show log",
		"listeners":            "listeners",
		"monitors":             "monitors",
		"monitor_show":         "monitor show watch",
		"modules":              "modules",
		"module_show":          "module show hide",
		"threads":              "threads",
		"users":                "users",
		"status":               "status",
		"logs":                 "logs --level error,info",
		"watch":                "watch --count 1 --sort id",
	} {
		t.Run(name, func(t *testing.T) {
			r := f.penstock(t, "", strings.Fields(args)...)
			if r.code != 0 {
				t.Fatalf("exit code %d: %s", r.code, r.stderr)
			}
			text := r.stdout + r.stderr
			if strings.ContainsAny(text, "\x1b\u009b\u202e") {
				t.Errorf("control characters of a client came through: %q", text)
			}
			// The address and the time are others in every run.
			text = strings.ReplaceAll(text, f.url, "http://127.0.0.1:8989")
			if name == "watch" {
				_, rest, _ := strings.Cut(text, "\n")
				text = rest
			}
			golden(t, name+".txt", text)
		})
	}
	if changes := f.changes(); len(changes) > 0 {
		t.Errorf("reading changed something: %q", changes)
	}
}

// -o json means what the API said.
func TestJSONIsTheDocument(t *testing.T) {
	f := newFake(t)
	for file, args := range map[string][]string{
		"sessions":   {"sessions", "-o", "json"},
		"sessions_1": {"session", "show", "1", "-o", "json"},
		"servers":    {"servers", "-o", "json"},
	} {
		text, err := os.ReadFile("testdata/api/" + file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var want, got map[string]any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(f.penstock(t, "", args...).stdout), &got); err != nil {
			t.Errorf("%q: %v", args, err)
		}
		if !reflect.DeepEqual(got["data"], want["data"]) {
			t.Errorf("%q differs from what the API said:\n%v\nwant\n%v", args, got["data"], want["data"])
		}
	}
}

// Half a list is no list.
func TestBrokenList(t *testing.T) {
	f := newFake(t)
	f.refuse["GET /v1/sessions"] = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("page[number]") != "" {
			problem(w, http.StatusInternalServerError, "a fault")
			return
		}
		_, _ = w.Write([]byte(`{"data":[{"id":"1","attributes":{}}],"links":{"next":"/v1/sessions?page[number]=1"}}`))
	}
	for _, args := range []string{"sessions", "sessions -o json", "sessions -o name"} {
		r := f.penstock(t, "", strings.Fields(args)...)
		if r.code != exitFailed || !strings.Contains(r.stderr, "a fault") {
			t.Errorf("%s: exit code %d, %s", args, r.code, r.stderr)
		}
		if json.Valid([]byte(r.stdout)) && strings.Contains(args, "json") {
			t.Errorf("%s: half a list is a document: %s", args, r.stdout)
		}
	}
}

// A list asks for no more than it shows.
func TestListsAskForLittle(t *testing.T) {
	f := newFake(t)
	f.penstock(t, "", "sessions")
	f.penstock(t, "", "sessions", "-o", "json")
	if len(f.asked) != 2 || !strings.Contains(f.asked[0], "fields[sessions]="+listFields) || strings.Contains(f.asked[1], "fields") {
		t.Errorf("asked %q", f.asked)
	}
}
