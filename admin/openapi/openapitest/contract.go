package openapitest

import (
	"bytes"
	_ "embed"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// official is https://spec.openapis.org/oas/3.1/schema/2022-10-07, which says
// what an OpenAPI 3.1 document is.
//
//go:embed schema-3.1.json
var official []byte

// Contract is an OpenAPI document that exchanges are held against. It may be
// used by several goroutines.
type Contract struct {
	doc     any
	paths   []path
	strict  *schemas
	partial *schemas // nothing is required: what a request for some fields is answered with
}

// path is a path of the document with its operations.
type path struct {
	segments   []string
	operations map[string]*Operation // by method
}

// Operation is one method of one path of the document.
type Operation struct {
	Method, Path string
	// Query are the parameters of the query with their schemas.
	Query map[string]any
	// Body is the schema of the request's body; nil if it is not read.
	Body any

	pointer   string // to it in the document
	responses map[string]response
}

// response is what an operation may answer with one status.
type response struct {
	pointer  string
	required []string // headers
	media    map[string]bool
}

// New reads a document. The error tells why it is no OpenAPI 3.1 document, or
// which of its schemas is none.
func New(text []byte) (*Contract, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("the OpenAPI document is no JSON: %w", err)
	}
	if err := valid(doc); err != nil {
		return nil, fmt.Errorf("this is no OpenAPI 3.1 document: %w", err)
	}
	c := &Contract{doc: doc}
	if c.strict, err = newSchemas(doc); err != nil {
		return nil, err
	}
	if c.partial, err = newSchemas(withoutRequired(doc)); err != nil {
		return nil, err
	}
	root := node{root: doc, value: doc}
	for name, item := range root.get("paths").members() {
		p := path{segments: split(name), operations: map[string]*Operation{}}
		for method, op := range item.members() {
			one := newOperation(strings.ToUpper(method), name, op)
			p.operations[one.Method] = one
			if err := c.strict.compileAll(one); err != nil {
				return nil, err
			}
		}
		c.paths = append(c.paths, p)
	}
	// A path without parameters goes before one with them that it fits as well.
	slices.SortFunc(c.paths, func(a, b path) int {
		if n := a.parameters() - b.parameters(); n != 0 {
			return n
		}
		return slices.Compare(a.segments, b.segments)
	})
	return c, nil
}

// valid holds a document against the official schema.
func valid(doc any) error {
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(official))
	if err != nil {
		return err
	}
	const url = "https://spec.openapis.org/oas/3.1/schema/2022-10-07"
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(url, schema); err != nil {
		return err
	}
	compiled, err := compiler.Compile(url)
	if err != nil {
		return err
	}
	return compiled.Validate(doc)
}

func newOperation(method, name string, op node) *Operation {
	o := &Operation{
		Method: method, Path: name, Query: map[string]any{}, responses: map[string]response{},
		pointer: "/paths/" + escape(name) + "/" + strings.ToLower(method),
	}
	for _, p := range op.get("parameters").elements() {
		if p.get("in").value == "query" {
			o.Query[p.get("name").value.(string)] = p.get("schema").value
		}
	}
	if op.get("requestBody").value != nil {
		o.Body = op.get("requestBody").get("content").get("application/json").get("schema").value
	}
	for status, res := range op.get("responses").members() {
		r := response{pointer: o.pointer + "/responses/" + status, media: map[string]bool{}}
		if res.from != "" {
			r.pointer = strings.TrimPrefix(res.from, "#")
		}
		for header, h := range res.get("headers").members() {
			if h.get("required").value == true {
				r.required = append(r.required, header)
			}
		}
		slices.Sort(r.required)
		for media := range res.get("content").members() {
			r.media[media] = true
		}
		o.responses[status] = r
	}
	return o
}

// Operations are all that the document describes, in a fixed order.
func (c *Contract) Operations() []*Operation {
	var list []*Operation
	for _, p := range c.paths {
		for _, op := range p.operations {
			list = append(list, op)
		}
	}
	slices.SortFunc(list, func(a, b *Operation) int { return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method) })
	return list
}

// find returns the path that a request's path is, or nil.
func (c *Contract) find(name string) *path {
	segments := split(name)
	for i := range c.paths {
		if c.paths[i].fits(segments) {
			return &c.paths[i]
		}
	}
	return nil
}

func split(name string) []string { return strings.Split(strings.TrimRight(name, "/"), "/") }

func (p *path) parameters() (n int) {
	for _, s := range p.segments {
		if strings.HasPrefix(s, "{") {
			n++
		}
	}
	return n
}

func (p *path) fits(segments []string) bool {
	if len(segments) != len(p.segments) {
		return false
	}
	for i, s := range p.segments {
		if s != segments[i] && (!strings.HasPrefix(s, "{") || segments[i] == "") {
			return false
		}
	}
	return true
}

// operation is what a method is of a path: HEAD is GET without the body.
func (p *path) operation(method string) *Operation {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	return p.operations[method]
}
