package admin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/penstock-db/penstock/engine/config"
)

// userChange is what a body asks for.
type userChange struct {
	name     string // of a new account
	role     string // the configuration's word; empty: as it is
	password string // empty: as it is
}

// createUser answers POST /v1/users/inet.
func (a *API) createUser(ctx context.Context, r *request) (*document, error) {
	change, hash, err := a.readUser(r, "")
	if err != nil {
		return nil, err
	}
	return nil, a.editUsers(ctx, func(current *config.Config, overlay *config.Overlay) error {
		if _, there := findUser(current, change.name); there {
			return problemf(http.StatusConflict, "there is a user "+strconv.Quote(change.name)+" already").at("/data/id")
		}
		return overlay.Set(map[string]any{"role": change.role, "password_hash": hash, "created": now()}, "admin", "users", change.name)
	})
}

// patchUser answers PATCH /v1/users/inet/:id.
func (a *API) patchUser(ctx context.Context, r *request) (*document, error) {
	name := r.params.ByName("id")
	change, hash, err := a.readUser(r, name)
	if err != nil {
		return nil, err
	}
	return nil, a.editUsers(ctx, func(current *config.Config, overlay *config.Overlay) error {
		user, there := findUser(current, name)
		if !there {
			return noUser(name)
		}
		if change.role == config.RoleReadOnly && lastAdmin(current, name) {
			return problemf(http.StatusConflict, "this is the last account that may change anything: make another one first").at("/data/attributes/account")
		}
		set := map[string]any{"updated": now()}
		if change.role != "" {
			set["role"] = change.role
		}
		if current.Admin.User == name {
			// The account of [admin] itself has neither role nor hash: it
			// becomes one like the others.
			if hash == "" {
				if hash, err = a.hash(string(user.Password)); err != nil {
					return problemf(http.StatusConflict, err.Error()+": give the account another one").at("/data/attributes/password")
				}
			}
			forgetAdmin(overlay)
			if change.role == "" {
				set["role"] = config.RoleAdmin
			}
		}
		if hash != "" {
			for _, key := range []string{"password", "password_file", "password_env"} {
				overlay.Remove("admin", "users", name, key)
			}
			set["password_hash"] = hash
		}
		return overlay.Set(set, "admin", "users", name)
	})
}

// deleteUser answers DELETE /v1/users/inet/:id.
func (a *API) deleteUser(ctx context.Context, r *request) (*document, error) {
	name := r.params.ByName("id")
	return nil, a.editUsers(ctx, func(current *config.Config, overlay *config.Overlay) error {
		if _, there := findUser(current, name); !there {
			return noUser(name)
		}
		if lastAdmin(current, name) {
			return problemf(http.StatusConflict, "this is the last account that may change anything: make another one first")
		}
		if current.Admin.User == name {
			forgetAdmin(overlay)
			return nil
		}
		overlay.Remove("admin", "users", name)
		return nil
	})
}

// editUsers changes the configuration's accounts, for good.
func (a *API) editUsers(ctx context.Context, change func(*config.Config, *config.Overlay) error) error {
	return a.edit(ctx, "/data", func(e *edit) {
		var one *problem
		switch err := change(e.current, e.overlay); {
		case errors.As(err, &one):
			e.problems = append(e.problems, one)
		case err != nil:
			e.bad("/data", err.Error())
		}
	})
}

// forgetAdmin takes the account of [admin] itself away.
func forgetAdmin(overlay *config.Overlay) {
	for _, key := range []string{"user", "password", "password_file", "password_env"} {
		overlay.Remove("admin", key)
	}
}

func findUser(c *config.Config, name string) (config.AdminUser, bool) {
	list := c.Admin.Accounts()
	i := slices.IndexFunc(list, func(u config.AdminUser) bool { return u.Name == name })
	if i < 0 {
		return config.AdminUser{}, false
	}
	return list[i], true
}

// lastAdmin says whether nobody else could change anything.
func lastAdmin(c *config.Config, name string) bool {
	for _, u := range c.Admin.Accounts() {
		if u.Role == config.RoleAdmin && u.Name != name {
			return false
		}
	}
	return true
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }

// readUser reads a body and hashes its password, if it has one. name is the
// account's by the path; empty: it is to be made.
func (a *API) readUser(r *request, name string) (change userChange, hash string, _ error) {
	if err := readable(r.Request); err != nil {
		return change, "", err
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return change, "", bodyProblem(err)
	}
	if change, err = readUserChange(text, name); err != nil || change.password == "" {
		return change, "", err
	}
	if a.opts.Editor == nil {
		return change, "", errNoEditor() // before the work of a hash
	}
	user := change.name + name
	if !config.Loopback(a.opts.Address) && config.DefaultPassword(user, change.password) {
		return change, "", badBody(passwordAt, "this is a password that everybody tries first: choose another one")
	}
	if hash, err = a.hash(change.password); err != nil {
		return change, "", badBody(passwordAt, err.Error())
	}
	return change, hash, nil
}

const (
	passwordAt = "/data/attributes/password"
	accountAt  = "/data/attributes/account"
)

// readUserChange reads the body. Every problem is told at once.
func readUserChange(text []byte, name string) (change userChange, _ error) {
	body, malformed := parseBody(text)
	if malformed != nil {
		return change, malformed
	}
	var b bodyReader
	b.onlyMembers(body, "", "data", "links", "meta", "jsonapi")
	if data, ok := b.object(body, "", "data"); ok {
		b.onlyMembers(data, "/data", "id", "type", "attributes", "relationships", "links", "meta")
		if kind, there := data["type"]; there || name == "" {
			b.check(kind == typeInet, "/data/type", `the type has to be "`+typeInet+`"`)
		}
		if name != "" {
			b.same(data, "id", name)
		} else {
			change.name, _ = data["id"].(string)
			b.check(change.name != "", "/data/id", "the member \"id\" has to be a string: the name of the user")
		}
		if attributes, ok := b.object(data, "/data", "attributes"); ok {
			b.userAttributes(attributes, name == "", &change)
		}
	}
	if len(b.problems) > 0 {
		return change, b.problems
	}
	return change, nil
}

func (b *bodyReader) userAttributes(attributes object, isNew bool, change *userChange) {
	b.onlyMembers(attributes, "/data/attributes", "account", "password", "name", "created", "last_login", "last_update")
	if value, there := attributes["password"]; there || isNew {
		text, _ := value.(string)
		b.check(text != "", passwordAt, "the password has to be a string that is not empty")
		change.password = text
	}
	value, there := attributes["account"]
	switch {
	case value == "admin":
		change.role = config.RoleAdmin
	case value == "basic" || value == config.RoleReadOnly:
		change.role = config.RoleReadOnly
	case there || isNew:
		b.bad(accountAt, `the account has to be "admin", or "basic" for one that may only read`)
	}
}

// check complains unless what has to be true is.
func (b *bodyReader) check(ok bool, pointer, detail string) {
	if !ok {
		b.bad(pointer, detail)
	}
}
