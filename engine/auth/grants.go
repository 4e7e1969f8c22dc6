package auth

import (
	"context"
	"strconv"
	"strings"
)

// grants reads who may use which schemas.
func (r *tableReader) grants(ctx context.Context) error {
	for _, q := range []struct {
		table, query string
		exact        bool
	}{
		{"mysql.db", "SELECT DISTINCT User, Host, Db FROM mysql.db", false},
		{"mysql.tables_priv", "SELECT DISTINCT User, Host, Db FROM mysql.tables_priv", true},
		{"mysql.columns_priv", "SELECT DISTINCT User, Host, Db FROM mysql.columns_priv", true},
		{"mysql.procs_priv", "SELECT DISTINCT User, Host, Db FROM mysql.procs_priv", true},
	} {
		err := r.rows(ctx, q.query, func(get func(string) string) error {
			r.src.Grants = append(r.src.Grants, Grant{
				User: get("user"), Host: ParseHost(get("host")), Schema: get("db"), Exact: q.exact,
				Role: get("host") == "", // users have a host, roles have none
			})
			return nil
		})
		if err != nil && (serverErrno(err) != erNoSuchTable || !q.exact) {
			return r.explain(err, q.table)
		}
	}
	err := r.rows(ctx, "SELECT User, Host, Role FROM mysql.roles_mapping", func(get func(string) string) error {
		r.src.RoleGrants = append(r.src.RoleGrants, RoleGrant{
			User: get("user"), Host: ParseHost(get("host")), Role: get("role"), ToRole: get("host") == "",
		})
		return nil
	})
	if err != nil && serverErrno(err) != erNoSuchTable { // MySQL has its roles elsewhere
		return r.explain(err, "mysql.roles_mapping")
	}
	return nil
}

// schemas reads which schemas exist. Without SHOW DATABASES the list would be
// that of the service account alone, and is left out.
func (r *tableReader) schemas(ctx context.Context) error {
	fold := false
	err := r.rows(ctx, "SELECT @@lower_case_table_names AS v", func(get func(string) string) error {
		n, err := strconv.Atoi(get("v"))
		fold = n != 0
		return err
	})
	if err != nil {
		return err
	}
	r.src.FoldSchemas = fold
	all := false
	err = r.rows(ctx, "SHOW GRANTS", func(get func(string) string) error {
		g := get("")
		all = all || strings.Contains(g, " ON *.* ") && (strings.Contains(g, "SHOW DATABASES") || strings.Contains(g, "ALL PRIVILEGES"))
		return nil
	})
	if err != nil || !all {
		return nil // the server knows, and says so when the schema is used
	}
	return r.rows(ctx, "SELECT SCHEMA_NAME AS s FROM information_schema.SCHEMATA", func(get func(string) string) error {
		r.src.Schemas = append(r.src.Schemas, get("s"))
		return nil
	})
}
