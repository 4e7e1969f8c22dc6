package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// TLS towards clients and towards the server, and a Unix socket on either side.
func TestTLSAndSockets(t *testing.T) {
	server := mariadbtest.Start(t, mariadbtest.TLS())
	dir, err := os.MkdirTemp("", "pstk-tls-") // t.TempDir is too long for a socket
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	listener, err := mariadbtest.MakeCertificates(dir)
	must(t, err)
	socket := filepath.Join(dir, "s")
	port, err := mariadbtest.FreePort()
	must(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", port)
	p := rig.Start(t, rig.Setup{
		Primary:  server.Addr,
		Services: []rig.Service{{Name: "plain", Router: "readconnroute"}},
		More: fmt.Sprintf(`
[servers.primary.tls]
ca = %q

[servers.local]
socket = %q

[services.local]
router = "readconnroute"
servers = ["local"]
user = "penstock"
password = "penstock"

[listeners.tls]
service = "plain"
address = %q
[listeners.tls.tls]
cert = %q
key = %q
required = true

[listeners.socket]
service = "local"
socket = %q
`, server.CAFile, server.Socket, address, listener.CertFile, listener.KeyFile, socket),
	})

	if cipher := sslCipher(t, open(t, p.DSN("plain"))); cipher == "" {
		t.Error("the server's side is not encrypted")
	}

	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr = mariadbtest.AppUser, mariadbtest.AppPassword, "tcp", address
	if err := open(t, c.FormatDSN()).Ping(); err == nil {
		t.Error("a listener that requires TLS let in a plain client")
	}
	pem, err := os.ReadFile(listener.CAFile)
	must(t, err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	c.TLS = &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
	connector, err := mysql.NewConnector(c)
	must(t, err)
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	must(t, db.Ping())
	sessions, err := p.API.Sessions()
	must(t, err)
	found := false
	for _, s := range sessions {
		found = found || s.Attributes.Client.Cipher != ""
	}
	if !found {
		t.Error("no session has a cipher in the API")
	}

	unix := open(t, fmt.Sprintf("%s:%s@unix(%s)/", mariadbtest.AppUser, mariadbtest.AppPassword, socket))
	must(t, unix.Ping())
	out, err := tool(t, "SELECT 'by socket'", "mariadb", "--no-defaults", "-S"+socket, "-u"+mariadbtest.AppUser, "-p"+mariadbtest.AppPassword, "-N")
	if err != nil || strings.TrimSpace(out) != "by socket" {
		t.Errorf("the CLI over the socket: %v\n%s", err, out)
	}
}

func sslCipher(t *testing.T, db *sql.DB) (cipher string) {
	t.Helper()
	var name string
	must(t, db.QueryRow("SHOW SESSION STATUS LIKE 'Ssl_cipher'").Scan(&name, &cipher))
	return cipher
}
