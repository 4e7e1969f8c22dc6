package openapi

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"
)

type inner struct {
	Bytes uint64 `json:"bytes"`
}

type everything struct {
	inner
	Text    string           `json:"text"`
	Maybe   *string          `json:"maybe"`
	Left    []int            `json:"left,omitempty"`
	Zero    *inner           `json:"zero,omitzero"`
	Named   map[string]inner `json:"named"`
	Free    any              `json:"free"`
	Raw     json.RawMessage  `json:"raw"`
	At      time.Time        `json:"at"`
	Share   float64          `json:"share"`
	Nothing *struct{}        `json:"nothing"`
	Where   netip.Addr       `json:"where"`
	Hidden  bool             `json:"-"`
	private bool
}

func TestReflection(t *testing.T) {
	_ = everything{private: true}
	words := Words{
		TypeOf[inner]():      {"bytes": {Description: "How many."}},
		TypeOf[everything](): {"text": OneOf("One of two.", "a", "b"), "maybe": {Description: "Perhaps.", Pattern: "^x"}},
	}
	doc := Document{Paths: map[string]PathItem{"/x": {"get": {Responses: map[string]Response{
		"200": {Content: map[string]Content{"application/json": {Schema: List(Of[everything]())}}}}}}}}
	text, err := doc.Encode(words)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"inner": `{"type":"object","properties":{"bytes":{"description":"How many.","type":"integer","minimum":0}},"required":["bytes"],"additionalProperties":false}`,
		"everything": `{"type":"object","properties":{"at":{"type":"string","format":"date-time"},"bytes":{"description":"How many.","type":"integer","minimum":0},` +
			`"free":{},"left":{"type":"array","items":{"type":"integer"}},"maybe":{"description":"Perhaps.","type":["string","null"],"pattern":"^x"},` +
			`"named":{"type":"object","additionalProperties":{"$ref":"#/components/schemas/inner"}},"nothing":{"type":["object","null"],"additionalProperties":false},"raw":{},"share":{"type":"number"},` +
			`"text":{"description":"One of two.","type":"string","enum":["a","b"]},"where":{"type":"string"},"zero":{"anyOf":[{"$ref":"#/components/schemas/inner"},{"type":"null"}]}},` +
			`"required":["bytes","text","maybe","named","free","raw","at","share","nothing","where"],"additionalProperties":false}`,
	} {
		if string(got.Components.Schemas[name]) != want {
			t.Errorf("%s is\n%s, want\n%s", name, got.Components.Schemas[name], want)
		}
	}
}

func TestTwoSchemasOfOneName(t *testing.T) {
	one := Named("x", func(Words) *Schema { return Text("one") })
	other := Named("x", func(Words) *Schema { return Text("other") })
	content := map[string]Content{"application/json": {Schema: Closed(map[string]*Schema{"a": one, "b": other})}}
	doc := Document{Paths: map[string]PathItem{"/x": {"get": {Responses: map[string]Response{"200": {Content: content}}}}}}
	if _, err := doc.Encode(nil); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("got %v", err)
	}
}

func TestOrNull(t *testing.T) {
	for want, s := range map[string]*Schema{
		`{"description":"d","type":["string","null"],"enum":["a",null]}`:    OneOf("d", "a").OrNull(),
		`{"description":"d","type":["integer","null"],"minimum":0}`:         Count("d").OrNull(),
		`{"anyOf":[{"$ref":"#/components/schemas/inner"},{"type":"null"}]}`: Of[inner]().OrNull(),
	} {
		if text, err := json.Marshal(s); err != nil || string(text) != want {
			t.Errorf("%s, %v, want %s", text, err, want)
		}
	}
}
