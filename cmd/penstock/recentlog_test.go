package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/engine/config"
)

func TestRecentLog(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		var stderr bytes.Buffer
		file, err := newLogFile("", &stderr)
		if err != nil {
			t.Fatal(err)
		}
		recent := &recentLog{logFile: file}
		log := newLogger(config.Log{Level: "notice", Format: format}, recent)
		if lines := recent.Lines(); len(lines) != 0 {
			t.Errorf("nothing was logged, there are %v", lines)
		}
		log.Named("monitor").Info("server changed", "server", "a] b")
		log.Debug("below the threshold")
		log.Error("long", "text", strings.Repeat("x", 2*recentLength))
		log.Unfiltered().Trace("a session's")
		lines := recent.Lines()
		if len(lines) != 3 || strings.Count(stderr.String(), "\n") != 3 {
			t.Fatalf("%d lines are remembered of\n%s", len(lines), &stderr)
		}
		for i, level := range []string{"notice", "error", "debug"} {
			if l := lines[i]; l.Number != uint64(i+1) || l.Level != level || time.Since(l.Time) > time.Minute || len(l.Message) > recentLength {
				t.Errorf("line %d: %d %s %v, %d bytes", i, l.Number, l.Level, l.Time, len(l.Message))
			}
		}
		first := lines[0].Message
		if format == "text" && first != `monitor: server changed: server="a] b"` || format == "json" && !strings.HasPrefix(first, `{"@level":"notice"`) {
			t.Errorf("%s: the message is %s", format, first)
		}
		for n := 4; n <= 2*recentLines+3; n++ {
			log.Warn(fmt.Sprint("line ", n, " of many"))
		}
		lines = recent.Lines()
		for i, l := range lines {
			if want := recentLines + 4 + i; l.Number != uint64(want) || !strings.Contains(l.Message, fmt.Sprint("line ", want, " of")) {
				t.Fatalf("line %d is %d: %s", i, l.Number, l.Message)
			}
		}
		if len(lines) != recentLines {
			t.Errorf("%d lines are remembered", len(lines))
		}
	}
}

func TestReopenIsOfTheSamePath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	f, err := newLogFile(path, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.Write([]byte("one\n"))
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("two\n"))
	for name, want := range map[string]string{path: "two\n", path + ".1": "one\n"} {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
