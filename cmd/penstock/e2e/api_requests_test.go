package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/penstock-db/penstock/admin/openapi/openapitest"
	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// apiRequest is a request to the REST API, sensible or not.
type apiRequest struct {
	method, path, body string
	header             [][2]string
}

func (r *apiRequest) String() string {
	return fmt.Sprintf("%s %s %v\n%s", r.method, r.path, r.header, r.body)
}

// requests makes up requests: sensible ones on things that may be disturbed,
// and mutations of them. Half are made from the OpenAPI document, so that what is
// added to the API is among them. Names of what must not be disturbed do not occur
// but by chance, see [apiRequest.disturbs].
type requests struct {
	*rand.Rand
	victims  func() []uint64 // sessions
	document []*openapitest.Operation
	sampler  *openapitest.Sampler
}

func newRequests(r *rand.Rand, victims func() []uint64, document *openapitest.Contract) *requests {
	g := &requests{Rand: r, victims: victims, document: document.Operations()}
	g.sampler = document.Sampler(r, g.text)
	return g
}

var (
	apiVerbs = []string{"GET", "GET", "GET", "GET", "PATCH", "PATCH", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "patch", "G\x00T"}
	apiKinds = []string{"sessions", "services", "servers", "filters", "listeners", "monitors", "users/inet", "users/unix", "maxscale/modules",
		"maxscale/threads", "penstock/threads", "maxscale/logs", "nothing"}
	apiNames = []string{"toy", "toy", "a", "b", "c", "new1", "new2", "0", "readwritesplit", "gone", "%00", "..", "%2e%2e", "a%2Fb", "ü", "-1", "1e3",
		"18446744073709551616", "restart", strings.Repeat("x", 300)}
	apiKnown = map[string][]string{ // things that there are, or can be
		"services": {"toy", "new1", "steady"}, "servers": {"toy", "new1", "primary"}, "filters": {"b", "c", "new1", "new2", "a"}, "listeners": {"toy", "new2", "steady"},
		"monitors": {"toy", "new1", "main"}, "modules": {"regexfilter", "readwritesplit"}, "threads": {"0"}, "inet": {"new1", "new2"}}
	apiTexts = map[string][]string{ // of members of bodies
		"id": {"a", "b", "c", "new1", "new2", "toy"}, "type": {"filters", "services", "servers", "listeners", "monitors", "sessions", "inet", "basic"},
		"module": {"regexfilter", "qlafilter", "maxrows", "readwritesplit", "readconnroute", "mariadb", "gone"}, "router": {"readwritesplit", "readconnroute", "gone"},
		"match": {"'m([abc]*)'", "x", "("}, "address": {"127.0.0.1", "127.0.0.1:1", "localhost", "::1", "[::1]:1", "gone.invalid"}, "socket": {"/nowhere"},
		"user": {"new1", "new2"}, "password": {"long enough", "x"}, "account": {"admin", "basic"}, "timeout": {"10ms", "1s", "1", "-1s", "x"},
		"state": {"maintenance", "drain", "master", "x"}, "host": {"%", "localhost"}}
	apiTails = []string{"", "", "", "/", "//", "/relationships/filters", "/relationships/services", "/relationships/servers", "/relationships/nothing",
		"/restart", "/set", "/clear", "/stop", "/start", "/a/b/c"}
	apiRoots   = []string{"/v1", "/v1/maxscale", "/v1/penstock", "/v1/auth", "/v1/openapi.json", "/v1/users", "/", "", "*", "/v2/sessions", "/metrics"}
	apiQueries = []string{"pretty", "pretty=true", "rdns=true", "rdns=maybe", "diagnostics=true", "page[size]=2", "page[size]=-1", "page[size]=99999999999999999999",
		"page[number]=1", "page[number]=x", "fields[sessions]=state,user", "fields[sessions]=memory/total", "fields[]=", "fields[sessions]=" + strings.Repeat("a,", 200),
		"filter=/attributes/state=\"Session started\"", "filter=/id=1", "filter[/attributes/user]=eq(\"app\")", "filter[/attributes/idle]=gt(1)", "filter=", "filter[=(",
		"filter[/a]=and(and(and(and(", "ttl=60", "ttl=1h", "ttl=-1", "ttl=x", "sync=false", "state=maintenance", "state=drain", "state=master", "force=yes", "max-age=60",
		"max-age=-1", "persist=yes", "logout=yes", "%zz", "a;b", "=", "&&&"}
	apiHeaders = [][2]string{{"X-HTTP-Method-Override", "DELETE"}, {"X-HTTP-Method-Override", "PATCH"}, {"X-HTTP-Method-Override", "get"}, {"X-HTTP-Method-Override", "\t"},
		{"If-Match", `"x"`}, {"If-Match", "*"}, {"If-Match", "nonsense"}, {"If-None-Match", "*"}, {"If-None-Match", `W/"a", "b"`},
		{"If-Modified-Since", "Fri, 05 Jan 2024 07:24:06 GMT"}, {"If-Modified-Since", "never"}, {"If-Unmodified-Since", "Fri, 05 Jan 2034 07:24:06 GMT"},
		{"Accept", "application/json, text/plain, */*"}, {"Accept", "application/vnd.api+json"}, {"Accept", "text/html"}, {"Accept", ";;,;q=x"},
		{"Content-Type", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}, {"Content-Type", "application/json; charset=utf-16"}, {"Content-Type", "\xff"},
		{"Authorization", "Basic"}, {"Authorization", "Bearer x.y.z"}, {"Authorization", "Basic !!!"}, {"Cookie", "token_sig=a; token_body=b"}, {"Origin", "http://evil.example"},
		{"Sec-Fetch-Site", "cross-site"}, {"Host", "evil.example"}, {"Host", "localhost"}, {"X-Forwarded-For", "1.2.3.4"}, {"Range", "bytes=0-1"}}
	apiBodies = []string{"", "", "{}", "[]", "null", `{"data":null}`, `{"data":{}}`,
		`{"data":{"attributes":{"parameters":{"log_info":true}}}}`, `{"data":{"attributes":{"parameters":{"log_debug":false,"log_info":false}}}}`,
		`{"data":{"attributes":{"relationships":{"filters":{"data":[{"id":"a"},{"id":"b"}]}}}}}`, `{"data":{"relationships":{"filters":{"data":[{"id":"c","type":"services"}]}}}}`,
		`{"data":{"relationships":{"filters":{"data":null}}}}`, `{"data":[{"id":"a","type":"filters"}]}`, `{"data":[]}`,
		`{"data":{"attributes":{"parameters":{"options":{"match":"'m([abc]*)'"}}}}}`, `{"data":{"attributes":{"parameters":{"options":{"match":"("}}}}}`,
		`{"data":{"id":"new1","type":"filters","attributes":{"module":"maxrows","parameters":{"max_resultset_rows":"5"}}}}`,
		`{"data":{"id":"new2","type":"filters","attributes":{"module":"regexfilter","parameters":{"options":{"match":"x","replace":"y"}}}}}`,
		`{"data":{"id":"new1","type":"servers","attributes":{"parameters":{"address":"127.0.0.1","port":1}}}}`,
		`{"data":{"id":"new1","type":"inet","attributes":{"password":"long enough","account":"basic"}}}`, `{"data":{"attributes":{"password":"another one"}}}`,
		`{"data":{"attributes":{"parameters":{"weight":"2","rank":1}}}}`, `{"data":{"attributes":{"parameters":{"max_connections":50}}}}`,
		`{"data":{"id":"new2","type":"listeners","attributes":{"parameters":{"port":0}},"relationships":{"services":{"data":[{"id":"toy","type":"services"}]}}}}`,
		strings.Repeat(`{"data":`, 100), `{"a":1,"a":2}`, `{"data":{"attributes":{"parameters":{"log_info":1e999}}}}`, "\x00\xff", strings.Repeat(" ", 1<<20+1)}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// next makes up one request.
func (g *requests) next() apiRequest {
	r := g.free()
	if g.IntN(2) == 0 {
		r = g.described()
	}
	for range g.IntN(3) {
		r.header = append(r.header, pick(g.Rand, apiHeaders))
	}
	if g.IntN(3) == 0 {
		r.path, r.body = g.mutate(r.path), g.mutate(r.body)
	}
	return r
}

// described makes up a request that the OpenAPI document describes, or nearly so.
func (g *requests) described() apiRequest {
	op := pick(g.Rand, g.document)
	r := apiRequest{method: op.Method, path: op.Fill(func(kind string) string {
		if list := apiKnown[kind]; list != nil && g.IntN(4) > 0 {
			return pick(g.Rand, list)
		}
		return g.name(kind)
	})}
	if g.IntN(10) == 0 {
		r.method = pick(g.Rand, apiVerbs)
	}
	for name, schema := range op.Query {
		if g.IntN(3) == 0 {
			r.query(url.QueryEscape(name) + "=" + url.QueryEscape(fmt.Sprint(g.sampler.Value(schema))))
		}
	}
	if op.Body == nil && g.IntN(10) > 0 {
		return r
	}
	body := g.sampler.Value(op.Body)
	for range g.IntN(3) {
		body = openapitest.Mutate(g.Rand, body)
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // it is made of what JSON has
	}
	r.body = string(text)
	r.header = append(r.header, [2]string{"Content-Type", "application/json"})
	return r
}

// text makes up a text for a member of a body.
func (g *requests) text(member string) string {
	if list := apiTexts[member]; list != nil && g.IntN(4) > 0 {
		return pick(g.Rand, list)
	}
	return pick(g.Rand, apiNames)
}

// free makes up a request from the lists above.
func (g *requests) free() apiRequest {
	r := apiRequest{method: pick(g.Rand, apiVerbs), path: pick(g.Rand, apiRoots)}
	if g.IntN(8) > 0 {
		kind := pick(g.Rand, apiKinds)
		if g.IntN(2) == 0 {
			kind = "sessions"
		}
		r.path = "/v1/" + kind
		if g.IntN(4) > 0 {
			r.path += "/" + g.name(kind) + pick(g.Rand, apiTails)
		}
	}
	for range g.IntN(3) {
		query := pick(g.Rand, apiQueries)
		if g.IntN(2) == 0 {
			query = strings.NewReplacer(" ", "%20", `"`, "%22", "[", "%5B", "]", "%5D").Replace(query)
		}
		r.query(query)
	}
	if g.IntN(2) == 0 {
		r.body = pick(g.Rand, apiBodies)
	}
	return r
}

// query adds to the request's query.
func (r *apiRequest) query(text string) {
	sep := "?"
	if strings.Contains(r.path, "?") {
		sep = "&"
	}
	r.path += sep + text
}

func (g *requests) name(kind string) string {
	if victims := g.victims(); kind == "sessions" && g.IntN(8) > 0 && len(victims) > 0 {
		return fmt.Sprint(pick(g.Rand, victims))
	}
	return pick(g.Rand, apiNames)
}

// mutate changes some bytes of a text.
func (g *requests) mutate(text string) string {
	b := []byte(text)
	for range 1 + g.IntN(4) {
		if len(b) == 0 {
			return text
		}
		i := g.IntN(len(b))
		switch g.IntN(5) {
		case 0:
			b[i] ^= 1 << g.IntN(8)
		case 1:
			b = append(b[:i], b[i+1:]...)
		case 2:
			b = append(b[:i], append([]byte{byte(g.IntN(256))}, b[i:]...)...)
		case 3:
			j := i + g.IntN(len(b)-i)
			b = append(b, b[i:j]...)
		case 4:
			b = b[:i]
		}
	}
	return string(b)
}

// check holds the answer to a request against the OpenAPI document. What
// net/http answers by itself, before it is a request to the API, is left out.
func (r *apiRequest) check(document *openapitest.Contract, a *rig.Answer) error {
	at, err := url.ParseRequestURI(r.path)
	if err != nil || a.Header.Get("X-Frame-Options") == "" && (a.Code == 0 || a.Code == http.StatusBadRequest || r.path == "*") {
		return nil
	}
	e := &openapitest.Exchange{Method: r.method, URL: at, Request: http.Header{}, RequestBody: []byte(r.body),
		Status: a.Code, Answer: a.Header, Body: a.Body}
	for _, h := range r.header {
		e.Request.Set(h[0], h[1])
	}
	return document.Check(e)
}

// protected are the names of things that the rig and the sessions of the test
// need. No request may change one of them, by its path or by naming it in a body:
// a relationship can be set from either end.
type protected struct {
	// paths are in no path of a request that changes anything.
	paths []string
	// bodies are in no body of one. What may be used by others besides (a
	// filter, a server) is none of them.
	bodies []string
}

// disturbs reports whether a request could change what must stay, however it
// is spelt.
func (r *apiRequest) disturbs(keep *protected) bool {
	return slices.ContainsFunc(r.segments(), func(part string) bool { return slices.Contains(keep.paths, part) }) || mentions(r.body, keep.bodies)
}

// restartsAll reports whether a request is for all sessions, those that must
// not be disturbed too.
func (r *apiRequest) restartsAll() bool {
	parts := r.segments()
	i := slices.Index(parts, "restart")
	return i > 0 && parts[i-1] == "sessions"
}

// segments are the parts of the path that are not empty.
func (r *apiRequest) segments() []string {
	path, _, _ := strings.Cut(r.path, "?")
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	return strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
}

// mentions reports whether a JSON text has one of the names as a string or a
// member; what is no JSON changes nothing.
func mentions(body string, names []string) bool {
	dec := json.NewDecoder(strings.NewReader(body))
	for {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		if text, ok := token.(string); ok && slices.Contains(names, text) {
			return true
		}
	}
}
