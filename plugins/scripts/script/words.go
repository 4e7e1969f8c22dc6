package script

import (
	"fmt"
	"strings"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

// The host computes for a plugin what it says it needs, and each thing costs. What a
// script needs is what it names: a property whose name is nowhere in its text is not
// computed, and is an error if the script reads it all the same, under a name that it has put together.

// uses are the words of a script.
type uses map[string]bool

func wordsOf(source string) uses {
	u := uses{}
	for word := range strings.FieldsFuncSeq(source, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		u[word] = true
	}
	return u
}

// needs is what has to be computed for a word.
var needs = map[string]uint32{
	"sql": abi.NeedSQL, "tables": abi.NeedSQL, "is": abi.NeedClassify, "operation": abi.NeedClassify, "digest": abi.NeedDigest,
	"canonical": abi.NeedCanonical, "in_transaction": abi.NeedTransaction, "hold": abi.NeedHold,
}

var features = map[string]uint64{"kv": abi.FeatureKV, "set_timer": abi.FeatureTimers, "sink": abi.FeatureSinks}

// named is an error if the script does not have the word.
func (u uses) named(object, word string) error {
	if u[word] {
		return nil
	}
	return fmt.Errorf("%s.%s has to be written like this somewhere in the script: the host computes only what a script names", object, word)
}

// declare asks the host for what the script's functions need, and for nothing else.
func (f *Filter) declare(o *sdk.Options) {
	l := f.language
	asks, rows := l.Defines("query"), l.Defines("row")
	if !asks && !rows && !l.Defines("reply") {
		o.Fail("script", "defines none of query, reply and row: it would never be called")
		return
	}
	switch {
	case f.commands != nil:
		o.Commands(f.commands...)
	case asks:
		o.Commands(sdk.ComQuery, sdk.ComStmtPrepare, sdk.ComStmtExecute, sdk.ComStmtBulkExecute)
	default:
		o.Commands(sdk.ComQuery, sdk.ComStmtExecute, sdk.ComStmtBulkExecute)
	}
	if asks {
		for word, bits := range needs {
			if f.uses[word] {
				o.Needs(bits)
			}
		}
	}
	for word, bits := range features {
		if f.uses[word] {
			o.Features(bits)
		}
	}
	switch {
	case rows:
		o.Commands(sdk.ComStmtFetch)
		o.ReplyLevel(abi.ReplyRows)
		o.Window(abi.MinWindow) // a script takes its time for each row
	case l.Defines("reply"):
		o.ReplyLevel(abi.ReplySummary)
	}
}
