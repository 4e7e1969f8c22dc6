package wire

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReplyGoldens follows the replies in testdata/replies, captured from
// MariaDB 10.11 by TestReplyAgainstServer with -update, and decodes their
// packets: what a server wrote, Encode must write too.
func TestReplyGoldens(t *testing.T) {
	files, err := filepath.Glob("testdata/replies/*/*.txt")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files, error %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		if len(lines) < 3 {
			t.Fatalf("%s: only %d lines", file, len(lines))
		}
		var cmd Command
		var caps Capability
		if _, err := fmt.Sscanf(lines[0]+" "+lines[1], "command %v capabilities %v", &cmd, &caps); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		var raw []byte
		for _, line := range lines[3:] {
			packet, err := hex.DecodeString(line)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			raw = append(raw, packet...)
		}
		var r Reply
		r.Reset(cmd, caps)
		want := strings.TrimPrefix(lines[2], "parts")
		got := track(t, &r, raw)
		if got != strings.TrimSpace(want) {
			t.Errorf("%s:\ngot  %s\nwant %s", file, got, want)
		}
		parts := strings.Split(got, ", ")
		for i := 0; len(raw) > 0; i++ {
			h := header(raw)
			sameAgain(t, file, parts[i], caps, raw[HeaderLen:HeaderLen+h.Len])
			raw = raw[HeaderLen+h.Len:]
		}
	}
}

// sameAgain decodes a captured packet and encodes it again.
func sameAgain(t *testing.T, file, part string, caps Capability, payload []byte) {
	t.Helper()
	var m Message
	switch {
	case part == "OK" && (payload[0] == 0 || len(payload) > 5), part == "rows end" && len(payload) > 5:
		m = &OK{Capabilities: caps}
	case part == "OK", part == "rows end", part == "columns end", part == "params end":
		m = &EOF{}
	case part == "ERR":
		m = &ERR{}
	case part == "column count":
		m = &ColumnCount{Capabilities: caps}
	case part == "column", part == "param":
		m = &Column{Capabilities: caps}
	case part == "prepare OK":
		m = &PrepareOK{}
	case part == "progress":
		m = &Progress{}
	case part == "row" && payload[0] != 0:
		m = &TextRow{}
	default:
		return
	}
	if err := m.Decode(payload); err != nil {
		t.Errorf("%s: %s: %v in % x", file, part, err, payload)
		return
	}
	if again := m.Encode(nil); !bytes.Equal(again, payload) {
		t.Errorf("%s: %s: encoded to\n% x, was\n% x", file, part, again, payload)
	}
}
