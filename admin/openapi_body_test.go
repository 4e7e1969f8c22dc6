package admin

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/admin/openapi/openapitest"
)

// TestBodiesOfTheDocumentAreRead sends bodies that are made up from their
// schemas: what they are refused for has to be what they say, never how they
// are built. That those that are accepted fit is looked at by call.
func TestBodiesOfTheDocumentAreRead(t *testing.T) {
	api := newTestAPI(t, newFake(busySession()), func(o *Options) { o.Editor = &fakeEditor{} })
	api.hash = func(string) (string, error) { return "a hash", nil }
	r := rand.New(rand.NewPCG(1, 2))
	sampler := contractOf(t, api).Sampler(r, func(member string) string {
		switch member {
		case "id":
			return []string{"hide", "log"}[r.IntN(2)]
		case "module":
			return "regexfilter"
		}
		return []string{"a", "b", "c"}[r.IntN(3)]
	})
	accepted := map[string]int{}
	for _, op := range contractOf(t, api).Operations() {
		if op.Body == nil || !strings.HasPrefix(op.Path, sessionsPath) {
			continue // which parameters the configuration has depends on what is in it
		}
		path := op.Fill(func(collection string) string {
			return map[string]string{typeSessions: "1", typeFilters: "log", typeUsers: "reader", typeInet: "reader"}[collection]
		})
		for range 500 {
			body, err := json.Marshal(sampler.Value(op.Body))
			if err != nil {
				t.Fatal(err)
			}
			w := call(t, api, op.Method, path, string(body))
			if w.Code/100 == 2 {
				accepted[op.Method+" "+op.Path]++
				continue
			}
			for _, e := range errorsOf(t, w) {
				for _, how := range []string{"no member", "has to be", "is missing", "no JSON", "there is no parameter"} {
					if strings.Contains(e.Detail, how) {
						t.Fatalf("%s %s refuses what its schema has: %s\n%s", op.Method, path, e.Detail, body)
					}
				}
			}
		}
		if accepted[op.Method+" "+op.Path] == 0 {
			t.Errorf("%s %s: nothing that its schema has was accepted", op.Method, op.Path)
		}
	}
}

// checkBodySchema holds a body that was accepted against its schema.
func checkBodySchema(t *testing.T, contract *openapitest.Contract, method, path string, body []byte) {
	t.Helper()
	r, err := http.NewRequest(method, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	harden(h)
	e := &openapitest.Exchange{Method: method, URL: r.URL, Request: r.Header, RequestBody: body, Status: http.StatusNoContent, Answer: h}
	if err := contract.Check(e); err != nil {
		t.Fatal(err)
	}
}
