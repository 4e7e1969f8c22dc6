package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Document is an OpenAPI 3.1 document.
type Document struct {
	OpenAPI    string                `json:"openapi"`
	Info       Info                  `json:"info"`
	Servers    []Server              `json:"servers"`
	Security   []map[string][]string `json:"security"`
	Tags       []Tag                 `json:"tags,omitempty"`
	Paths      map[string]PathItem   `json:"paths"`
	Components Components            `json:"components"`
}

// Info is about the API as a whole.
type Info struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description,omitempty"`
}

// Server is a URL that paths are appended to.
type Server struct {
	URL string `json:"url"`
}

// Tag groups operations.
type Tag struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// PathItem is what a path can do, by method in lower case.
type PathItem map[string]*Operation

// Operation is one method of one path.
type Operation struct {
	ID          string              `json:"operationId"`
	Summary     string              `json:"summary"`
	Tags        []string            `json:"tags,omitempty"`
	Parameters  []*Parameter        `json:"parameters,omitempty"`
	RequestBody *Body               `json:"requestBody,omitempty"`
	Responses   map[string]Response `json:"responses"`
}

// Parameter is a part of a path, a parameter of the query or a header.
type Parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"` // path, query or header
	Description string  `json:"description,omitempty"`
	Required    bool    `json:"required,omitempty"`
	AllowEmpty  bool    `json:"allowEmptyValue,omitempty"`
	Schema      *Schema `json:"schema"`
}

// Body is what a request carries.
type Body struct {
	Description string             `json:"description,omitempty"`
	Required    bool               `json:"required,omitempty"`
	Content     map[string]Content `json:"content"`
}

// Response is an answer, or refers to one among the components.
type Response struct {
	Ref         string             `json:"$ref,omitempty"`
	Description string             `json:"description,omitempty"`
	Headers     map[string]Header  `json:"headers,omitempty"`
	Content     map[string]Content `json:"content,omitempty"`
}

// Header is a header of an answer, or refers to one among the components.
type Header struct {
	Ref         string  `json:"$ref,omitempty"`
	Description string  `json:"description,omitempty"`
	Required    bool    `json:"required,omitempty"`
	Schema      *Schema `json:"schema,omitempty"`
}

// Content is a body of one media type.
type Content struct {
	Schema *Schema `json:"schema,omitempty"`
}

// Components are what several places refer to.
type Components struct {
	Schemas         map[string]*Schema        `json:"schemas"`
	Responses       map[string]Response       `json:"responses"`
	Headers         map[string]Header         `json:"headers"`
	SecuritySchemes map[string]map[string]any `json:"securitySchemes,omitempty"`
}

// Encode adds to the components every schema that something refers to, and
// returns the document as JSON. The error tells of two different schemas of one
// name.
func (d *Document) Encode(words Words) ([]byte, error) {
	r := resolver{words: words, schemas: map[string]*Schema{}}
	for _, item := range d.Paths {
		for _, op := range item {
			for _, p := range op.Parameters {
				r.add(p.Schema)
			}
			if op.RequestBody != nil {
				r.content(op.RequestBody.Content)
			}
			for _, res := range op.Responses {
				r.content(res.Content)
			}
		}
	}
	for _, res := range d.Components.Responses {
		r.content(res.Content)
	}
	if r.err != nil {
		return nil, r.err
	}
	d.Components.Schemas = r.schemas
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return nil, fmt.Errorf("encode the OpenAPI document: %w", err)
	}
	return out.Bytes(), nil
}

// resolver defines what schemas refer to.
type resolver struct {
	words   Words
	schemas map[string]*Schema
	err     error
}

func (r *resolver) content(content map[string]Content) {
	for _, c := range content {
		r.add(c.Schema)
	}
}

// add defines what a schema refers to, and what that refers to.
func (r *resolver) add(s *Schema) {
	if s == nil {
		return
	}
	if s.define != nil {
		r.define(strings.TrimPrefix(s.Ref, componentPrefix), s.define)
	}
	r.add(s.Items)
	for _, member := range s.Properties {
		r.add(member)
	}
	if s.Others != nil {
		r.add(s.Others.Fit)
	}
	for _, one := range s.AnyOf {
		r.add(one)
	}
}

func (r *resolver) define(name string, define func(Words) *Schema) {
	schema := define(r.words)
	if known := r.schemas[name]; known != nil {
		one, _ := json.Marshal(known)
		other, _ := json.Marshal(schema)
		if !bytes.Equal(one, other) {
			r.err = fmt.Errorf("two schemas of the OpenAPI document have the name %q", name)
		}
		return
	}
	r.schemas[name] = schema
	r.add(schema)
}
