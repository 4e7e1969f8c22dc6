package rig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// API is a client of Penstock's REST API. In a test it holds every answer
// against the OpenAPI document; a program that measures is not slowed by that.
type API struct {
	base     string
	client   *http.Client
	contract *contract
}

func newAPI(address string) *API {
	// No connections are kept: they would count among Penstock's descriptors.
	transport := &http.Transport{DisableKeepAlives: true}
	a := &API{base: "http://" + address, client: &http.Client{Transport: transport, Timeout: 20 * time.Second}}
	a.contract = &contract{base: a.base, via: transport}
	if testing.Testing() {
		a.client.Transport = a.Checked(transport)
	}
	return a
}

// Status is an answer of the API other than the one asked for.
type Status struct {
	Code int
	Body string
}

func (s *Status) Error() string { return fmt.Sprintf("the REST API answered %d: %s", s.Code, s.Body) }

// Do sends a request and decodes the answer into out, unless that is nil. body
// may be nil. An answer outside 2xx is a *[Status].
func (a *API) Do(method, path string, body, out any) error {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, a.base+path, content)
	if err != nil {
		return err
	}
	req.SetBasicAuth(adminUser, adminPassword)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return &Status{res.StatusCode, string(b)}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}

// Session is a session resource, as far as tests look at it.
type Session struct {
	ID         string
	Attributes struct {
		User, State, Database string
		Idle                  float64
		IOActivity            uint64 `json:"io_activity"`
		Connections           []struct {
			Server       string
			ConnectionID uint64 `json:"connection_id"`
		}
		Client     struct{ Cipher string }
		Queries    []struct{ Command, Statement string }
		Log        []string
		Parameters map[string]bool
		Statistics Statistics
		Pending    *struct {
			Filters    []string
			Restart    bool
			WaitingFor string `json:"waiting_for"`
		}
		Diagnostics *struct {
			Error   *string
			Plugins []struct {
				Name, Kind  string
				Error       *string
				Diagnostics any
			}
		}
	}
	Relationships struct {
		Services struct{ Data []struct{ ID string } }
		Filters  struct{ Data []struct{ ID string } }
	}
}

// Statistics are what clients did.
type Statistics struct {
	Commands, Queries, Errors uint64
	BytesFromClient           uint64 `json:"bytes_from_client"`
	BytesToClient             uint64 `json:"bytes_to_client"`
}

// Server is a server resource.
type Server struct {
	ID         string
	Attributes struct {
		State      string
		Statistics struct {
			Connections, Commands, Errors uint64
			Total                         uint64 `json:"total_connections"`
			BytesFrom                     uint64 `json:"bytes_from_server"`
			BytesTo                       uint64 `json:"bytes_to_server"`
		}
	}
}

// ServiceResource is a service resource.
type ServiceResource struct {
	ID         string
	Attributes struct {
		Statistics struct {
			Connections uint64
			Total       uint64 `json:"total_connections"`
			FailedAuths uint64 `json:"failed_auths"`
			Statistics
		}
	}
}

// Sessions lists the sessions.
func (a *API) Sessions() ([]Session, error) {
	var doc struct{ Data []Session }
	err := a.get("/v1/sessions", &doc)
	return doc.Data, err
}

func (a *API) get(path string, out any) error { return a.Do(http.MethodGet, path, nil, out) }

// Session returns one session.
func (a *API) Session(id uint64) (*Session, error) {
	var doc struct{ Data Session }
	err := a.get(fmt.Sprintf("/v1/sessions/%d", id), &doc)
	return &doc.Data, err
}

// Servers returns the servers by name.
func (a *API) Servers() (map[string]Server, error) {
	var doc struct{ Data []Server }
	if err := a.get("/v1/servers", &doc); err != nil {
		return nil, err
	}
	servers := make(map[string]Server)
	for _, s := range doc.Data {
		servers[s.ID] = s
	}
	return servers, nil
}

// Service returns a service.
func (a *API) Service(name string) (*ServiceResource, error) {
	var doc struct{ Data ServiceResource }
	err := a.get("/v1/services/"+name, &doc)
	return &doc.Data, err
}

// PatchFilters gives the session a new chain.
func (a *API) PatchFilters(id uint64, names ...string) error {
	data := make([]map[string]string, len(names))
	for i, name := range names {
		data[i] = map[string]string{"id": name, "type": "filters"}
	}
	body := map[string]any{"data": map[string]any{"relationships": map[string]any{"filters": map[string]any{"data": data}}}}
	return a.Do(http.MethodPatch, fmt.Sprintf("/v1/sessions/%d", id), body, nil)
}

// Answer is an answer of the API as it came.
type Answer struct {
	Code   int
	Header http.Header
	Body   []byte
}

// Raw sends a request as it is. header is a list of names and values; the
// account is sent unless Authorization is among them.
func (a *API) Raw(method, path, body string, header ...string) (*Answer, error) {
	req, err := http.NewRequest(method, a.base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth(adminUser, adminPassword)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := a.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return &Answer{res.StatusCode, res.Header, b}, err
}

// Base is the API's URL without a path.
func (a *API) Base() string { return a.base }
