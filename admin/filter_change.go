package admin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"strconv"

	"github.com/penstock-db/penstock/engine"
	"github.com/penstock-db/penstock/engine/config"
)

// filterChange is what the body of PATCH /v1/filters/:id asks for.
type filterChange struct {
	module  string // empty: as it is
	options object // to set; null removes; nil: as they are
}

// patchFilter answers PATCH /v1/filters/:id: the filter is made anew, from its
// module as it is now, and live sessions take it over as they become idle.
func (a *API) patchFilter(_ context.Context, r *request) (*document, error) {
	name := r.params.ByName("id")
	if err := readable(r.Request); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyProblem(err)
	}
	change, err := readFilterChange(text, name)
	if err != nil {
		return nil, err
	}
	err = a.proxy.UpdateFilter(name, change.apply)
	switch {
	case errors.Is(err, engine.ErrNoFilter):
		return nil, problemf(http.StatusNotFound, "there is no "+strconv.Quote(name)+" among the filters")
	case err != nil:
		return nil, badBody("/data/attributes/parameters", err.Error())
	}
	return nil, nil
}

// readFilterChange reads the body. Every problem is told at once.
func readFilterChange(text []byte, name string) (change filterChange, _ error) {
	body, malformed := parseBody(text)
	if malformed != nil {
		return change, malformed
	}
	var b bodyReader
	b.onlyMembers(body, "", "data", "links", "meta", "jsonapi")
	if data, ok := b.object(body, "", "data"); ok {
		b.onlyMembers(data, "/data", "id", "type", "attributes", "relationships", "links", "meta")
		b.same(data, "id", name)
		b.same(data, "type", typeFilters)
		change = b.filterAttributes(data)
	}
	if len(b.problems) > 0 {
		return change, b.problems
	}
	return change, nil
}

// same checks a member that a body may repeat but not change.
func (b *bodyReader) same(data object, name, is string) {
	value, there := data[name]
	if there && value != is {
		b.problems = append(b.problems, problemf(http.StatusConflict,
			"by the path the "+name+" is "+strconv.Quote(is)+", and it cannot be changed").at("/data/"+name))
	}
}

func (b *bodyReader) filterAttributes(data object) (change filterChange) {
	if _, there := data["attributes"]; !there {
		return change
	}
	attributes, ok := b.object(data, "/data", "attributes")
	if !ok {
		return change
	}
	b.onlyMembers(attributes, "/data/attributes", "parameters", "module", "filter_diagnostics")
	if _, there := attributes["parameters"]; !there {
		return change
	}
	const at = "/data/attributes/parameters"
	params, ok := b.object(attributes, "/data/attributes", "parameters")
	if !ok {
		return change
	}
	b.onlyMembers(params, at, "module", "options")
	if value, there := params["module"]; there {
		if change.module, ok = value.(string); !ok || change.module == "" {
			b.bad(at+"/module", "this has to be the name of a built-in module or the path of a .wasm file")
		}
	}
	if _, there := params["options"]; there {
		change.options, _ = b.object(params, at, "options")
	}
	return change
}

// apply changes a definition's configuration: given options replace those of
// the same name, null removes them.
func (c *filterChange) apply(p *config.Plugin) {
	if c.module != "" {
		p.Module = c.module
	}
	if c.options == nil {
		return
	}
	merged := map[string]any{}
	_ = json.Unmarshal(p.Options, &merged) // it was made by the configuration's reader
	maps.Copy(merged, c.options)
	maps.DeleteFunc(merged, func(_ string, v any) bool { return v == nil })
	p.Options, _ = json.Marshal(merged)
}
