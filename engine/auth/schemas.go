package auth

import (
	"slices"
	"strings"
)

// SchemaAccess is what an account may do with a schema.
type SchemaAccess uint8

// The answers of [Table.Schema].
const (
	SchemaAllowed SchemaAccess = iota
	SchemaDenied               // no privilege: error 1044
	SchemaMissing              // it does not exist: error 1049
)

// Schema tells whether an account may make a schema its default. As on the
// server, privilege comes before existence, so that the refusal does not tell
// which schemas exist.
func (t *Table) Schema(a *Account, p Peer, schema string) SchemaAccess {
	switch {
	case strings.EqualFold(schema, "information_schema"), strings.EqualFold(schema, "performance_schema"):
		return SchemaAllowed // open to everybody, or guarded by the server itself
	case !t.granted(a, p, schema):
		return SchemaDenied
	case t.schemas != nil && !t.schemas[t.name(schema)]:
		return SchemaMissing
	}
	return SchemaAllowed
}

func (t *Table) granted(a *Account, p Peer, schema string) bool {
	if a.Configured {
		return len(a.Schemas) == 0 || slices.ContainsFunc(a.Schemas, func(s string) bool { return t.name(s) == t.name(schema) })
	}
	if a.AllSchemas || t.opens(a.User, &p, schema) {
		return true
	}
	return t.viaRoles(a, p, schema)
}

// viaRoles follows the default role and PUBLIC, and the roles they hold.
func (t *Table) viaRoles(a *Account, p Peer, schema string) bool {
	queue := []string{"PUBLIC"}
	// A default role acts only while the account still holds it.
	for _, g := range t.roleGrants[a.User] {
		if !g.ToRole && g.Role == a.DefaultRole && g.Host.Matches(p) {
			queue = append(queue, g.Role)
		}
	}
	seen := map[string]bool{}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		if r := t.roles[name]; r == nil {
			continue
		} else if r.AllSchemas || t.opens(name, nil, schema) {
			return true
		}
		for _, g := range t.roleGrants[name] {
			if g.ToRole {
				queue = append(queue, g.Role)
			}
		}
	}
	return false
}

// opens looks through the schema grants of a user, or of a role (p nil).
func (t *Table) opens(user string, p *Peer, schema string) bool {
	schema = t.name(schema)
	for _, g := range t.grants[user] {
		if g.Role != (p == nil) || p != nil && !g.Host.Matches(*p) {
			continue
		}
		if g.Exact && t.name(g.Schema) == schema || !g.Exact && wildcard(t.name(g.Schema), schema, false) {
			return true
		}
	}
	return false
}

func (t *Table) name(schema string) string {
	if t.fold {
		return strings.ToLower(schema)
	}
	return schema
}
