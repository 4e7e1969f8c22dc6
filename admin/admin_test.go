package admin

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newTestAPI is an API on loopback with the account admin/penstock.
func newTestAPI(t testing.TB, proxy Proxy, change ...func(*Options)) *API {
	t.Helper()
	opts := Options{Address: "127.0.0.1:8989", User: "admin", Password: "penstock", Program: fakeProgram()}
	for _, c := range change {
		c(&opts)
	}
	api, err := New(proxy, opts)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// call sends a request with the account's credentials; header is a list of
// names and values.
func call(t testing.TB, api http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "http://localhost:8989"+target, strings.NewReader(body))
	r.SetBasicAuth("admin", "penstock")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		if header[i+1] == "" {
			r.Header.Del(header[i])
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	if api, ok := api.(*API); ok {
		checkContract(t, api, r, body, w)
	}
	return w
}

// golden holds a reply against a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (make it with go test ./admin -update)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs:\n%s", name, got)
	}
}

// errorsOf reads an error document and checks its form.
func errorsOf(t testing.TB, w *httptest.ResponseRecorder) []errorEntry {
	t.Helper()
	var doc errorDocument
	dec := json.NewDecoder(w.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil && err != io.EOF {
		t.Fatalf("status %d, no error document: %v", w.Code, err)
	}
	if len(doc.Errors) == 0 {
		t.Fatalf("status %d without errors", w.Code)
	}
	for _, e := range doc.Errors {
		if e.Detail == "" || e.Status == "" {
			t.Fatalf("an error without detail or status: %+v", e)
		}
	}
	return doc.Errors
}
