package openapi

import (
	"encoding/json"
	"reflect"
)

// Schema is a JSON Schema (draft 2020-12), as far as it is needed here. The
// zero value fits everything.
type Schema struct {
	Ref         string             `json:"$ref,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        Types              `json:"type,omitempty"`
	Const       any                `json:"const,omitempty"`
	Enum        []any              `json:"enum,omitempty"`
	Format      string             `json:"format,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	Minimum     *int64             `json:"minimum,omitempty"`
	Maximum     *int64             `json:"maximum,omitempty"`
	MinLength   int                `json:"minLength,omitempty"`
	MinItems    int                `json:"minItems,omitempty"`
	Items       *Schema            `json:"items,omitempty"`
	Properties  map[string]*Schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	// Others is what members that Properties does not name have to fit; nil:
	// anything.
	Others *Others   `json:"additionalProperties,omitempty"`
	AnyOf  []*Schema `json:"anyOf,omitempty"`

	// define makes what Ref refers to.
	define func(Words) *Schema
}

// Others is about an object's further members: a schema, or nil for none.
type Others struct{ Fit *Schema }

// MarshalJSON writes the schema, or false.
func (o *Others) MarshalJSON() ([]byte, error) {
	if o.Fit == nil {
		return []byte("false"), nil
	}
	return json.Marshal(o.Fit)
}

// Types are the JSON types that a value may have.
type Types []string

// MarshalJSON writes a single type as a string, which is how people write it.
func (t Types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

const componentPrefix = "#/components/schemas/"

// Named refers to a schema among the components; define is asked for it when
// the document is made. All schemas of one name have to be the same.
func Named(name string, define func(Words) *Schema) *Schema {
	return &Schema{Ref: componentPrefix + name, define: define}
}

// Of refers to the schema of T's JSON. T is a struct with a name.
func Of[T any]() *Schema { return reference(reflect.TypeFor[T]()) }

// Closed is an object of these members and no others; all are required but
// those of optional.
func Closed(members map[string]*Schema, optional ...string) *Schema {
	s := &Schema{Type: Types{"object"}, Properties: members, Others: &Others{}}
	s.Required = missing(members, optional)
	return s
}

// List is an array.
func List(items *Schema) *Schema { return &Schema{Type: Types{"array"}, Items: items} }

// MapOf is an object whose members have any name.
func MapOf(value *Schema) *Schema { return &Schema{Type: Types{"object"}, Others: &Others{value}} }

// Text is a string, with its description.
func Text(description string) *Schema {
	return &Schema{Type: Types{"string"}, Description: description}
}

// Flag is a boolean, with its description.
func Flag(description string) *Schema {
	return &Schema{Type: Types{"boolean"}, Description: description}
}

// Count is an integer that is not negative, with its description.
func Count(description string) *Schema {
	return &Schema{Type: Types{"integer"}, Minimum: new(int64), Description: description}
}

// OneOf is a string of a few, with its description.
func OneOf(description string, values ...string) *Schema {
	s := Text(description)
	for _, v := range values {
		s.Enum = append(s.Enum, v)
	}
	return s
}

// OrNull lets a value be null as well.
func (s *Schema) OrNull() *Schema {
	if len(s.Type) == 0 {
		return &Schema{Description: s.Description, AnyOf: []*Schema{s, {Type: Types{"null"}}}}
	}
	c := *s
	c.Type = append(append(Types{}, s.Type...), "null")
	if c.Enum != nil {
		c.Enum = append(append([]any{}, s.Enum...), nil)
	}
	return &c
}

// Says returns the schema with a description.
func (s *Schema) Says(description string) *Schema {
	c := *s
	c.Description = description
	return &c
}
