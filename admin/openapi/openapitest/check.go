package openapitest

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Exchange is a request and its answer.
type Exchange struct {
	Method      string
	URL         *url.URL
	Request     http.Header
	RequestBody []byte // nil if it is not known
	Status      int
	Answer      http.Header
	Body        []byte
}

// Check reports in what an exchange is not as the document has it: an answer
// with a status, a header, a media type or a body that is not described, or a
// body of a request that was accepted and is not described.
func (c *Contract) Check(e *Exchange) error {
	err := c.check(e, e.method())
	if err != nil && e.method() != e.Method {
		err = c.check(e, e.Method) // the header was not heeded
	}
	if err != nil {
		return fmt.Errorf("%s %s, answered with %d, is not as the OpenAPI document has it: %w", e.Method, e.URL.RequestURI(), e.Status, err)
	}
	return nil
}

func (c *Contract) check(e *Exchange, method string) error {
	p := c.find(e.URL.Path) // an escaped slash is one, as it is for the API
	var op *Operation
	if p != nil {
		op = p.operation(method)
	}
	if op == nil {
		return c.checkUndescribed(e, method, p != nil)
	}
	res, ok := op.responses[strconv.Itoa(e.Status)]
	if !ok {
		return errors.New("this status is not described")
	}
	if e.Status/100 == 2 && op.Body != nil && e.RequestBody != nil {
		if err := c.strict.check(op.bodyPointer(), e.RequestBody); err != nil {
			return fmt.Errorf("the request's body: %w", err)
		}
	}
	return c.checkAnswer(e, &res)
}

// checkAnswer holds headers and body against what is described of an answer.
func (c *Contract) checkAnswer(e *Exchange, res *response) error {
	for _, name := range res.required {
		if e.Answer.Get(name) == "" {
			return fmt.Errorf("the header %s is missing", name)
		}
	}
	if e.method() == http.MethodHead || e.Method == http.MethodHead || len(res.media) == 0 {
		if len(e.Body) > 0 {
			return errors.New("it has a body")
		}
		return nil
	}
	media, _, err := mime.ParseMediaType(e.Answer.Get("Content-Type"))
	if err != nil || !res.media[media] {
		return fmt.Errorf("the media type %q is not described", e.Answer.Get("Content-Type"))
	}
	if !strings.HasSuffix(media, "json") {
		return nil
	}
	schemas := c.strict
	if e.partial() {
		schemas = c.partial
	}
	if err := schemas.check(res.schemaPointer(media), e.Body); err != nil {
		return fmt.Errorf("the answer's body: %w", err)
	}
	return nil
}

// checkUndescribed is about what the document has no operation for: that has
// to be an error, or the answer to OPTIONS.
func (c *Contract) checkUndescribed(e *Exchange, method string, pathKnown bool) error {
	switch {
	case method == http.MethodOptions && e.Status == http.StatusNoContent:
		if pathKnown && e.Answer.Get("Allow") == "" {
			return errors.New("the header Allow is missing")
		}
		return nil
	case e.Status/100 == 2 || e.Status/100 == 3:
		return errors.New("the document has no such operation")
	case e.Status == http.StatusMethodNotAllowed && e.Answer.Get("Allow") == "":
		return errors.New("the header Allow is missing")
	}
	// Errors look the same everywhere.
	for _, op := range c.Operations() {
		if res, ok := op.responses["400"]; ok {
			return c.checkAnswer(e, &res)
		}
	}
	return nil
}

// method is what the request is, which a header can say.
func (e *Exchange) method() string {
	if over := e.Request.Get("X-HTTP-Method-Override"); e.Method == http.MethodPost && over != "" {
		return strings.ToUpper(strings.TrimSpace(over))
	}
	return e.Method
}

// partial reports whether the request asks for some fields only.
func (e *Exchange) partial() bool {
	for name := range e.URL.Query() {
		if strings.HasPrefix(name, "fields[") {
			return true
		}
	}
	return false
}
