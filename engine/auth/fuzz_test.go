package auth

import (
	"bytes"
	"context"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/penstock-db/penstock/engine/config"
	"github.com/penstock-db/penstock/engine/wire"
)

// FuzzWildcard holds the matcher against a regular expression.
func FuzzWildcard(f *testing.F) {
	for _, s := range [][2]string{{"%", ""}, {"10.%.1", "10.0.0.1"}, {`a\_b`, "a_b"}, {`a\`, `a\`}, {"_%_", "xy"}, {"%a%b%", "xxaxxb"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 40 || len(s) > 200 {
			return
		}
		var re strings.Builder
		re.WriteString(`(?s)^`)
		latin := func(b byte) string { return regexp.QuoteMeta(string(rune(b))) }
		for i := 0; i < len(pattern); i++ {
			switch c := pattern[i]; {
			case c == '%':
				re.WriteString(".*")
			case c == '_':
				re.WriteString(".")
			case c == '\\' && i+1 < len(pattern):
				i++
				re.WriteString(latin(pattern[i]))
			default:
				re.WriteString(latin(c))
			}
		}
		re.WriteString("$")
		runes := make([]rune, len(s)) // bytes as characters
		for i := range len(s) {
			runes[i] = rune(s[i])
		}
		if want := regexp.MustCompile(re.String()).MatchString(string(runes)); wildcard(pattern, s, false) != want {
			t.Errorf("%q matches %q: want %v", pattern, s, want)
		}
	})
}

func FuzzParsePriv(f *testing.F) {
	f.Add("u", "%", `{"access":1,"plugin":"mysql_native_password","authentication_string":"*B69027D44F6E5EDC07F1AEAD1477967B16F28227","ssl_type":1}`)
	f.Add("", "", `{"access":18446744073709551615,"auth_or":[{},{"plugin":"unix_socket"}]}`)
	f.Fuzz(func(t *testing.T, user, host, priv string) {
		a, _, err := parsePriv(user, host, priv)
		if err != nil {
			return
		}
		if a.Plugin == NativePlugin && a.Hash != nil && len(a.Hash) != 20 {
			t.Errorf("hash of %d bytes", len(a.Hash))
		}
		a.Host.Matches(Peer{Local: true, Names: []string{"localhost"}})
	})
}

// FuzzAccept throws bytes at a listener's handshake.
func FuzzAccept(f *testing.F) {
	resp := wire.HandshakeResponse{Capabilities: wire.ClientProtocol41 | wire.ClientSecureConnection | wire.ClientPluginAuth,
		User: "app", Auth: make([]byte, 20), Plugin: "caching_sha2_password"}
	f.Add(append(wire.AppendMessage(nil, 1, &resp), wire.AppendPacket(nil, 3, make([]byte, 20))...))
	f.Add(wire.AppendMessage(nil, 1, &wire.SSLRequest{Capabilities: wire.ClientProtocol41 | wire.ClientSSL}))
	f.Add([]byte("GET / HTTP/1.0\r\n\r\n"))
	cfg := &AcceptConfig{ServerVersion: "x", Accounts: Static{NewTable(Source{Configured: []Account{FromConfig(config.User{Name: "app", Password: "s"})}})}}
	f.Fuzz(func(t *testing.T, data []byte) {
		id, err := Accept(context.Background(), wire.NewConn(&scripted{in: bytes.NewReader(data)}), cfg)
		if err == nil {
			t.Errorf("%v was let in", id)
		}
	})
}

// scripted is a connection whose other side says what was written before.
type scripted struct{ in *bytes.Reader }

func (s *scripted) Read(p []byte) (int, error)       { return s.in.Read(p) }
func (s *scripted) Write(p []byte) (int, error)      { return len(p), nil }
func (s *scripted) Close() error                     { return nil }
func (s *scripted) LocalAddr() net.Addr              { return &net.UnixAddr{} }
func (s *scripted) RemoteAddr() net.Addr             { return &net.UnixAddr{} }
func (s *scripted) SetDeadline(time.Time) error      { return nil }
func (s *scripted) SetReadDeadline(time.Time) error  { return nil }
func (s *scripted) SetWriteDeadline(time.Time) error { return nil }
