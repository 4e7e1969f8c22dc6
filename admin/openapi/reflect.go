package openapi

import (
	"encoding"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Words say what a Go type does not: for a struct type, by the name of the
// member in JSON, what is laid over the schema that the field's type gives.
// A schema with a type, a reference or alternatives takes its place wholly.
type Words map[reflect.Type]map[string]*Schema

// TypeOf is a key of [Words].
func TypeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// Define describes T itself, for a schema that differs from it in a member.
func Define[T any](words Words) *Schema { return structSchema(reflect.TypeFor[T](), words) }

func reference(t reflect.Type) *Schema {
	return Named(t.Name(), func(words Words) *Schema { return structSchema(t, words) })
}

// structSchema describes a struct as encoding/json writes it. A member is
// required unless its tag lets it be left out.
func structSchema(t reflect.Type, words Words) *Schema {
	s := &Schema{Type: Types{"object"}, Properties: map[string]*Schema{}, Others: &Others{}}
	addFields(s, t, words)
	return s
}

func addFields(s *Schema, t reflect.Type, words Words) {
	for field := range t.Fields() {
		tag := strings.Split(field.Tag.Get("json"), ",")
		name, options := tag[0], tag[1:]
		switch {
		case field.Anonymous && name == "":
			addFields(s, field.Type, words)
			continue
		case !field.IsExported() || name == "-":
			continue
		case name == "":
			name = field.Name
		}
		s.Properties[name] = valueSchema(field.Type, words).under(words[t][name])
		if !slices.Contains(options, "omitempty") && !slices.Contains(options, "omitzero") {
			s.Required = append(s.Required, name)
		}
	}
}

var (
	timeType      = reflect.TypeFor[time.Time]()
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// valueSchema describes a value of the type. Arrays and objects are never
// null: an empty one is printed as such.
func valueSchema(t reflect.Type, words Words) *Schema {
	switch {
	case t.Kind() == reflect.Pointer:
		return valueSchema(t.Elem(), words).OrNull()
	case t == timeType:
		return &Schema{Type: Types{"string"}, Format: "date-time"}
	case t.Implements(jsonMarshaler):
		return &Schema{} // Words have to say more
	case t.Implements(textMarshaler):
		return &Schema{Type: Types{"string"}}
	}
	switch t.Kind() {
	case reflect.String:
		return &Schema{Type: Types{"string"}}
	case reflect.Bool:
		return &Schema{Type: Types{"boolean"}}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return &Schema{Type: Types{"integer"}}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return &Schema{Type: Types{"integer"}, Minimum: new(int64)}
	case reflect.Float32, reflect.Float64:
		return &Schema{Type: Types{"number"}}
	case reflect.Slice:
		return List(valueSchema(t.Elem(), words))
	case reflect.Map:
		return MapOf(valueSchema(t.Elem(), words))
	case reflect.Struct:
		if t.Name() == "" {
			return structSchema(t, words)
		}
		return reference(t)
	}
	return &Schema{} // an interface: Words have to say more
}

// under lays words over a schema.
func (s *Schema) under(words *Schema) *Schema {
	switch {
	case words == nil:
		return s
	case words.Type != nil || words.Ref != "" || words.AnyOf != nil:
		return words
	}
	c := *s
	from, to := reflect.ValueOf(words).Elem(), reflect.ValueOf(&c).Elem()
	for i := range from.NumField() {
		if f := from.Field(i); to.Field(i).CanSet() && !f.IsZero() {
			to.Field(i).Set(f)
		}
	}
	return &c
}

func missing(members map[string]*Schema, optional []string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(members)), func(name string) bool { return slices.Contains(optional, name) })
}
