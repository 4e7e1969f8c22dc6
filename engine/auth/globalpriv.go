package auth

import (
	"context"
	"encoding/json"
	"fmt"
)

// schemaPrivileges are the bits of global_priv's access by which the server
// lets somebody into every schema (MariaDB sql/privilege.h, DB_ACLS): all that
// can be granted on a schema.
const schemaPrivileges = 1<<0 | // SELECT
	1<<1 | 1<<2 | 1<<3 | // INSERT, UPDATE, DELETE
	1<<4 | 1<<5 | // CREATE, DROP
	1<<10 | 1<<11 | 1<<12 | 1<<13 | // GRANT, REFERENCES, INDEX, ALTER
	1<<16 | 1<<17 | 1<<18 | // CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE
	1<<21 | 1<<22 | 1<<23 | 1<<24 | // CREATE/SHOW VIEW, CREATE/ALTER ROUTINE
	1<<26 | 1<<27 | 1<<29 // EVENT, TRIGGER, DELETE HISTORY

// privJSON is the Priv column of mysql.global_priv (MariaDB 10.4 and later).
// Fields that are missing have their zero value there, too.
type privJSON struct {
	Access  uint64 `json:"access"`
	Plugin  string `json:"plugin"`
	AuthStr string `json:"authentication_string"`
	// AuthOr lists alternative plugins; an empty one stands for the above.
	AuthOr      []authJSON `json:"auth_or"`
	Locked      bool       `json:"account_locked"`
	SSLType     int        `json:"ssl_type"` // 0 none, 1 any, 2 X509, 3 specified
	IsRole      bool       `json:"is_role"`
	DefaultRole string     `json:"default_role"`
}

type authJSON struct {
	Plugin  string `json:"plugin"`
	AuthStr string `json:"authentication_string"`
}

// parsePriv makes an account of a row of mysql.global_priv.
func parsePriv(user, host, priv string) (a Account, role bool, err error) {
	var p privJSON
	if err := json.Unmarshal([]byte(priv), &p); err != nil {
		return a, false, fmt.Errorf("account '%s'@'%s': %w", user, host, err)
	}
	a = Account{
		User: user, Host: ParseHost(host), Locked: p.Locked,
		RequireTLS: p.SSLType >= 1, RequireCert: p.SSLType >= 2,
		AllSchemas: p.Access&schemaPrivileges != 0, DefaultRole: p.DefaultRole,
	}
	a.setPlugin(p.Plugin, p.AuthStr)
	for _, or := range p.AuthOr {
		if a.Plugin == NativePlugin {
			break
		}
		if or.Plugin != "" {
			plugin := a.Plugin
			if a.setPlugin(or.Plugin, or.AuthStr); a.Plugin != NativePlugin {
				a.Plugin = plugin
			}
		}
	}
	return a, p.IsRole, nil
}

// setPlugin sets how the account is checked. A native account whose stored hash
// is no hash ("invalid") cannot log in with any password.
func (a *Account) setPlugin(plugin, stored string) {
	a.Plugin, a.Hash = plugin, nil
	if plugin == "" || plugin == "mysql_native_password" {
		a.Plugin = NativePlugin
		if stored != "" {
			hash, ok := parseNativeHash(stored)
			if !ok {
				a.Plugin = NativePlugin + " without a valid password"
			}
			a.Hash = hash
		}
	}
}

func (r *tableReader) globalPriv(ctx context.Context) error {
	return r.rows(ctx, "SELECT User, Host, Priv FROM mysql.global_priv", func(get func(string) string) error {
		a, role, err := parsePriv(get("user"), get("host"), get("priv"))
		if err != nil {
			return err
		}
		r.add(a, role)
		return nil
	})
}

func (r *tableReader) add(a Account, role bool) {
	if role {
		r.src.Roles = append(r.src.Roles, a)
	} else {
		r.src.Accounts = append(r.src.Accounts, a)
	}
}

// userPrivileges are mysql.user's columns for schemaPrivileges.
var userPrivileges = []string{
	"select_priv", "insert_priv", "update_priv", "delete_priv", "create_priv", "drop_priv", "grant_priv",
	"references_priv", "index_priv", "alter_priv", "create_tmp_table_priv", "lock_tables_priv", "execute_priv",
	"create_view_priv", "show_view_priv", "create_routine_priv", "alter_routine_priv", "event_priv", "trigger_priv",
	"delete_history_priv",
}

// mysqlUser reads mysql.user, whose columns differ from version to version.
func (r *tableReader) mysqlUser(ctx context.Context) error {
	r.src.Accounts, r.src.Roles = nil, nil
	return r.rows(ctx, "SELECT * FROM mysql.user", func(get func(string) string) error {
		a := Account{
			User: get("user"), Host: ParseHost(get("host")),
			Locked: get("account_locked") == "Y", DefaultRole: get("default_role"),
			RequireTLS:  get("ssl_type") != "",
			RequireCert: get("ssl_type") == "X509" || get("ssl_type") == "SPECIFIED",
		}
		stored := get("authentication_string")
		if stored == "" {
			stored = get("password")
		}
		a.setPlugin(get("plugin"), stored)
		for _, p := range userPrivileges {
			a.AllSchemas = a.AllSchemas || get(p) == "Y"
		}
		r.add(a, get("is_role") == "Y")
		return nil
	})
}
