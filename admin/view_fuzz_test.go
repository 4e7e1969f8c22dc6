package admin

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

// FuzzFilter holds filters to what must be true of any: reading one does not
// panic; asking it does not either, whatever the resource is, and always has
// the same answer; what names only some members has no need of others; and what
// equals a value that JSON has is found by it.
func FuzzFilter(f *testing.F) {
	for _, seed := range [][2]string{
		{"", `/attributes/user="maxuser"`}, {"", `id=and(ge(50),le(100))`}, {"", `id=not(eq(1),eq(5),eq(10))`}, {"/attributes/idle", `lt(1e3)`},
		{"$.attributes.connections[*].server", `or(eq("a"),ne("b"))`}, {"attributes['memory'].*", `gt("x")`}, {"$[*][*]", `eq(null)`}, {"", `a~1b/~0={"a":[1,{}]}`},
		{"", `id=eq(")")`}, {"", `/relationships/services/data/0/id="app"`}, {"[0]", `1`}, {"", `id=not(not(eq(1)))`}, {"", `=`}, {"x[", `eq(`},
	} {
		f.Add(seed[0], seed[1])
	}
	session := busySession()
	whole := sessionResource("http://x/v1", &session, nil)
	others := []resource{{}, {ID: "x", Attributes: map[string]any{"user": json.RawMessage(`{"a":1}`), "n": nil}}, newTestAPI(f, newFake()).filters("http://x/v1")[0]}
	f.Fuzz(func(t *testing.T, where, expression string) {
		c, err := parseFilter(expression)
		if where != "" {
			c, err = parseFilterAt(where, expression)
		}
		if err != nil {
			if err.Error() == "" || c.holds != nil && c.at == nil {
				t.Fatal("an error without words")
			}
			return
		}
		if len(c.at) == 0 || len(c.at) > maxSteps {
			t.Fatalf("a path of %d steps", len(c.at))
		}
		v := &view{filters: []condition{c}}
		part := new(glance).at("http://x/v1", &session, v.compares())
		if got := v.matches(&whole); got != v.matches(&part) || got != v.matches(&whole) {
			t.Fatalf("%v of the whole, and another answer of what was named", got)
		}
		for i := range others {
			v.matches(&others[i])
		}
		if _, value, ok := strings.Cut(expression, "="); ok && where == "" && json.Valid([]byte(value)) {
			var given any
			if json.Unmarshal([]byte(value), &given) == nil && !c.holds(given) {
				t.Fatalf("%s does not equal itself", value)
			}
		}
	})
}

// FuzzFields holds sparse fields to this: what is left of a resource is part
// of it, and asking again leaves the same.
func FuzzFields(f *testing.F) {
	for _, seed := range []string{"", "user", "user,statistics/queries", "/user,services", "connections/server", "a~1b,c~0", "memory,memory/total", "memory/total,memory", ",", "client/connection_attributes/_pid"} {
		f.Add(seed)
	}
	session := busySession()
	whole := sessionResource("http://x/v1", &session, nil)
	full := decoded(whole)
	f.Fuzz(func(t *testing.T, text string) {
		r := &http.Request{URL: &url.URL{RawQuery: url.Values{"fields[sessions]": {text}}.Encode()}}
		v, err := readView(r)
		if err != nil {
			if p := explain(err); p[0].status != http.StatusBadRequest || p[0].source.Parameter != "fields[sessions]" {
				t.Fatalf("%+v", p[0])
			}
			return
		}
		once := v.sparse(whole)
		got := decoded(once)
		if !partOf(got, full) {
			t.Fatalf("%v is no part of the resource", got)
		}
		part := sessionResource("http://x/v1", &session, v.prints(typeSessions))
		if again := decoded(v.sparse(part)); !reflect.DeepEqual(again, got) {
			t.Fatalf("%v of what is needed, %v of the whole", again, got)
		}
		if again := decoded(v.sparse(once)); !reflect.DeepEqual(again, got) {
			t.Fatalf("%v, and of that %v", got, again)
		}
	})
}

// partOf reports whether an object has nothing that another one has not.
func partOf(part, whole any) bool {
	members, is := part.(map[string]any)
	if !is {
		return reflect.DeepEqual(part, whole)
	}
	all, is := whole.(map[string]any)
	for name, value := range members {
		if other, there := all[name]; !there || !partOf(value, other) {
			return false
		}
	}
	return is
}
