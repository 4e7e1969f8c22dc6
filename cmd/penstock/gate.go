package main

import (
	"fmt"
	"slices"

	"github.com/penstock-db/penstock/admin/access"
	"github.com/penstock-db/penstock/engine/config"
)

// gate is what of the REST API outlives a reload: who may use it, and the file
// that tells who did what.
type gate struct {
	access *access.Control
	audit  *logFile // nil: there has been none yet
}

func newGate(c config.Admin, log logger) (*gate, error) {
	control, err := access.New(accounts(&c), string(c.JWTKey))
	if err != nil {
		return nil, err
	}
	g := &gate{access: control}
	return g, g.openAudit(c, log)
}

// letIn has the accounts of a new configuration from now on. Of passwords that
// everybody tries first it takes none if address, where the API still listens,
// can be reached by others: the configuration's own may be another.
func (g *gate) letIn(c *config.Admin, address string) error {
	list := accounts(c)
	if !config.Loopback(address) {
		list = slices.DeleteFunc(list, func(a access.Account) bool { return a.Password != "" && config.DefaultPassword(a.Name, a.Password) })
	}
	return g.access.Replace(list, string(c.JWTKey))
}

// accounts are the configuration's, as package access takes them.
func accounts(c *config.Admin) []access.Account {
	var list []access.Account
	for _, u := range c.Accounts() {
		list = append(list, access.Account{Name: u.Name, Role: access.Role(u.Role), Password: string(u.Password), Hash: string(u.PasswordHash),
			Certificate: u.Certificate, Created: u.Created, Updated: u.Updated})
	}
	return list
}

// openAudit opens the audit log, anew if it is open. If that fails it stays where it was.
func (g *gate) openAudit(c config.Admin, log logger) (err error) {
	switch {
	case g.audit != nil:
		err = g.audit.reopen(c.AuditLog)
	case c.AuditLog != "":
		g.audit, err = newLogFile(c.AuditLog, lostLines{log})
	}
	if err != nil {
		return fmt.Errorf("admin.audit_log: %w", err)
	}
	return nil
}

func (g *gate) close() {
	if g.audit != nil {
		g.audit.Close()
	}
}

// lostLines takes what cannot be written to the audit log, because the disk is
// full for instance, to Penstock's log.
type lostLines struct{ log logger }

// Write logs a line.
func (l lostLines) Write(line []byte) (int, error) {
	l.log.Error("this could not be written to the audit log", "line", string(line))
	return len(line), nil
}
