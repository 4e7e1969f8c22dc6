package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// keyDoc is one key as the code reads it or as the reference documents it.
type keyDoc struct{ section, key, kind, byDefault string }

// fromCode reads nothing and listens to what the code asks for.
func fromCode() []keyDoc {
	var all []keyDoc
	r := &reader{dir: "/", record: func(section, key, kind, byDefault string) {
		// What depends on other keys is said in words.
		if section == "services.NAME" && key == "load_users" {
			byDefault = "true if user is set"
		}
		all = append(all, keyDoc{section, key, kind, byDefault})
	}}
	r.config(&table{r: r, pos: &position{}})
	return all
}

var docRow = regexp.MustCompile("^\\| `([a-z0-9_]+)` \\| ([^|]+) \\| ([^|]+) \\| [^|]+ \\|$")

// fromReference reads the tables of docs/configuration.md, under headings like ### `[servers.NAME]`.
func fromReference(t *testing.T) []keyDoc {
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []keyDoc
	var sections []string
	heading := regexp.MustCompile("`\\[\\[?([A-Za-z.]+)\\]?\\]`")
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			sections = nil
			for _, m := range heading.FindAllStringSubmatch(line, -1) {
				sections = append(sections, m[1])
			}
		}
		if m := docRow.FindStringSubmatch(line); m != nil {
			for _, s := range sections {
				all = append(all, keyDoc{s, m[1], m[2], strings.ReplaceAll(m[3], "`", "")})
			}
		}
	}
	return all
}

// TestReferenceIsTrue holds every documented key, type and default against the code.
func TestReferenceIsTrue(t *testing.T) {
	code, doc := fromCode(), fromReference(t)
	if len(code) < 80 {
		t.Fatalf("the code asks for %d keys only", len(code))
	}
	for _, k := range code {
		if !slices.Contains(doc, k) {
			t.Errorf("docs/configuration.md lacks or contradicts [%s] | `%s` | %s | `%s` |", k.section, k.key, k.kind, k.byDefault)
		}
	}
	for _, k := range doc {
		if !slices.Contains(code, k) {
			t.Errorf("docs/configuration.md documents what the code does not do: [%s] | `%s` | %s | `%s` |", k.section, k.key, k.kind, k.byDefault)
		}
	}
}
