package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

func peer(ip string) Peer { return PeerOf(&net.TCPAddr{IP: net.ParseIP(ip), Port: 1}) }

func load(t *testing.T, l *Loader) *Table {
	t.Helper()
	if err := l.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	return l.Table()
}

func TestLoaderReadsMariaDB(t *testing.T) {
	server.Exec(t, "CREATE DATABASE s_one", "CREATE DATABASE s_two",
		"CREATE ROLE reader", "GRANT SELECT ON s_two.* TO reader", "CREATE ROLE outer_role", "GRANT reader TO outer_role",
		"CREATE USER one@`%` IDENTIFIED BY 'pw1' REQUIRE SSL", "GRANT SELECT ON `s\\_one`.* TO one@`%`",
		"CREATE USER two@`127.0.0.0/255.0.0.0` IDENTIFIED BY 'pw2'", "GRANT outer_role TO two@`127.0.0.0/255.0.0.0`",
		"SET DEFAULT ROLE outer_role FOR two@`127.0.0.0/255.0.0.0`",
		"CREATE TABLE s_one.t (a INT)", "CREATE USER three IDENTIFIED BY 'x' ACCOUNT LOCK", "GRANT SELECT (a) ON s_one.t TO three",
		"CREATE USER sock IDENTIFIED VIA unix_socket OR mysql_native_password USING PASSWORD('pw4')",
		"CREATE USER other IDENTIFIED VIA unix_socket")
	t.Cleanup(func() {
		server.Exec(t, "DROP DATABASE s_one", "DROP DATABASE s_two", "DROP ROLE reader, outer_role",
			"DROP USER one, two@`127.0.0.0/255.0.0.0`, three, sock, other")
	})
	tab := load(t, loader(t, mariadbtest.ServiceUser, mariadbtest.ServicePassword))
	p := peer("127.0.0.1")
	one, two, three, sock := tab.Find("one", p), tab.Find("two", p), tab.Find("three", p), tab.Find("sock", p)
	if one == nil || !one.RequireTLS || string(one.Hash) != string(nativeHash("pw1")) {
		t.Errorf("one: %+v", one)
	}
	if two == nil || two.Host.String() != "127.0.0.0/255.0.0.0" || tab.Find("two", peer("10.0.0.1")) != nil {
		t.Errorf("two: %+v", two)
	}
	if three == nil || !three.Locked {
		t.Errorf("three: %+v", three)
	}
	if sock == nil || sock.Plugin != NativePlugin || string(sock.Hash) != string(nativeHash("pw4")) {
		t.Errorf("sock: %+v", sock)
	}
	if o := tab.Find("other", p); o == nil || o.Plugin == NativePlugin {
		t.Errorf("other: %+v", o)
	}
	if r := tab.Find("reader", p); r != nil {
		t.Errorf("a role logs in: %v", r)
	}
	for _, c := range []struct {
		a      *Account
		schema string
		want   SchemaAccess
	}{
		{one, "s_one", SchemaAllowed}, {one, "s_two", SchemaDenied}, {one, "sXone", SchemaDenied},
		{one, "information_schema", SchemaAllowed}, {one, "mysql", SchemaDenied}, {one, "nowhere", SchemaDenied},
		{two, "s_two", SchemaAllowed}, {two, "s_one", SchemaDenied}, {three, "s_one", SchemaAllowed},
		{tab.Find(mariadbtest.AppUser, p), "s_one", SchemaAllowed}, {tab.Find(mariadbtest.AppUser, p), "nowhere", SchemaMissing},
	} {
		if got := tab.Schema(c.a, p, c.schema); got != c.want {
			t.Errorf("%v on %s: %v, want %v", c.a, c.schema, got, c.want)
		}
	}
}

// TestLoaderReadsMySQLUser holds the view of older servers against global_priv.
func TestLoaderReadsMySQLUser(t *testing.T) {
	server.Exec(t, "CREATE USER v@`10.%` IDENTIFIED BY 'pw' REQUIRE X509 ACCOUNT LOCK")
	t.Cleanup(func() { server.Exec(t, "DROP USER v@`10.%`") })
	read := func(f func(*tableReader, context.Context) error) *Source {
		conn, err := server.DB(t).Conn(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		r := &tableReader{conn: conn, src: new(Source)}
		if err := f(r, context.Background()); err != nil {
			t.Fatal(err)
		}
		return r.src
	}
	a, b := NewTable(*read((*tableReader).globalPriv)), NewTable(*read((*tableReader).mysqlUser))
	if a.Len() != b.Len() || a.Len() == 0 {
		t.Fatalf("%d and %d accounts", a.Len(), b.Len())
	}
	for i := range a.accounts {
		x, y := *a.accounts[i], *b.accounts[i]
		y.Locked = x.Locked // the view does not tell
		if fmt.Sprintf("%+v", x) != fmt.Sprintf("%+v", y) {
			t.Errorf("global_priv %+v\nuser        %+v", x, y)
		}
	}
}

func TestLoaderNamesTheMissingGrant(t *testing.T) {
	server.Exec(t, "CREATE USER poor IDENTIFIED BY 'p'")
	t.Cleanup(func() { server.Exec(t, "DROP USER poor") })
	l := loader(t, "poor", "p")
	steps := []struct{ missing, then string }{
		{"GRANT SELECT ON mysql.global_priv", "GRANT SELECT ON mysql.user TO poor"},
		{"GRANT SELECT ON mysql.db", "GRANT SELECT ON mysql.db TO poor"},
		{"GRANT SELECT ON mysql.tables_priv", "GRANT SELECT ON mysql.tables_priv TO poor"},
		{"GRANT SELECT ON mysql.columns_priv", "GRANT SELECT ON mysql.columns_priv TO poor"},
		{"GRANT SELECT ON mysql.procs_priv", "GRANT SELECT ON mysql.procs_priv TO poor"},
		{"GRANT SELECT ON mysql.roles_mapping", "GRANT SELECT ON mysql.roles_mapping TO poor"},
	}
	for _, s := range steps {
		err := l.Load(context.Background())
		var g *MissingGrantError
		if !errors.As(err, &g) || !strings.HasPrefix(g.Grant, s.missing) || l.Err() == nil {
			t.Fatalf("got %v, want %s", err, s.missing)
		}
		server.Exec(t, s.then)
	}
	if tab := load(t, l); tab.Find("poor", peer("127.0.0.1")) == nil || tab.schemas != nil {
		t.Fatalf("schemas %v are known without SHOW DATABASES", tab.schemas)
	}
	server.Exec(t, "GRANT SHOW DATABASES ON *.* TO poor")
	if tab := load(t, l); !tab.schemas["test"] {
		t.Fatal("schemas are not known")
	}
}

func TestRefreshOnFailedLoginIsRateLimited(t *testing.T) {
	l := loader(t, mariadbtest.ServiceUser, mariadbtest.ServicePassword)
	load(t, l)
	ln, got := listen(t, "tcp", "127.0.0.1:0", AcceptConfig{Accounts: l})
	server.Exec(t, "CREATE USER late IDENTIFIED BY 'pw'")
	t.Cleanup(func() { server.Exec(t, "DROP USER late") })
	attempt := func() error {
		err := dsnLogin(t, ln, func(m *mysql.Config) { m.User, m.Passwd = "late", "pw" })
		<-got
		return err
	}
	l.next = time.Now().Add(time.Hour)
	wantErrno(t, attempt(), 1045, "late")
	l.next = time.Time{}
	if err := attempt(); err != nil {
		t.Fatal(err)
	}
	if wait := time.Until(l.next); wait <= 0 || l.Refresh(context.Background()) {
		t.Fatalf("the next load may come at once (%v)", wait)
	}
	for range 10 { // nothing new: the pause grows, up to its limit
		l.next = time.Time{}
		l.Refresh(context.Background())
	}
	if l.wait != refreshMax {
		t.Fatalf("wait %v", l.wait)
	}
}

func TestLoaderWithoutServers(t *testing.T) {
	svc := &config.Service{Users: []config.User{{Name: "app"}}, LoadUsers: true}
	l := NewLoader(LoaderConfig{Service: svc, Candidates: func() []Candidate { return nil }})
	if err := l.Load(context.Background()); err == nil || l.Table().Find("app", peer("1.2.3.4")) == nil {
		t.Fatalf("%v; the configuration's users must stay", err)
	}
	svc.LoadUsers = false
	if err := l.Load(context.Background()); err != nil || l.Refresh(context.Background()) {
		t.Fatal(err)
	}
}

// TestFindAgreesWithMariaDB makes accounts with random host patterns and asks
// the server which one it takes a client for.
func TestFindAgreesWithMariaDB(t *testing.T) {
	patterns := []string{"%", "127.%", "127.0.%", "127.0.0.%", "127.0.0._", "127.0.0.2", "127.0.0.0/255.255.255.0",
		"127.0.0.0/255.0.0.0", "127._.0.2", "1%", "%.2", "127.0.0.2%", "127.0%.2", "127.0.0.0/255.255.255.254"}
	clients := []string{"127.0.0.2", "127.0.0.3", "127.0.1.2", "127.1.0.22", "127.0.0.25"}
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 1))
	for round := range 12 {
		perm := rnd.Perm(len(patterns))[:2+rnd.IntN(6)]
		var drop []string
		for _, i := range perm {
			user := []string{"hm", "hm", "''"}[rnd.IntN(3)]
			name := user + "@`" + patterns[i] + "`"
			server.Exec(t, "CREATE USER "+name)
			drop = append(drop, name)
		}
		l := loader(t, "root", "")
		l.cfg.Candidates = func() []Candidate { // the anonymous users are in the way over TCP
			return []Candidate{{Server: &config.Server{Name: "socket", Socket: server.Socket}}}
		}
		tab := load(t, l)
		for _, ip := range clients {
			want := currentUser(t, ip)
			got := "refused"
			if a := tab.Find("hm", peerWithoutName(ip)); a != nil {
				got = a.User + "@" + a.Host.String()
			}
			if got != want && !tied(got, want) {
				t.Errorf("seed %d round %d, accounts %v, client %s: found %s, the server %s", seed, round, drop, ip, got, want)
			}
		}
		server.Exec(t, "DROP USER "+strings.Join(drop, ", "))
	}
}

// tied reports whether two accounts of one user are equally specific: which of
// them the server takes is not defined.
func tied(a, b string) bool {
	userA, hostA, _ := strings.Cut(a, "@")
	userB, hostB, _ := strings.Cut(b, "@")
	return userA == userB && compareHosts(ParseHost(hostA), ParseHost(hostB)) == 0
}

func peerWithoutName(ip string) Peer {
	p := peer(ip)
	p.Names = nil // the server runs with skip-name-resolve
	return p
}

// currentUser logs in to the server as hm from a given address.
func currentUser(t *testing.T, ip string) string {
	t.Helper()
	m := mysql.NewConfig()
	m.User, m.Net, m.Addr, m.Logger = "hm", "tcp", server.Addr, &mysql.NopLogger{}
	m.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
		return d.DialContext(ctx, network, addr)
	}
	c, err := mysql.NewConnector(m)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(c)
	defer db.Close()
	var user string
	if err := db.QueryRow("SELECT CURRENT_USER()").Scan(&user); err != nil {
		return "refused"
	}
	return user
}
