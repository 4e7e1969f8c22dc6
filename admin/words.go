package admin

import (
	"maps"

	"github.com/penstock-db/penstock/admin/openapi"
)

// words say what the members of answers mean. Each member of each type that an
// answer has is among them: a test holds them against the types.
func words() openapi.Words {
	all := openapi.Words{}
	for _, area := range []openapi.Words{envelopeWords, sessionWords, memoryWords, pluginWords, resourceWords, monitorWords, programWords, threadWords, logWords} {
		maps.Copy(all, area)
	}
	return all
}

// says is a member's description.
func says(text string) *openapi.Schema { return &openapi.Schema{Description: text} }

// oneOf is a member's description, and the values that it can have.
func oneOf(text string, values ...string) *openapi.Schema { return openapi.OneOf(text, values...) }

// count is the description of a number that is never negative.
func count(text string) *openapi.Schema { return openapi.Count(text) }

const httpDate = "^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$"

var envelopeWords = openapi.Words{
	openapi.TypeOf[document](): {
		"data":  says("What was asked for."),
		"links": says("Where the answer is from, and where the other pages are."),
		"meta":  says("There is one if page[size] is given."),
	},
	openapi.TypeOf[documentMeta](): {"total": count("How many resources there are on all pages.")},
	openapi.TypeOf[links](): {
		"first":   {Description: "The first page.", Format: "uri"},
		"last":    {Description: "The last page.", Format: "uri"},
		"next":    {Description: "The next page; not there if this is the last.", Format: "uri"},
		"prev":    {Description: "The page before; not there if this is the first.", Format: "uri"},
		"self":    {Description: "The thing itself.", Format: "uri"},
		"related": {Description: "The things that the relationship is to.", Format: "uri"},
	},
	openapi.TypeOf[resource](): {
		"id":            says("The resource's name; of a session its connection id."),
		"type":          says("The resource's type."),
		"attributes":    {Description: "What there is to know of it."},
		"relationships": says("What it is related to."),
		"links":         says("Where the resource is."),
	},
	openapi.TypeOf[relationship](): {
		"data":  says("The resources that it is to."),
		"links": says("Where the relationship is, and what it is to."),
	},
	openapi.TypeOf[identifier](): {
		"id":   says("A resource's id."),
		"type": says("A resource's type."),
	},
	openapi.TypeOf[errorDocument](): {
		"errors": {Description: "One entry for each problem.", MinItems: 1},
	},
	openapi.TypeOf[errorEntry](): {
		"status": {Description: "The HTTP status.", Pattern: "^[45][0-9]{2}$"},
		"detail": {Description: "What is wrong and what to do.", MinLength: 1},
		"source": says("Where in the request the problem is."),
		"meta":   says("More about the problem; session: the id of the session that it is about."),
	},
	openapi.TypeOf[source](): {
		"pointer":   {Type: openapi.Types{"string"}, Description: "A JSON pointer to the member of the body.", Format: "json-pointer"},
		"parameter": says("A parameter of the query."),
		"header":    says("A header."),
	},
}
