// Package script is what the filters whose work is done by a script have in
// common, whatever the script's language: the hooks that a script defines, and the
// functions and objects that it has, under the same names everywhere.
//
//	luafilter, jsfilter   an interpreter behind the interface [Language], and nothing more
//	filter.go             the hooks: from the host to the script's function, and the verdict back
//	options.go            o of setup(o): the options, and what the filter asks of the host
//	query.go              q of query(q)
//	reply.go, row.go      r of reply(r) and row(r, values)
//	globals.go            log, kv, info and the like
//
// The script is run once, in [Setup], which is in the definition's template: sessions
// get clones of the interpreter with the script loaded.
//
// README.md of this folder's parent is the reference for who writes scripts.
package script

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/penstock-db/penstock/plugins/sdk"
)

// Hooks are the functions that a script can define.
var Hooks = []string{"setup", "open", "query", "reply", "row", "timer", "reset", "close"}

// Language is an interpreter with one script.
//
// Values that cross it are nil, bool, float64, string (bytes of any kind), []any, [Index],
// *[Object], *[List], *[Row] and *[Verdict]. The last five are created here only;
// a script gets its language's form of them, and a *Verdict that it gives back is the same
// one. Anything else that a script gives is an [Opaque].
type Language interface {
	// Load runs the script with the members of globals as global names, and
	// looks for Hooks. An error begins with the script's name and line.
	Load(source string, globals *Object) error
	// Defines reports whether the script has a function of the name, one of Hooks.
	Defines(hook string) bool
	// Call calls the function.
	// An error begins with the script's name and line.
	Call(hook string, args ...any) (any, error)
}

// Name is what the script is called in errors.
const Name = "script"

// Function is a function that scripts can call.
type Function func(args *Args) (any, error)

// Object is an object of a script. What it has never changes.
type Object struct {
	Name       string                         // in errors
	Properties map[string]func() (any, error) // computed when they are read
	Functions  map[string]Function
	Members    map[string]*Object
	// Native is for the Language to keep its own form in.
	Native any
}

// Missing is what a script is told that reads what the object does not have.
func (o *Object) Missing(name string) error {
	names := slices.Concat(slices.Collect(maps.Keys(o.Functions)), slices.Collect(maps.Keys(o.Properties)))
	slices.Sort(names)
	return fmt.Errorf("%s has no %s; it has %s", o.Name, name, strings.Join(names, ", "))
}

// List is a list that a script gets more than once.
type List struct {
	Items []any
	// Native is for the Language to keep its own form in.
	Native any
}

// Index is the place of an item in a list, from 0. A script gets the number that its
// language has for it.
type Index int

// Opaque is a value of the script that is nothing a function here can take.
type Opaque struct{ Kind string } // in words, such as "a table"

// Row is the values of a row, in order. A script sees it as a list whose values are read
// and written here, one by one, because few scripts look at all of them.
type Row struct{ cells []cell }

type cell struct {
	value   []byte // nil: NULL
	changed bool
}

// Len is the number of values.
func (r *Row) Len() int { return len(r.cells) }

// Value is the value of a column, as text in both protocols; nil is NULL. It is
// valid until the call ends.
func (r *Row) Value(i int) []byte { return r.cells[i].value }

// SetText gives a column another value.
func (r *Row) SetText(i int, text string) {
	if c := &r.cells[i]; c.value == nil || string(c.value) != text {
		*c = cell{append([]byte{}, text...), true}
	}
}

// SetNull has a column be NULL.
func (r *Row) SetNull(i int) {
	if c := &r.cells[i]; c.value != nil {
		*c = cell{nil, true}
	}
}

// Verdict is what a function like q.reject gives, for the hook to return.
type Verdict struct {
	name string
	hook string             // that may return it
	give func() sdk.Verdict // not before it has been returned: it writes where the payload is
}
