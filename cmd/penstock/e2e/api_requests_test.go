package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
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
// and mutations of them. Names of what must not be disturbed do not occur.
type requests struct {
	*rand.Rand
	victims func() []uint64 // sessions
}

var (
	apiVerbs = []string{"GET", "GET", "GET", "GET", "PATCH", "PATCH", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "patch", "G\x00T"}
	apiKinds = []string{"sessions", "services", "servers", "filters", "listeners", "monitors", "users/inet", "users/unix", "maxscale/modules",
		"maxscale/threads", "penstock/threads", "maxscale/logs", "nothing"}
	apiNames = []string{"victim", "a", "b", "c", "new1", "new2", "0", "readwritesplit", "gone", "%00", "..", "%2e%2e", "a%2Fb", "ü", "-1", "1e3",
		"18446744073709551616", "restart", strings.Repeat("x", 300)}
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
		`{"data":{"id":"new2","type":"listeners","attributes":{"parameters":{"port":0}},"relationships":{"services":{"data":[{"id":"victim","type":"services"}]}}}}`,
		strings.Repeat(`{"data":`, 100), `{"a":1,"a":2}`, `{"data":{"attributes":{"parameters":{"log_info":1e999}}}}`, "\x00\xff", strings.Repeat(" ", 1<<20+1)}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// next makes up one request.
func (g *requests) next() apiRequest {
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
		sep := "?"
		if strings.Contains(r.path, "?") {
			sep = "&"
		}
		query := pick(g.Rand, apiQueries)
		if g.IntN(2) == 0 {
			query = strings.NewReplacer(" ", "%20", `"`, "%22", "[", "%5B", "]", "%5D").Replace(query)
		}
		r.path += sep + query
	}
	if g.IntN(2) == 0 {
		r.body = pick(g.Rand, apiBodies)
	}
	for range g.IntN(3) {
		r.header = append(r.header, pick(g.Rand, apiHeaders))
	}
	if g.IntN(3) == 0 {
		r.path, r.body = g.mutate(r.path), g.mutate(r.body)
	}
	return r
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

// touches reports whether a request could change one of the names, however
// its path is spelt.
func (r *apiRequest) touches(names ...string) bool {
	path, err := url.PathUnescape(r.path)
	if err != nil {
		path = r.path
	}
	for _, name := range names {
		for _, part := range strings.FieldsFunc(path, func(c rune) bool { return c == '/' || c == '?' }) {
			if part == name {
				return true
			}
		}
	}
	return false
}
