package openapitest

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// documentURL is where schemas think that the document is.
const documentURL = "https://penstock.invalid/openapi.json"

// schemas are the schemas of a document by their place in it.
type schemas struct {
	compiler *jsonschema.Compiler
	mu       sync.Mutex // a compiler is for one goroutine
	known    map[string]*jsonschema.Schema
}

func newSchemas(doc any) (*schemas, error) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(documentURL, doc); err != nil {
		return nil, err
	}
	return &schemas{compiler: compiler, known: map[string]*jsonschema.Schema{}}, nil
}

// compileAll finds out now which schemas of an operation are none.
func (s *schemas) compileAll(op *Operation) error {
	if op.Body != nil {
		if _, err := s.at(op.bodyPointer()); err != nil {
			return err
		}
	}
	for _, res := range op.responses {
		for media := range res.media {
			if _, err := s.at(res.schemaPointer(media)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (op *Operation) bodyPointer() string {
	return op.pointer + "/requestBody/content/application~1json/schema"
}

func (r *response) schemaPointer(media string) string {
	return r.pointer + "/content/" + escape(media) + "/schema"
}

// at returns the schema at a place of the document.
func (s *schemas) at(pointer string) (*jsonschema.Schema, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if schema := s.known[pointer]; schema != nil {
		return schema, nil
	}
	// In a URL the braces of a path have to be escaped.
	escaped := strings.NewReplacer("{", "%7B", "}", "%7D").Replace(pointer)
	schema, err := s.compiler.Compile(documentURL + "#" + escaped)
	if err != nil {
		return nil, fmt.Errorf("the schema at %s of the OpenAPI document: %w", pointer, err)
	}
	s.known[pointer] = schema
	return schema, nil
}

// check holds JSON against the schema at a place of the document.
func (s *schemas) check(pointer string, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("it is no JSON: %w", err)
	}
	schema, err := s.at(pointer)
	if err != nil {
		return err
	}
	return schema.Validate(value)
}
