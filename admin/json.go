package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep a body may nest. The deepest that means anything
// has 8 levels.
const maxDepth = 32

// object is a JSON object, read so that two members of one name are noticed:
// encoding/json would silently take the last one.
type object map[string]any

// parseBody reads a body that is one JSON object.
func parseBody(text []byte) (object, *problem) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, badBody("", "the body is missing: send a JSON object")
	}
	if !utf8.Valid(text) {
		return nil, badBody("", "the body is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	value, err := readValue(dec, "", 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, badBody("", "there is something behind the JSON object that the body is")
	}
	obj, ok := value.(object)
	if !ok {
		return nil, badBody("", "the body has to be a JSON object, not "+kindOf(value))
	}
	return obj, nil
}

// readValue reads one value: object, []any, string, json.Number, bool or nil.
func readValue(dec *json.Decoder, pointer string, depth int) (any, *problem) {
	token, err := dec.Token()
	if err != nil {
		return nil, malformed(dec, err)
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth == maxDepth {
		return nil, badBody(pointer, "the body nests deeper than "+strconv.Itoa(maxDepth)+" levels")
	}
	if delim == '{' {
		return readObject(dec, pointer, depth)
	}
	return readArray(dec, pointer, depth)
}

func readObject(dec *json.Decoder, pointer string, depth int) (any, *problem) {
	obj := object{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, malformed(dec, err)
		}
		name := token.(string) // the decoder lets nothing else stand there
		member := pointer + "/" + escapePointer(name)
		if _, twice := obj[name]; twice {
			return nil, badBody(member, "there are two members of this name")
		}
		value, problem := readValue(dec, member, depth+1)
		if problem != nil {
			return nil, problem
		}
		obj[name] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, malformed(dec, err)
	}
	return obj, nil
}

func readArray(dec *json.Decoder, pointer string, depth int) (any, *problem) {
	array := []any{}
	for dec.More() {
		value, problem := readValue(dec, pointer+"/"+strconv.Itoa(len(array)), depth+1)
		if problem != nil {
			return nil, problem
		}
		array = append(array, value)
	}
	if _, err := dec.Token(); err != nil {
		return nil, malformed(dec, err)
	}
	return array, nil
}

// members returns an object's names in a fixed order, so that errors come in
// one too.
func (o object) members() []string {
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func badBody(pointer, detail string) *problem {
	return problemf(http.StatusBadRequest, detail).at(pointer)
}

func malformed(dec *json.Decoder, err error) *problem {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return badBody("", "the body is no JSON: it ends too early")
	}
	return badBody("", fmt.Sprintf("the body is no JSON: %v, near byte %d", err, dec.InputOffset()))
}

// kindOf names a value's type for a message.
func kindOf(v any) string {
	switch v.(type) {
	case object:
		return "an object"
	case []any:
		return "an array"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a boolean"
	}
	return "null"
}

// escapePointer escapes a member's name for a JSON pointer (RFC 6901).
func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
