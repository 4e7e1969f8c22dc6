package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestBadFiles holds the errors of every testdata/bad/*.toml against the .golden file
// beside it.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".toml"), func(t *testing.T) {
			_, err := Load(file)
			var errs *Errors
			if !errors.As(err, &errs) {
				t.Fatalf("Load answered %v, want *Errors", err)
			}
			abs, _ := filepath.Abs(".")
			got := strings.ReplaceAll(errs.Error(), abs+"/", "") + "\n"
			got = strings.ReplaceAll(got, "testdata/bad/", "")
			for _, e := range *errs {
				if strings.Contains(e.Error(), "hunter2") {
					t.Errorf("an error shows a password: %v", &e)
				}
			}
			golden := strings.TrimSuffix(file, ".toml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("errors\n%s\nwant\n%s", got, want)
			}
		})
	}
}
