package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-db/penstock/admin/openapi"
)

const openAPIPath = "/v1/openapi.json"

func (a *API) openAPIRoutes() []route {
	return []route{
		{method: http.MethodGet, path: openAPIPath, do: a.getOpenAPI, summary: "this document",
			gives: content("This document.", typeJSON, openapi.MapOf(&openapi.Schema{}))},
	}
}

// getOpenAPI answers GET /v1/openapi.json.
func (a *API) getOpenAPI(_ context.Context, r *request) (*document, error) {
	pretty, err := boolParameter(r.Request, "pretty")
	if err != nil || !pretty {
		return &document{file: &file{typeJSON, a.openAPI}}, err
	}
	var out bytes.Buffer
	err = json.Indent(&out, a.openAPI, "", "    ")
	return &document{file: &file{typeJSON, out.Bytes()}}, err
}

const describesAll = `Administers a Penstock proxy. The format is JSON:API; docs/rest.md explains it.

Of every path that is listed here: it may end in a slash. HEAD is GET without the body. OPTIONS is answered with 204 and tells in Allow which
methods there are; a method that is not among them is answered with 405. Parameters of the query that are not listed are ignored.`

// describe makes the OpenAPI document of the routes.
func (a *API) describe(table []route) ([]byte, error) {
	doc := openapi.Document{
		OpenAPI:  "3.1.0",
		Info:     openapi.Info{Title: "Penstock", Version: "1", Description: describesAll},
		Servers:  []openapi.Server{{URL: "/"}},
		Security: []map[string][]string{{"basic": {}}, {"token": {}}, {"cookie": {}}, {"certificate": {}}},
		Paths:    map[string]openapi.PathItem{},
		Components: openapi.Components{
			Responses: errorResponses(),
			Headers:   answerHeaders(),
			SecuritySchemes: map[string]map[string]any{
				"basic":       {"type": "http", "scheme": "basic"},
				"token":       {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
				"cookie":      {"type": "apiKey", "in": "cookie", "name": tokenCookie},
				"certificate": {"type": "mutualTLS"},
			},
		},
	}
	for i := range table {
		rt := &table[i]
		for path, name := range rt.documentPaths() {
			if doc.Paths[path] == nil {
				doc.Paths[path] = openapi.PathItem{}
			}
			doc.Paths[path][strings.ToLower(rt.method)] = rt.operation(path, name)
		}
	}
	return doc.Encode(words())
}

// documentPaths are the paths that a route is for, as OpenAPI writes them, each
// with the name of its relationship if it has one.
func (rt *route) documentPaths() map[string]string {
	parts := strings.Split(rt.path, "/")
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, ":"); ok && name != "name" {
			parts[i] = "{" + name + "}"
		}
	}
	path := strings.Join(parts, "/")
	prefix, ok := strings.CutSuffix(path, ":name")
	if !ok {
		return map[string]string{path: ""}
	}
	paths := map[string]string{}
	for _, name := range rt.gives.relationships {
		paths[prefix+name] = name
	}
	return paths
}

func (rt *route) operation(path, relationship string) *openapi.Operation {
	kind, _, _ := strings.Cut(strings.TrimPrefix(path, "/v1/"), "/")
	op := &openapi.Operation{
		ID:         operationID(rt.method, path),
		Summary:    rt.summary,
		Tags:       []string{kind},
		Parameters: rt.parameters(),
		Responses:  map[string]openapi.Response{},
	}
	if relationship != "" {
		op.Summary += ": " + relationship
	}
	if rt.takes != nil {
		op.RequestBody = &openapi.Body{Required: true, Content: contentOf(rt.takes, documentTypes)}
	}
	for _, r := range append([]reply{rt.gives}, rt.gives.others...) {
		op.Responses[strconv.Itoa(r.status)] = openapi.Response{Description: r.says, Headers: headersOf(r.headers...), Content: contentOf(r.schema, r.media)}
	}
	if rt.method == http.MethodGet {
		op.Responses["304"] = openapi.Response{Description: "The client has it already.", Headers: headersOf()}
	}
	for _, status := range rt.statuses() {
		name := strconv.Itoa(status)
		op.Responses[name] = openapi.Response{Ref: "#/components/responses/" + name}
	}
	return op
}

// operationID is a name that no other operation has: getSessionsId.
func operationID(method, path string) string {
	var id strings.Builder
	id.WriteString(strings.ToLower(method))
	for _, word := range strings.FieldsFunc(strings.TrimPrefix(path, "/v1/"), func(c rune) bool { return strings.ContainsRune("/{}._-", c) }) {
		id.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return id.String()
}

func contentOf(schema *openapi.Schema, media []string) map[string]openapi.Content {
	if schema == nil {
		return nil
	}
	content := map[string]openapi.Content{}
	for _, name := range media {
		content[name] = openapi.Content{Schema: schema}
	}
	return content
}

// answerHeaders are the headers that answers have.
func answerHeaders() map[string]openapi.Header {
	all := map[string]openapi.Header{
		"WWW-Authenticate": {Description: "How to log in.", Required: true, Schema: openapi.Text("")},
		"Retry-After":      {Description: "When to try again, in seconds.", Required: true, Schema: openapi.Text("")},
		"Set-Cookie":       {Description: "The cookie that holds a token, or one that is empty and makes it forgotten.", Required: true, Schema: openapi.Text("")},
	}
	h := http.Header{}
	harden(h)
	for name := range h {
		all[name] = openapi.Header{Description: "Keeps browsers from doing anything with the answer but showing it.", Required: true, Schema: openapi.Text("")}
	}
	return all
}

// headersOf refers to the headers that every answer has, and more.
func headersOf(more ...string) map[string]openapi.Header {
	h := http.Header{}
	harden(h)
	refs := map[string]openapi.Header{}
	for _, name := range slices.AppendSeq(more, maps.Keys(h)) {
		refs[name] = openapi.Header{Ref: "#/components/headers/" + name}
	}
	return refs
}

// errorStatuses say what a status of an error means.
var errorStatuses = map[int]string{
	http.StatusBadRequest:            "The body or a parameter makes no sense, names what there is not, or a plugin will not have it.",
	http.StatusUnauthorized:          "No or wrong credentials.",
	http.StatusForbidden:             "A wrong Host header, a page of another site, or an account that may only read.",
	http.StatusNotFound:              "There is no such thing.",
	http.StatusNotAcceptable:         "Accept names nothing that there is.",
	http.StatusPreconditionFailed:    "It is not as the request's If-Match or If-Unmodified-Since has it.",
	http.StatusConflict:              "The body's id or type is not that of the path, the name is taken, what is to be removed is in use, or what there is does not allow this.",
	http.StatusRequestEntityTooLarge: "The body is too large.",
	http.StatusUnsupportedMediaType:  "The body is of a type that is not read.",
	http.StatusTooManyRequests:       "Too many failed logins from this address.",
	http.StatusInternalServerError:   "A fault of Penstock; its log has the details.",
	http.StatusServiceUnavailable:    "A session could not be restarted and goes on as it was, or something could not be started, or a module's registry cannot be asked; or Penstock is stopping.",
	http.StatusGatewayTimeout:        "The time limit is over.",
}

// errorResponses are the answers that report an error.
func errorResponses() map[string]openapi.Response {
	all := map[string]openapi.Response{}
	for status, says := range errorStatuses {
		headers := headersOf()
		switch status {
		case http.StatusUnauthorized:
			headers = headersOf("WWW-Authenticate")
		case http.StatusTooManyRequests:
			headers = headersOf("Retry-After")
		}
		all[strconv.Itoa(status)] = openapi.Response{Description: says, Headers: headers,
			Content: contentOf(openapi.Of[errorDocument](), documentTypes)}
	}
	return all
}
