package rig

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/penstock-db/penstock/admin/openapi/openapitest"
)

// openAPIPath is where a proxy describes its API.
const openAPIPath = "/v1/openapi.json"

// contract is the OpenAPI document that a proxy serves, and what was answered
// otherwise.
type contract struct {
	base string
	via  http.RoundTripper // to ask for the document

	mu       sync.Mutex
	document *openapitest.Contract // nil until it was asked for
	broken   []error
}

// mostBroken is how many mismatches are kept to be told.
const mostBroken = 5

// checked is an [http.RoundTripper] that holds every answer against the OpenAPI
// document. One that is not as it stands there is an error, and is remembered: a
// test may take the error for another one, or ask again.
type checked struct {
	contract *contract
	next     http.RoundTripper
}

// RoundTrip sends a request and holds its answer against the document.
func (c *checked) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		if sent, err = io.ReadAll(body); err != nil {
			return nil, err
		}
	}
	res, err := c.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(text))
	e := &openapitest.Exchange{Method: req.Method, URL: req.URL, Request: req.Header, RequestBody: sent,
		Status: res.StatusCode, Answer: res.Header, Body: text}
	if err := c.contract.check(e); err != nil {
		return nil, err
	}
	return res, nil
}

func (c *contract) check(e *openapitest.Exchange) error {
	document, err := c.read()
	if err != nil {
		return err
	}
	err = document.Check(e)
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.broken) < mostBroken {
			c.broken = append(c.broken, err)
		}
	}
	return err
}

// read asks for the document, once.
func (c *contract) read() (*openapitest.Contract, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.document != nil {
		return c.document, nil
	}
	req, err := http.NewRequest(http.MethodGet, c.base+openAPIPath, nil)
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth(adminUser, adminPassword)
	res, err := c.via.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the OpenAPI document cannot be had: status %d: %s", res.StatusCode, text)
	}
	c.document, err = openapitest.New(text)
	return c.document, err
}

// Contract is the proxy's OpenAPI document.
func (a *API) Contract() (*openapitest.Contract, error) { return a.contract.read() }

// Check holds an exchange that this client did not see against the OpenAPI
// document.
func (a *API) Check(e *openapitest.Exchange) error { return a.contract.check(e) }

// Broken tells of the first answers that were not as the OpenAPI document has
// them, nil if there were none.
func (a *API) Broken() error {
	a.contract.mu.Lock()
	defer a.contract.mu.Unlock()
	return errors.Join(a.contract.broken...)
}

// Checked returns a transport that checks answers as this client's does, for a
// test with requests of its own.
func (a *API) Checked(next http.RoundTripper) http.RoundTripper { return &checked{a.contract, next} }
