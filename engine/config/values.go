package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-db/penstock/wasm/spelling"
)

// str reads a string.
func (t *table) str(key, byDefault string) string {
	t.note(key, "string", quoteDefault(byDefault))
	return t.text(key, byDefault)
}

// text is str for callers that note the key themselves.
func (t *table) text(key, byDefault string) string {
	if !t.has(key) {
		return byDefault
	}
	v, ok := t.values[key].(string)
	if !ok {
		suggestion := "put it in quotes"
		if isList(t.values[key]) {
			suggestion = "write one string"
		}
		t.fail(key, "this is "+kindOf(t.values[key])+", not a string", suggestion)
		return byDefault
	}
	return v
}

// required reads a string that has to be there and not be empty.
func (t *table) required(key, suggestion string) string {
	t.note(key, "string", noDefault)
	v := t.text(key, "")
	switch {
	case !t.has(key):
		t.missing(key, suggestion)
	case v == "" && isString(t.values[key]):
		t.fail(key, "this is empty", suggestion)
	}
	return v
}

// oneOf reads one of some words.
func (t *table) oneOf(key, byDefault string, words ...string) string {
	v := t.str(key, byDefault)
	for _, w := range words {
		if v == w {
			return v
		}
	}
	if v == byDefault {
		return v
	}
	suggestion := "write one of: " + strings.Join(words, ", ")
	if near := spelling.Nearest(v, words); near != "" {
		suggestion = fmt.Sprintf("write %q", near)
	}
	t.fail(key, fmt.Sprintf("%q is not known", v), suggestion)
	return byDefault
}

func (t *table) boolean(key string, byDefault bool) bool {
	t.note(key, "boolean", strconv.FormatBool(byDefault))
	if !t.has(key) {
		return byDefault
	}
	v, ok := t.values[key].(bool)
	if !ok {
		t.fail(key, "this is "+kindOf(t.values[key])+", not a boolean", "write true or false, without quotes")
		return byDefault
	}
	return v
}

func (t *table) integer(key string, byDefault, least, most int) int {
	t.note(key, "integer", strconv.Itoa(byDefault))
	if !t.has(key) {
		return byDefault
	}
	v, ok := t.values[key].(int64)
	switch {
	case !ok:
		t.fail(key, "this is "+kindOf(t.values[key])+", not an integer", "write a whole number without quotes")
		return byDefault
	case v < int64(least) || v > int64(most):
		t.fail(key, fmt.Sprintf("%d is out of range", v), fmt.Sprintf("write a number from %d to %d", least, most))
		return byDefault
	}
	return int(v)
}

// duration reads a string with a number and a unit, at least least.
func (t *table) duration(key string, byDefault, least time.Duration) time.Duration {
	t.note(key, "duration", quoteDefault(shortDuration(byDefault)))
	if !t.has(key) {
		return byDefault
	}
	var text string
	switch v := t.values[key].(type) {
	case string:
		text = strings.TrimSpace(v)
	case int64, float64:
		t.fail(key, "a duration needs a unit", fmt.Sprintf(`write "%vs" for seconds, "%[1]vms" for milliseconds`, v))
		return byDefault
	default:
		t.fail(key, "this is "+kindOf(v)+", not a duration", `write a number and a unit in quotes, like "500ms", "5s" or "2m"`)
		return byDefault
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		t.fail(key, fmt.Sprintf("%q has no unit", text), fmt.Sprintf(`write "%ss" for seconds, "%[1]sms" for milliseconds`, text))
		return byDefault
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		t.fail(key, fmt.Sprintf("%q is not a duration", text), `write a number and a unit (ms, s, m, h), like "500ms", "5s" or "1h30m"`)
		return byDefault
	case d < least:
		t.fail(key, fmt.Sprintf("%q is too short", text), fmt.Sprintf("write at least %q", shortDuration(least)))
		return byDefault
	}
	return d
}

// shortDuration writes 1m0s as 1m.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

var sizeUnits = []struct {
	name  string
	bytes int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
	{"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1},
}

// size reads a string with a number of bytes and a unit.
func (t *table) size(key string, byDefault, least, most int64) int64 {
	t.note(key, "size", quoteDefault(shortSize(byDefault)))
	if !t.has(key) {
		return byDefault
	}
	text, ok := t.values[key].(string)
	if !ok {
		if n, isInt := t.values[key].(int64); isInt {
			t.fail(key, "a size needs a unit", fmt.Sprintf(`write "%dMiB" or "%[1]dB"`, n))
		} else {
			t.fail(key, "this is "+kindOf(t.values[key])+", not a size", `write a number and a unit in quotes, like "32MiB"`)
		}
		return byDefault
	}
	n, err := parseSize(text)
	switch {
	case err != nil:
		t.fail(key, fmt.Sprintf("%q is not a size", text), err.Error())
		return byDefault
	case n < least || n > most:
		t.fail(key, fmt.Sprintf("%q is out of range", text), fmt.Sprintf("write a size from %s to %s", shortSize(least), shortSize(most)))
		return byDefault
	}
	return n
}

func parseSize(text string) (int64, error) {
	text = strings.TrimSpace(text)
	for _, u := range sizeUnits {
		digits, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/u.bytes {
			break
		}
		return n * u.bytes, nil
	}
	return 0, fmt.Errorf(`write a whole number and a unit (B, kB, KiB, MB, MiB, GB, GiB), like "32MiB"`)
}

func shortSize(n int64) string {
	for _, u := range []int{2, 1, 0} {
		if unit := sizeUnits[u]; n >= unit.bytes && n%unit.bytes == 0 {
			return strconv.FormatInt(n/unit.bytes, 10) + unit.name
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}

// strings reads a list of strings; places are where its items are.
func (t *table) strings(key string) (items []string, places []place) {
	t.note(key, "list of strings", "[]")
	return t.texts(key)
}

// texts is strings for callers that note the key themselves.
func (t *table) texts(key string) (items []string, places []place) {
	if !t.has(key) {
		return nil, nil
	}
	list, ok := t.values[key].([]any)
	if !ok {
		suggestion := `write ["…", "…"]`
		if s, isString := t.values[key].(string); isString {
			suggestion = fmt.Sprintf("write [%q]", s)
		}
		t.fail(key, "this is "+kindOf(t.values[key])+", not a list of strings", suggestion)
		return nil, nil
	}
	for i, item := range list {
		at := t.pos.at(key).item(i).place
		switch s, ok := item.(string); {
		case !ok:
			t.r.fail(at, t.full(key), fmt.Sprintf("item %d is %s, not a string", i+1, kindOf(item)), "put it in quotes")
		case s == "":
			t.r.fail(at, t.full(key), fmt.Sprintf("item %d is empty", i+1), "leave it out")
		default:
			items, places = append(items, s), append(places, at)
		}
	}
	return items, places
}

func isString(v any) bool { _, ok := v.(string); return ok }

func isList(v any) bool {
	switch v.(type) {
	case []any, []map[string]any:
		return true
	}
	return false
}

// noDefault is noted for keys that have to be there.
const noDefault = "required"

func quoteDefault(s string) string { return `"` + s + `"` }
