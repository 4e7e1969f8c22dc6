package admin

import (
	"net/http"
	"net/url"
	"strings"
)

// baseURL is the API's address as the client of this request wrote it. The
// Host header has been checked.
func baseURL(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + "/v1"
}

// top is the API's URL without final slash, from a base that may lie beneath it.
func top(base string) string {
	host, _, _ := strings.Cut(base, "/v1")
	return host + "/v1"
}

func collectionURL(base, kind string) string { return base + "/" + kind + "/" }

func memberURL(base, kind, id string) string {
	return collectionURL(base, kind) + url.PathEscape(id) + "/"
}
