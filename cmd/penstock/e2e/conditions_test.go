package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// curlWith runs curl with arguments of its own and returns status, headers by
// their names in small letters, and body.
func curlWith(t *testing.T, p *rig.Proxy, path string, args ...string) (status string, header map[string]string, body string) {
	t.Helper()
	out, err := exec.Command("curl", append([]string{"-sS", "-i", "-g", "-u", rig.Admin, p.API.Base() + path}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("curl %s: %v\n%s", path, err, out)
	}
	head, body, _ := strings.Cut(string(out), "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	header = map[string]string{}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		header[strings.ToLower(name)] = value
	}
	return strings.Fields(lines[0])[1], header, body
}

// TestConditions: two administrators read a session, whose client works on
// meanwhile, and both change it; the second is told that it has been changed.
func TestConditions(t *testing.T) {
	c := connect(t, proxy.Addr(one), rig.Login{})
	path := fmt.Sprintf("/v1/sessions/%d", c.ConnectionID)
	json := []string{"-H", "Content-Type: application/json"}
	change := func(filter string, more ...string) (string, map[string]string, string) {
		return curlWith(t, proxy, path, append(append(json, "-X", "PATCH", "-d", `{"data":{"relationships":{"filters":{"data":[{"id":"`+filter+`"}]}}}}`), more...)...)
	}
	status, header, _ := curlWith(t, proxy, path)
	tag, date := header["etag"], header["last-modified"]
	if status != "200" || tag == "" || date == "" || header["cache-control"] != "no-cache" {
		t.Fatalf("status %s, %v", status, header)
	}
	must(t, c.Exec("SET @a = 1"))
	must(t, c.Exec("USE test"))
	if status, header, _ := curlWith(t, proxy, path, "-H", "If-None-Match: "+tag); status != "200" || header["etag"] == tag {
		t.Errorf("a session that worked: status %s, %v", status, header)
	}
	if status, header, body := curlWith(t, proxy, path, "-H", "If-Modified-Since: "+date); status != "304" || body != "" || header["etag"] == "" {
		t.Errorf("by the date of its definition: status %s, %v, %s", status, header, body)
	}
	if status, _, body := change("hide", "-H", "If-Match: "+tag); status != "204" {
		t.Fatalf("If-Match of a session that worked: status %s: %s", status, body)
	}
	for _, header := range []string{"If-Match: " + tag, "If-Unmodified-Since: " + date, "If-None-Match: *"} {
		if status, _, body := change("other", "-H", header); status != "412" || !strings.Contains(body, `"header":"`+header[:strings.IndexByte(header, ':')]+`"`) {
			t.Errorf("%s: status %s: %s", header, status, body)
		}
	}
	for _, args := range [][]string{{"-X", "DELETE"}, {"-X", "POST", "-H", "X-HTTP-Method-Override: DELETE"}} {
		if status, _, _ := curlWith(t, proxy, path, append(args, "-H", "If-Match: "+tag)...); status != "412" {
			t.Errorf("%v: status %s", args, status)
		}
	}
	if status, _, _ := curlWith(t, proxy, path+"/restart", "-X", "POST", "-H", "If-Match: "+tag); status != "412" {
		t.Errorf("restart: status %s", status)
	}
	if v := value(t, c, "SELECT 'marker_before'"); v != "marker_after" {
		t.Errorf("the first change counts no more: %s", v)
	}
	// A change by another way counts as well: the session's own relationship.
	_, header, _ = curlWith(t, proxy, path+"/relationships/filters")
	if status, _, _ := change("other"); status != "204" {
		t.Fatal(status)
	}
	if status, _, _ := curlWith(t, proxy, path+"/relationships/filters/", append(json, "-X", "PATCH", "-d", `{"data":[]}`, "-H", "If-Match: "+header["etag"])...); status != "412" {
		t.Errorf("the relationship: status %s", status)
	}
	if v := value(t, c, "SELECT 'marker_before'"); v != "marker_other" {
		t.Errorf("the last change counts no more: %s", v)
	}
	if status, header, body := curlWith(t, proxy, "/v1/sessions", "-I"); status != "200" || body != "" || header["etag"] != "" {
		t.Errorf("HEAD of a collection: status %s, %v", status, header)
	}
	if status, _, _ := curlWith(t, proxy, "/v1/servers", "-H", "X-Long: "+strings.Repeat("x", 64<<10)); status != "431" {
		t.Errorf("headers that are too long: status %s", status)
	}
}

// TestQueriesOfTheAPI asks a live proxy for pages, filters and fields as
// clients write them.
func TestQueriesOfTheAPI(t *testing.T) {
	p := rig.Start(t, setup(primary, replica))
	var ids []string
	for i := range 7 {
		c := connect(t, p.Addr([]string{one, split}[i%2]), rig.Login{})
		must(t, c.Exec("SELECT 1"))
		ids = append(ids, fmt.Sprint(c.ConnectionID))
	}
	type document struct {
		Data []struct {
			ID            string
			Attributes    map[string]any
			Relationships map[string]any
		}
		Meta  struct{ Total int }
		Links map[string]string
	}
	get := func(path string) (d document) {
		t.Helper()
		a, err := p.API.Raw(http.MethodGet, path, "")
		must(t, err)
		dec := json.NewDecoder(bytes.NewReader(a.Body))
		if err := dec.Decode(&d); err != nil || a.Code != http.StatusOK {
			t.Fatalf("%s: status %d, %v: %s", path, a.Code, err, a.Body)
		}
		return d
	}
	var got []string
	for next := "/v1/sessions?page[size]=3&fields[sessions]=user,statistics/queries"; next != ""; {
		d := get(next)
		for _, s := range d.Data {
			got = append(got, s.ID)
			if len(s.Attributes) != 2 || s.Attributes["user"] == "" || s.Relationships != nil {
				t.Errorf("%s: %v", next, s)
			}
		}
		if d.Meta.Total != 7 {
			t.Errorf("%s: total %d", next, d.Meta.Total)
		}
		next = strings.TrimPrefix(d.Links["next"], p.API.Base())
	}
	if strings.Join(got, " ") != strings.Join(ids, " ") {
		t.Errorf("pages have %v, sessions are %v", got, ids)
	}
	for filter, want := range map[string]string{
		"filter=" + url.QueryEscape(`/relationships/services/data/0/id="split"`): strings.Join([]string{ids[1], ids[3], ids[5]}, " "),
		"filter=id=" + ids[4]: ids[4],
		"filter[attributes.statistics.queries]=ge(1)&filter[id]=le(" + ids[2] + ")": strings.Join(ids[:3], " "),
		"filter[$.attributes.connections[*].server]=eq(%22nowhere%22)":              "",
	} {
		got := []string{}
		for _, s := range get("/v1/sessions?" + filter).Data {
			got = append(got, s.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", filter, got, want)
		}
	}
	if d := get("/v1/servers?filter=/id=%22replica%22&fields[servers]=state"); len(d.Data) != 1 || len(d.Data[0].Attributes) != 1 {
		t.Errorf("servers: %+v", d)
	}
}
