package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-db/penstock/admin/access"
	"github.com/penstock-db/penstock/admin/openapi"
)

const authPath = "/v1/auth"

func (a *API) authRoutes() []route {
	given := content("The token.", typeJSON, openapi.Closed(map[string]*openapi.Schema{
		"meta": openapi.Closed(map[string]*openapi.Schema{"token": openapi.Text("The token, to be sent as Authorization: Bearer.")}).Says("It is no resource."),
	}))
	given.media, given.others = documentTypes, []reply{cookied}
	params := []*openapi.Parameter{maxAgeParameter, flagParameter("persist", "Puts the token into a cookie and answers 204."),
		flagParameter("logout", "Makes the cookie forgotten, and answers 204.")}
	return []route{
		{method: http.MethodGet, path: authPath, do: a.login, summary: "get a token, for name and password", gives: given, params: params},
		{method: http.MethodPost, path: authPath, do: a.login, summary: "get a token, for name and password", gives: given, params: params},
		{method: http.MethodDelete, path: authPath, do: a.logout, summary: "forget the cookie that holds a token", gives: cookied},
	}
}

var (
	cookied         = reply{status: http.StatusNoContent, says: "The cookie is set, or forgotten.", headers: []string{"Set-Cookie"}}
	maxAgeParameter = &openapi.Parameter{Name: "max-age", In: "query", Description: "How long the token is good, in seconds, a week at most; 8 hours if it is left out.",
		Schema: &openapi.Schema{Type: openapi.Types{"string"}, Pattern: "^[1-9][0-9]{0,5}$"}}
)

// ofLogin says whether a request is one to [authPath], which every account may
// send by any method: nothing of the proxy is changed there.
func ofLogin(r *http.Request) bool { return strings.TrimRight(r.URL.Path, "/") == authPath }

// login answers GET and POST /v1/auth: with a token, or, if it is to persist, a
// cookie that holds it.
func (a *API) login(_ context.Context, r *request) (*document, error) {
	out, err := boolParameter(r.Request, "logout")
	if err != nil {
		return nil, err
	}
	if out {
		r.reply.Add("Set-Cookie", noCookie(r.Request).String())
		return nil, nil
	}
	persist, err := boolParameter(r.Request, "persist")
	if err != nil {
		return nil, err
	}
	life, given, err := tokenLife(r.Request)
	if err != nil {
		return nil, err
	}
	who := identityOf(r.Context())
	if who.By == access.ByToken {
		// It would never end, whoever has got hold of it.
		return nil, problemf(http.StatusForbidden, "a token does not get another token: send name and password (HTTP basic authentication)").header("Authorization")
	}
	token, err := a.access.Issue(who.Name, life)
	if errors.Is(err, access.ErrDenied) {
		return nil, problemf(http.StatusUnauthorized, "this account has been taken away").header("Authorization")
	}
	if err != nil {
		return nil, err
	}
	// Nobody on the way may keep it.
	r.reply.Set("Cache-Control", "no-store")
	if persist {
		if !given {
			life = 0 // the cookie ends with the browser, the token by itself
		}
		r.reply.Add("Set-Cookie", newCookie(r.Request, token, life).String())
		return nil, nil
	}
	text, err := json.Marshal(map[string]any{"meta": map[string]string{"token": token}})
	if err != nil {
		return nil, err
	}
	return &document{file: &file{mediaType: replyType(r.Request), text: append(text, '\n')}}, nil
}

// logout answers DELETE /v1/auth.
func (a *API) logout(_ context.Context, r *request) (*document, error) {
	r.reply.Add("Set-Cookie", noCookie(r.Request).String())
	return nil, nil
}

// tokenLife reads max-age, in seconds.
func tokenLife(r *http.Request) (life time.Duration, given bool, _ error) {
	values, ok := r.URL.Query()["max-age"]
	if !ok {
		return access.TokenLife, false, nil
	}
	const most = int64(access.MaxTokenLife / time.Second)
	n, err := strconv.ParseInt(values[len(values)-1], 10, 64)
	if err != nil || n < 1 || n > most {
		return 0, true, problemf(http.StatusBadRequest, "max-age has to be a number of seconds from 1 to "+strconv.FormatInt(most, 10)).parameter("max-age")
	}
	return time.Duration(n) * time.Second, true, nil
}
