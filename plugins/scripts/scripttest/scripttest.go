// Package scripttest is the tests that the script filters of all languages have to pass:
// the same scripts, written in each, against the fake host of the SDK.
//
// A process can test one plugin, so each language's own test calls [All].
package scripttest

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/plugins/sdk/sdktest"
)

// Scripts is one script in each language, by the language's file extension: lua, js.
type Scripts map[string]string

// Kit runs tests with one language.
type Kit struct {
	*testing.T
	Language string // lua or js
}

// All runs every test.
func All(t *testing.T, language string) {
	for name, test := range map[string]func(*Kit){
		"query": queries, "verdicts": verdicts, "needs": needs, "options": options, "problems": problems, "failures": failures,
		"globals": globals, "outside": outside, "rows": rows, "binary rows": binaryRows, "row verdicts": rowVerdicts,
		"row mistakes": rowMistakes, "summary": summary, "life": life, "large statements": largeStatements, "garbage": garbage,
		"metadata": described,
	} {
		t.Run(name, func(t *testing.T) { test(&Kit{t, language}) })
	}
}

// options makes the definition's options with the script and others.
func (k *Kit) options(s Scripts, more ...map[string]any) string {
	k.Helper()
	source, ok := s[k.Language]
	if !ok {
		k.Fatalf("the test has no script in %s", k.Language)
	}
	all := map[string]any{"script": source}
	for _, m := range more {
		maps.Copy(all, m)
	}
	text, err := json.Marshal(all)
	if err != nil {
		k.Fatal(err)
	}
	return string(text)
}

// Start opens a session with the script.
func (k *Kit) Start(s Scripts, more ...map[string]any) *sdktest.Session {
	k.Helper()
	return sdktest.Start(k.T, k.options(s, more...))
}

// refused fails the test unless the definition is refused with a message that has part.
func (k *Kit) refused(part string, s Scripts, more ...map[string]any) {
	k.Helper()
	if got := sdktest.InitError(k.T, k.options(s, more...)); !strings.Contains(got, part) {
		k.Errorf("%s\nis refused with %q, not with %q", s[k.Language], got, part)
	}
}

// fails fails the test unless the call panics with a message that has part.
func (k *Kit) fails(part string, call func()) {
	k.Helper()
	defer func() {
		k.Helper()
		switch err, ok := recover().(error); {
		case !ok:
			k.Errorf("nothing failed; %q was expected", part)
		case !strings.Contains(err.Error(), part):
			k.Errorf("it failed with %q, not with %q", err, part)
		}
	}()
	call()
}
