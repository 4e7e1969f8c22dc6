package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// headerLine is [table] or [[table]].
var headerLine = regexp.MustCompile(`^\s*\[\[?\s*([^\[\]]+?)\s*\]`)

// maxSyntaxErrors bounds how often decode mends the text and tries again.
const maxSyntaxErrors = 30

// pairLine is a line with one key and something that should be a value.
var pairLine = regexp.MustCompile(`^(\s*)([A-Za-z0-9_."'-]+)(\s*=\s*)([^#]*)`)

// decoded is a text as far as it could be read.
type decoded struct {
	values    map[string]any
	positions *position
	mended    map[place]bool // lines whose problem is already reported
}

// decode reads TOML. The library stops at the first mistake; to find the next
// one the line is mended and the text read again. ok is false if what is
// left cannot be trusted to mean what its author meant. file is the name that
// places get.
func decode(file, text string, report func(line int, key, problem, suggestion string)) (d decoded, ok bool) {
	d.mended = make(map[place]bool)
	if !utf8.ValidString(text) {
		line := 1 + strings.Count(text[:invalidUTF8(text)], "\n")
		report(line, "", "the file is not UTF-8 text", "save it as UTF-8")
		return d, false
	}
	text = strings.TrimPrefix(text, "\ufeff")
	lines := strings.Split(text, "\n")
	last := 0
	for range maxSyntaxErrors {
		d.values = make(map[string]any)
		joined := strings.Join(lines, "\n")
		_, err := toml.Decode(joined, &d.values)
		if err == nil {
			d.positions = index(file, joined)
			return d, true
		}
		line, message := 0, err.Error()
		if pe := (toml.ParseError{}); errors.As(err, &pe) {
			line, message = pe.Position.Line, pe.Message
		}
		if line <= last || line > len(lines) {
			if last == 0 {
				report(min(line, len(lines)), "", "this is not TOML: "+message, "")
			}
			return d, false
		}
		last = line
		section := sectionOf(lines[:line-1])
		mended, trust := mend(lines[line-1], line, message, func(line int, key, problem, suggestion string) {
			if key != "" && section != "" && !strings.HasPrefix(strings.TrimSpace(lines[line-1]), "[") {
				key = section + "." + key
			}
			report(line, key, problem, suggestion)
		})
		if !trust {
			return d, false
		}
		lines[line-1] = mended
		d.mended[place{file, line}] = true
	}
	return d, false
}

// sectionOf returns the name of the table that the lines end in, for messages.
func sectionOf(lines []string) string {
	for i := len(lines) - 1; i >= 0; i-- {
		if m := headerLine.FindStringSubmatch(lines[i]); m != nil {
			return m[1]
		}
	}
	return ""
}

func invalidUTF8(text string) int {
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd") {
			return i
		}
	}
	return 0
}

// mend reports what is wrong with a line and returns one that can be read in
// its place.
func mend(line string, number int, message string, report func(int, string, string, string)) (mended string, trust bool) {
	duplicate := strings.Contains(message, "has already been defined") || strings.Contains(message, "was already created")
	m := pairLine.FindStringSubmatch(line)
	switch {
	case duplicate && m != nil:
		report(number, m[2], "the key is there twice in its table", "leave one of them out")
		return "", true
	case duplicate:
		report(number, strings.Trim(strings.TrimSpace(line), "[]"), "the table is there twice", "put its keys together, or give one of them another name")
		return fmt.Sprintf("[duplicate-table-on-line-%d]", number), true
	case m != nil:
		problem, suggestion := badValue(m[2], strings.TrimSpace(m[4]))
		if problem == "" {
			problem = "this is not TOML: " + message
		}
		report(number, m[2], problem, suggestion)
		return m[1] + m[2] + m[3] + `""`, strings.Count(line, `"""`)+strings.Count(line, `'''`) == 0
	}
	report(number, "", "this is not TOML: "+message, "")
	return "", false
}

// badValue says what is wrong with a value that is no TOML. It must not
// repeat what may be a password.
func badValue(key, value string) (problem, suggestion string) {
	secret := strings.Contains(key, "password") || strings.Contains(key, "jwt_key")
	switch {
	case value == "":
		return "the value is missing", `write a value after the equals sign, "" for none`
	case strings.ContainsAny(value[:1], `"'`):
		if secret {
			return "the string does not end, or has an unknown escape", `close the quotes; write a backslash as \\`
		}
		return "", `close the quotes; write a backslash as \\, or use single quotes`
	case strings.ContainsAny(value[:1], "[{"):
		return "", ""
	case secret:
		return "the value needs quotes", `write it as "…"`
	case strings.EqualFold(value, "true"), strings.EqualFold(value, "yes"), strings.EqualFold(value, "on"):
		return "the value is neither true nor false", "write true"
	case strings.EqualFold(value, "false"), strings.EqualFold(value, "no"), strings.EqualFold(value, "off"):
		return "the value is neither true nor false", "write false"
	}
	return "the value needs quotes", fmt.Sprintf("write %q", value)
}
