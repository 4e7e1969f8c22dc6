package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/sessionlog"
)

var hclogLevels = []hclog.Level{hclog.Error, hclog.Warn, hclog.Info, hclog.Debug, hclog.Trace}

func TestLevelsArePenstocks(t *testing.T) {
	names := []string{"error", "warning", "notice", "info", "debug"}
	for threshold, name := range names {
		for _, format := range []string{"text", "json"} {
			var out bytes.Buffer
			log := newLogger(config.Log{Level: name, Format: format}, &out)
			for i, level := range hclogLevels {
				out.Reset()
				log.Log(level, `a "[ERROR]" message`, "key", `"@level":"info" [WARN] `)
				if i > threshold {
					if out.Len() > 0 {
						t.Errorf("%s at %s is written: %s", names[i], name, &out)
					}
					continue
				}
				line := out.String()
				if format == "json" {
					var m map[string]any
					if err := json.Unmarshal(out.Bytes(), &m); err != nil || m["@level"] != names[i] || m["key"] != `"@level":"info" [WARN] ` {
						t.Errorf("%s: %v, %s", names[i], err, line)
					}
				} else if !strings.Contains(line, " ["+strings.ToUpper(names[i])+"]") || !strings.Contains(line, `a "[ERROR]" message`) {
					t.Errorf("%s: %s", names[i], line)
				}
			}
		}
	}
}

func TestLevelCanBeChanged(t *testing.T) {
	var out bytes.Buffer
	log := newLogger(config.Log{Level: "error"}, &out)
	part := log.Named("monitor").With("k", "v")
	part.Debug("first")
	log.SetLevel(hclogLevel("info"))
	part.Debug("second")
	if got := out.String(); strings.Contains(got, "first") || !strings.Contains(got, "[INFO]    monitor: second: k=v") {
		t.Errorf("log %q", got)
	}
}

// TestSessionsWriteBeyondTheThreshold is the twin's purpose.
func TestSessionsWriteBeyondTheThreshold(t *testing.T) {
	var out bytes.Buffer
	log := newLogger(config.Log{Level: "error"}, &out).Named("engine").With("service", "app")
	s := sessionlog.New(7, log, sessionlog.FlagsOf(false, false, false, false, true), 0)
	s.Log(sessionlog.Info, "hidden")
	s.Log(sessionlog.Debug, "shown")
	if got := out.String(); strings.Contains(got, "hidden") || !strings.Contains(got, "[DEBUG]   engine: shown: service=app session=7") {
		t.Errorf("log %q", got)
	}
	if log.IsInfo() {
		t.Error("the process's own threshold moved")
	}
}

func TestLogFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "penstock.log")
	var stderr bytes.Buffer
	f, err := newLogFile(path, &stderr)
	if err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("one\n"))
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("two\n"))
	if err := f.reopen(path); err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("three\n"))
	if err := f.reopen(filepath.Join(dir, "gone", "penstock.log")); err == nil {
		t.Error("a file in no directory was opened")
	}
	f.Write([]byte("four\n"))
	f.file.Close() // as good as a full disk
	f.Write([]byte("five\n"))
	f.Close()
	f.Write([]byte("six\n"))
	for file, want := range map[string]string{path + ".1": "one\ntwo\n", path: "three\nfour\n"} {
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", file, got, err)
		}
	}
	if got := stderr.String(); got != "five\nsix\n" {
		t.Errorf("stderr %q", got)
	}
	if _, err := newLogFile(filepath.Join(dir, "gone", "x"), &stderr); err == nil {
		t.Error("a log file in no directory was taken at the start")
	}
}
