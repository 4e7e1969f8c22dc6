package ctl

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/cobra"
	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) {
	// What is in the tester's environment has no business here.
	for _, name := range []string{envURL, envUser, envPassword, envToken} {
		os.Unsetenv(name)
	}
	goleak.VerifyTestMain(m)
}

// fakeAPI answers GET with the documents of testdata/api, and every change with 204. It
// remembers what it was asked.
type fakeAPI struct {
	url       string
	documents string // the directory
	anything  bool   // there is every resource that is asked for

	mu     sync.Mutex
	asked  []string                    // "METHOD path?query body"
	refuse map[string]http.HandlerFunc // by "METHOD path"
}

const fakeUser, fakePassword = "admin", "s3cret"

func newFake(t *testing.T) *fakeAPI {
	t.Helper()
	f := &fakeAPI{refuse: map[string]http.HandlerFunc{}}
	var err error
	if f.documents, err = filepath.Abs(filepath.Join("testdata", "api")); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	f.url = s.URL
	return f
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	query, _ := url.QueryUnescape(r.URL.RawQuery)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, strings.TrimRight(fmt.Sprintf("%s %s?%s %s", r.Method, r.URL.EscapedPath(), query, body), "? "))
	if user, password, _ := r.BasicAuth(); user != fakeUser || password != fakePassword {
		problem(w, http.StatusUnauthorized, "this needs a user and a password")
		return
	}
	if refuse := f.refuse[r.Method+" "+r.URL.Path]; refuse != nil {
		refuse(w, r)
		return
	}
	if r.Method != http.MethodGet {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	name := strings.ReplaceAll(strings.TrimPrefix(r.URL.Path, "/v1/"), "/", "_")
	text, err := os.ReadFile(filepath.Join(f.documents, name+".json"))
	if err != nil && f.anything {
		text, err = []byte(`{"data":{"id":"1","type":"x","attributes":{}}}`), nil
	}
	if err != nil {
		problem(w, http.StatusNotFound, "there is no "+name)
		return
	}
	_, _ = w.Write(text)
}

func problem(w http.ResponseWriter, status int, detail string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errors":[{"status":"%d","detail":%q}]}`, status, detail)
}

// changes are the requests that were no GET.
func (f *fakeAPI) changes() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.asked), func(s string) bool { return strings.HasPrefix(s, "GET ") })
}

// result is what a command did.
type result struct {
	code           int
	stdout, stderr string
}

// penstock runs a command against the fake.
func (f *fakeAPI) penstock(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	t.Setenv(envURL, f.url)
	t.Setenv(envPassword, fakePassword)
	return penstock(t, stdin, args...)
}

// penstock runs a command as the program does.
func penstock(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	root := &cobra.Command{Use: "penstock", SilenceUsage: true, SilenceErrors: true}
	AddTo(root)
	var out, errs bytes.Buffer
	root.SetArgs(args)
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(&errs)
	ran := false
	root.PersistentPreRun = func(*cobra.Command, []string) { ran = true }
	r := result{}
	if err := root.ExecuteContext(t.Context()); err != nil {
		r.code = exitUsage
		if ran {
			r.code = ExitCode(err)
		}
		fmt.Fprintln(&errs, err)
	}
	r.stdout, r.stderr = out.String(), errs.String()
	if all := r.stdout + r.stderr; strings.Contains(all, fakePassword) {
		t.Errorf("%q shows the password:\n%s", args, all)
	}
	return r
}

// golden compares a text with a file, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s (go test -update writes it anew)\ngot\n%s\nwant\n%s", file, got, want)
	}
}
