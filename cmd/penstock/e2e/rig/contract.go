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

// contract is an [http.RoundTripper] that holds every answer of a proxy against
// the OpenAPI document that the proxy itself serves. An answer that is not as it
// stands there is an error, and is remembered: a test may take the error for
// another one, or ask again.
type contract struct {
	base string
	next http.RoundTripper

	mu       sync.Mutex
	document *openapitest.Contract // nil until it was asked for
	broken   []error
}

// mostBroken is how many mismatches are kept to be told.
const mostBroken = 5

// RoundTrip sends a request and holds its answer against the document.
func (c *contract) RoundTrip(req *http.Request) (*http.Response, error) {
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
	if err := c.check(e); err != nil {
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
	res, err := c.next.RoundTrip(req)
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

// Client is what requests are sent with: an http.Client that checks answers.
func (a *API) Client() *http.Client { return a.client }
