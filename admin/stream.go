package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
)

// streamBlock is how many bytes are gathered before they are sent.
const streamBlock = 16 << 10

// streamWriter writes a document whose data is a long list, resource by
// resource: what it holds is one block, however long the list is.
type streamWriter struct {
	to     io.Writer
	block  bytes.Buffer
	enc    *json.Encoder
	pretty bool
	count  int
	sent   bool // part of it
}

func newStreamWriter(to io.Writer, pretty bool) *streamWriter {
	w := &streamWriter{to: to, pretty: pretty}
	w.enc = json.NewEncoder(&w.block)
	w.enc.SetEscapeHTML(false)
	if pretty {
		w.enc.SetIndent(indent+indent, indent)
	}
	return w
}

// document writes the envelope, with what each yields inside, but for the last
// block, which is left to be sent. The text is the same, byte for byte, as if the
// whole had been encoded at once.
func (w *streamWriter) document(l links, each func() error) error {
	w.text(`{"data":[`, "{\n"+indent+`"data": [`)
	if err := each(); err != nil {
		return err
	}
	if w.count > 0 {
		w.text("", "\n"+indent)
	}
	w.text(`],"links":`, "],\n"+indent+`"links": `)
	if w.pretty {
		w.enc.SetIndent(indent, indent)
	}
	if err := w.value(l); err != nil {
		return err
	}
	w.text("}\n", "\n}\n")
	return nil
}

func (w *streamWriter) resource(res *resource) error {
	if w.count > 0 {
		w.text(",", ",")
	}
	w.count++
	w.text("", "\n"+indent+indent)
	if err := w.value(res); err != nil || w.block.Len() < streamBlock {
		return err
	}
	return w.send()
}

// value appends JSON without the line feed that the encoder ends it with.
func (w *streamWriter) value(v any) error {
	err := w.enc.Encode(v)
	w.block.Truncate(max(0, w.block.Len()-1))
	return err
}

func (w *streamWriter) text(compact, indented string) {
	if w.pretty {
		compact = indented
	}
	w.block.WriteString(compact)
}

func (w *streamWriter) send() error {
	w.sent = true
	_, err := w.block.WriteTo(w.to)
	return err
}

// stream sends a collection. What has been sent cannot be taken back: if the
// rest cannot follow, the connection is cut, so that nobody takes a part for the
// whole.
func (a *API) stream(w http.ResponseWriter, r *http.Request, doc *document) int {
	w.Header().Set("Content-Type", replyType(r))
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return http.StatusOK
	}
	out := newStreamWriter(w, pretty(r))
	err := out.document(doc.Links, func() error { return doc.stream(out) })
	if err == nil {
		if !out.sent { // it fits into one block
			w.Header().Set("Content-Length", strconv.Itoa(out.block.Len()))
		}
		err = out.send()
	}
	switch {
	case err != nil && !out.sent:
		return a.answer(w, r, nil, err)
	case err != nil:
		a.log.Debug("a reply was cut off", "path", r.URL.Path, "from", r.RemoteAddr, "reason", err)
		panic(http.ErrAbortHandler)
	}
	return http.StatusOK
}

// stream writes what is asked for of a collection.
func (v *view) stream(ctx context.Context, w *streamWriter, list listing) error {
	prints := v.prints(list.kind)
	for i := range v.matching(ctx, list) {
		res, ok := v.show(list, i, prints)
		if !ok {
			continue
		}
		res = v.sparse(res)
		if err := w.resource(&res); err != nil {
			return err
		}
	}
	return ctx.Err()
}
