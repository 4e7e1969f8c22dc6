package admin

import (
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// The media types of bodies and replies.
const (
	typeJSON    = "application/json"
	typeJSONAPI = "application/vnd.api+json"
)

// replyType is the media type that a reply has: JSON:API's own for clients
// that name it, plain JSON for all others.
func replyType(r *http.Request) string {
	for _, header := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(header, ",") {
			if name, q := acceptEntry(part); name == typeJSONAPI && q > 0 {
				return typeJSONAPI
			}
		}
	}
	return typeJSON
}

// acceptable refuses a request that accepts nothing that we have. media is what
// the route answers with if that is no JSON.
func acceptable(r *http.Request, media string) error {
	headers := r.Header.Values("Accept")
	if len(headers) == 0 {
		return nil
	}
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			name, q := acceptEntry(part)
			switch name {
			case media:
				if q > 0 {
					return nil
				}
			case typeJSON, typeJSONAPI, "application/*", "*/*", "":
				if q > 0 {
					return nil
				}
			}
		}
	}
	return problemf(http.StatusNotAcceptable, "replies are "+typeJSON+" or "+typeJSONAPI+": accept one of them, or */*").header("Accept")
}

// acceptEntry splits one entry of an Accept header; what cannot be read has
// the quality 0.
func acceptEntry(part string) (name string, q float64) {
	part = strings.TrimSpace(part)
	if part == "" {
		return "", 1
	}
	name, params, err := mime.ParseMediaType(part)
	if err != nil {
		return "?", 0
	}
	text, ok := params["q"]
	if !ok {
		return name, 1
	}
	if q, err = strconv.ParseFloat(text, 64); err != nil {
		return name, 0
	}
	return name, q
}

// readable refuses a body of a type that we do not read. No Content-Type at
// all is taken for JSON.
func readable(r *http.Request) error {
	value := r.Header.Get("Content-Type")
	if value == "" {
		return nil
	}
	name, params, err := mime.ParseMediaType(value)
	charset := strings.ToLower(params["charset"])
	if err == nil && (name == typeJSON || name == typeJSONAPI) && (charset == "" || charset == "utf-8") {
		return nil
	}
	return problemf(http.StatusUnsupportedMediaType, "the body has to be "+typeJSON+" in UTF-8: send it with Content-Type: "+typeJSON).header("Content-Type")
}

// boolParameter reads a parameter of the query that is true or false; given
// without a value it is true.
func boolParameter(r *http.Request, name string) (bool, error) {
	values, ok := r.URL.Query()[name]
	if !ok {
		return false, nil
	}
	value, err := parseBool(values[len(values)-1])
	if err != nil {
		return false, problemf(http.StatusBadRequest, "the parameter "+name+" has to be true or false").parameter(name)
	}
	return value, nil
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "", "true", "1", "yes", "on":
		return true, nil
	case "false", "0", "no", "off":
		return false, nil
	}
	return false, errors.New("this has to be true or false")
}
