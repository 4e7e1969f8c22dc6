package admin

import (
	"context"
	"net/http"
	"strconv"

	"github.com/penstock-db/penstock/admin/access"
	"github.com/penstock-db/penstock/admin/openapi"
)

// The paths of accounts, and the type of one, are MaxScale's: its accounts are of
// the network (inet), and once were of the operating system (unix).
const (
	typeUsers = "users"
	typeInet  = "inet"
	usersPath = "/v1/" + typeUsers
	inetPath  = usersPath + "/" + typeInet
	unixPath  = usersPath + "/unix"
)

func (a *API) userRoutes() []route {
	const one = inetPath + "/:id"
	return []route{
		{method: http.MethodGet, path: usersPath, do: a.listUsers, summary: "all accounts of the API", gives: many(userShape)},
		{method: http.MethodGet, path: inetPath, do: a.listUsers, summary: "all accounts of the API", gives: many(userShape)},
		{method: http.MethodGet, path: unixPath, do: a.noUsers, summary: "none: accounts of the operating system do not count here", gives: many(userShape)},
		{method: http.MethodGet, path: one, do: a.getUser, summary: "one account of the API", gives: single(userShape)},
		{method: http.MethodPost, path: inetPath, do: a.createUser, state: a.listUsers, summary: "create an account of the API",
			takes: userBody(true), gives: done},
		{method: http.MethodPatch, path: one, do: a.patchUser, state: a.getUser, summary: "change the password or the role of an account of the API",
			takes: userBody(false), gives: done},
		{method: http.MethodDelete, path: one, do: a.deleteUser, state: a.getUser, summary: "delete an account of the API",
			gives: done, also: []int{http.StatusConflict}},
	}
}

var userShape = shape{kind: typeInet, attributes: openapi.Of[userAttributes]()}

// userBody is the body of a request that makes or changes an account.
func userBody(isNew bool) *openapi.Schema {
	attributes := map[string]*openapi.Schema{
		"password": {Type: openapi.Types{"string"}, MinLength: 1, Description: "The password, at most 72 bytes."},
		"account":  openapi.OneOf("What the account may do; basic and read-only are the same.", "admin", "basic", "read-only"),
		"name":     ignored, "created": ignored, "last_login": ignored, "last_update": ignored,
	}
	optional := []string{"name", "created", "last_login", "last_update"}
	id := openapi.Text("The account's name: letters, digits, dots, dashes and underscores.")
	if !isNew {
		optional = append(optional, "password", "account")
		id = sameID
	}
	body := bodyOf(id, openapi.Closed(attributes, optional...).Says("What is set."), ignored, typeInet)
	data := body.Properties["data"]
	if data.Required = []string{"attributes"}; isNew {
		data.Required = []string{"attributes", "id", "type"}
	}
	return body
}

var userWords = openapi.Words{
	openapi.TypeOf[userAttributes](): {
		"account":     openapi.OneOf("What the account may do: admin everything, basic reading.", "admin", "basic"),
		"name":        says("The account's name."),
		"created":     {Description: "When the API made the account; null if it did not.", Pattern: httpDate},
		"last_login":  {Description: "When it was last used; null if it was not since the process started.", Pattern: httpDate},
		"last_update": {Description: "When the API last changed it; null if it did not.", Pattern: httpDate},
	},
}

type userAttributes struct {
	Account    string  `json:"account"` // in MaxScale's words
	Name       string  `json:"name"`
	Created    *string `json:"created"`
	LastLogin  *string `json:"last_login"`
	LastUpdate *string `json:"last_update"`
}

// definition leaves out what changes by itself.
func (u userAttributes) definition() any {
	u.LastLogin = nil
	return u
}

// MaxScale's words for the roles.
var accountWords = map[access.Role]string{access.Admin: "admin", access.ReadOnly: "basic"}

func userResource(base string, u access.Info) resource {
	res := newResource(base, typeUsers+"/"+typeInet, u.Name, userAttributes{
		Account: accountWords[u.Role], Name: u.Name, Created: httpTime(u.Created), LastLogin: httpTime(u.LastLogin), LastUpdate: httpTime(u.Updated)})
	res.Type = typeInet
	return res
}

// listUsers answers GET /v1/users and /v1/users/inet.
func (a *API) listUsers(_ context.Context, r *request) (*document, error) {
	data := []resource{}
	for _, u := range a.access.Accounts() {
		data = append(data, userResource(r.base, u))
	}
	return &document{Data: data, Links: links{Self: collectionURL(r.base, typeUsers+"/"+typeInet)}}, nil
}

// noUsers answers GET /v1/users/unix.
func (a *API) noUsers(_ context.Context, r *request) (*document, error) {
	return &document{Data: []resource{}, Links: links{Self: collectionURL(r.base, typeUsers+"/unix")}}, nil
}

// getUser answers GET /v1/users/inet/:id.
func (a *API) getUser(_ context.Context, r *request) (*document, error) {
	name := r.params.ByName("id")
	for _, u := range a.access.Accounts() {
		if u.Name == name {
			res := userResource(r.base, u)
			return &document{Data: res, Links: res.Links}, nil
		}
	}
	return nil, noUser(name)
}

func noUser(name string) *problem {
	return problemf(http.StatusNotFound, "there is no "+strconv.Quote(name)+" among the users")
}
