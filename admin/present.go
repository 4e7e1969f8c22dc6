package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
)

// present turns a handler's document into the reply that the request asks for:
// filters, pages and sparse fields, validators, JSON.
func (a *API) present(ctx context.Context, r *request, doc *document) error {
	if doc.file == nil {
		if err := a.shape(ctx, r, doc); err != nil || doc.stream != nil {
			return err
		}
		text, err := encode(doc, r.pretty())
		if err != nil {
			return err
		}
		doc.file = &file{replyType(r.Request), text}
	}
	doc.tag.content = digest([]byte(doc.file.mediaType), doc.file.text)
	return nil
}

// shape has a document show what is asked for, and notes its definition.
func (a *API) shape(ctx context.Context, r *request, doc *document) error {
	switch data := doc.Data.(type) {
	case resource:
		a.validate(r, doc)
		doc.Data = r.view.sparse(data)
	case []resource:
		return a.shapeList(ctx, r, doc, listingOf(data))
	case listing:
		if r.view.page.size == 0 {
			doc.stream = func(w *streamWriter) error { return r.view.stream(ctx, w, data) }
			return nil
		}
		return a.shapeList(ctx, r, doc, data)
	default:
		a.validate(r, doc)
	}
	return nil
}

func (a *API) shapeList(ctx context.Context, r *request, doc *document, list listing) error {
	taken, total, err := r.view.take(ctx, list)
	if err != nil {
		return err
	}
	doc.Data = taken
	if r.view.page.size > 0 {
		doc.Links, doc.Meta = r.view.paged(doc.Links, total), &documentMeta{total}
	}
	a.validate(r, doc)
	sparse := make([]resource, len(taken))
	for i := range taken {
		sparse[i] = r.view.sparse(taken[i])
	}
	doc.Data = sparse
	return nil
}

// encode writes a document as JSON, with a line feed at its end.
func encode(v any, pretty bool) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if pretty {
		enc.SetIndent("", indent)
	}
	err := enc.Encode(v)
	return out.Bytes(), err
}

const indent = "    "

// pretty reports whether a reply is to be indented. A value that makes no sense
// is refused elsewhere, by a reply that is not.
func (r *request) pretty() bool { return pretty(r.Request) }

func pretty(r *http.Request) bool {
	yes, err := boolParameter(r, "pretty")
	return yes && err == nil
}
