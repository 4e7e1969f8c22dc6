package main

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/penstock-db/penstock/admin/access"
	"github.com/penstock-db/penstock/engine/config"
)

// TestGateKeepsDefaultPasswordsOut has a configuration that is to listen on
// loopback while the API still listens elsewhere.
func TestGateKeepsDefaultPasswordsOut(t *testing.T) {
	for address, want := range map[string]error{"127.0.0.1:8989": nil, "0.0.0.0:8989": access.ErrDenied} {
		g, err := newGate(config.Admin{User: "old", Password: "none of those"}, logger{})
		if err != nil {
			t.Fatal(err)
		}
		c := config.Admin{User: "admin", Password: "penstock", Users: map[string]*config.AdminUser{"ops": {Name: "ops", Role: config.RoleAdmin, Password: "none of those"}}}
		if err := g.letIn(&c, address); err != nil {
			t.Fatal(err)
		}
		for _, login := range []struct {
			name, password string
			want           error
		}{{"admin", "penstock", want}, {"ops", "none of those", nil}, {"old", "none of those", access.ErrDenied}} {
			if _, err := g.access.Login(t.Context(), netip.Addr{}, login.name, login.password); !errors.Is(err, login.want) {
				t.Errorf("%s: %s gets in with %v, want %v", address, login.name, err, login.want)
			}
		}
	}
}
