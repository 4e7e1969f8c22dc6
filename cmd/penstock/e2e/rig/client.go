package rig

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/penstock-db/penstock/engine/mariadbtest"
	"github.com/penstock-db/penstock/engine/wire"
)

// Capabilities of clients in use.
const (
	base = wire.ClientMySQL | wire.ClientLongFlag | wire.ClientProtocol41 | wire.ClientTransactions | wire.ClientSecureConnection |
		wire.ClientMultiStatements | wire.ClientMultiResults | wire.ClientPSMultiResults | wire.ClientPluginAuth
	// OldCapabilities end result sets with EOF packets and know no session
	// tracking, like PyMySQL and go-sql-driver.
	OldCapabilities = base
	// NewCapabilities are those of a client of MySQL 5.7.5 and later.
	NewCapabilities = base | wire.ClientDeprecateEOF | wire.ClientSessionTrack
	// MariaDBCapabilities ask for every extension that MariaDB offers and that
	// changes replies.
	MariaDBCapabilities = base&^wire.ClientMySQL | wire.ClientDeprecateEOF | wire.ClientSessionTrack |
		wire.MariaDBCacheMetadata | wire.MariaDBExtendedTypes | wire.MariaDBStmtBulk
)

// Login is how a [Client] logs in. Zero values are the application's account
// without a schema, and NewCapabilities.
type Login struct {
	User, Password, Schema string
	Capabilities           wire.Capability
	Collation              byte // utf8mb4_general_ci if 0
}

// complete fills in what was left out.
func (l Login) complete() Login {
	if l.User == "" {
		l.User, l.Password = mariadbtest.AppUser, mariadbtest.AppPassword
	}
	if l.Capabilities == 0 {
		l.Capabilities = NewCapabilities
	}
	if l.Collation == 0 {
		l.Collation = 45
	}
	return l
}

// Client is a bare client. Every method returns the reply's packets as they
// came, headers included. It belongs to one goroutine.
type Client struct {
	// ConnectionID is the id of the greeting.
	ConnectionID uint32
	// Capabilities are what both sides agreed on.
	Capabilities wire.Capability
	Conn         *wire.Conn
	Reply        wire.Reply // summary of the last reply
	Greeting     wire.Greeting
	// Socket counts what went over the connection, independently of Conn.
	Socket   *Counted
	Commands uint64 // sent
	Queries  uint64 // of them: those that carry or execute a statement
}

// Counted is a connection that counts its bytes.
type Counted struct {
	net.Conn
	In, Out atomic.Uint64
}

func (c *Counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.In.Add(uint64(n))
	return n, err
}

func (c *Counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.Out.Add(uint64(n))
	return n, err
}

// timeout is how long a client waits for anything.
const timeout = time.Minute

// Connect logs in with mysql_native_password. A refusal is a *[wire.ERR].
func Connect(address string, l Login) (*Client, error) {
	l = l.complete()
	nc, err := net.DialTimeout("tcp", address, timeout)
	if err != nil {
		return nil, err
	}
	socket := &Counted{Conn: nc}
	c := &Client{Conn: wire.NewConn(socket), Socket: socket}
	if err := c.login(l); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Client) login(l Login) error {
	c.Conn.SetDeadline(time.Now().Add(timeout))
	payload, _, err := c.Conn.ReadMessage(1 << 20)
	if err != nil {
		return fmt.Errorf("read the greeting: %w", err)
	}
	if payload[0] == 0xff {
		return decodeERR(payload)
	}
	if err := c.Greeting.Decode(payload); err != nil {
		return err
	}
	c.ConnectionID = c.Greeting.ConnectionID
	c.Capabilities = l.Capabilities & c.Greeting.Capabilities
	if l.Capabilities.Has(wire.ClientMySQL) {
		// A server of MariaDB clears it; a client that sets it speaks no extensions.
		c.Capabilities = c.Capabilities&0xffffffff | wire.ClientMySQL
	}
	if l.Schema != "" {
		c.Capabilities |= wire.ClientConnectWithDB
	}
	response := l.response(c.Capabilities, c.Greeting.Salt)
	if _, err := c.Conn.WriteMessage(response.Encode(nil), 1); err != nil {
		return err
	}
	if err := c.Conn.Flush(); err != nil {
		return err
	}
	for {
		payload, seq, err := c.Conn.ReadMessage(1 << 20)
		if err != nil {
			return fmt.Errorf("log in: %w", err)
		}
		switch payload[0] {
		case 0x00:
			return nil
		case 0xff:
			return decodeERR(payload)
		case 0xfe:
			var sw wire.AuthSwitch
			if err := sw.Decode(payload); err != nil {
				return err
			}
			if sw.Plugin != wire.PluginNative {
				return fmt.Errorf("log in: asked for %s", sw.Plugin)
			}
			if _, err := c.Conn.WriteMessage(nativeToken(l.Password, sw.Data), seq+1); err != nil {
				return err
			}
			if err := c.Conn.Flush(); err != nil {
				return err
			}
		default:
			return fmt.Errorf("log in: unexpected packet % x", payload[:min(len(payload), 16)])
		}
	}
}

func (l *Login) response(caps wire.Capability, salt []byte) wire.HandshakeResponse {
	return wire.HandshakeResponse{Capabilities: caps, MaxPacket: 1 << 30, Collation: l.Collation,
		User: l.User, Auth: nativeToken(l.Password, salt), Schema: l.Schema, Plugin: wire.PluginNative}
}

// HandshakeResponse is the packet of a login, for a salt that nobody sent.
func HandshakeResponse(l Login) []byte {
	l = l.complete()
	m := l.response(l.Capabilities, make([]byte, 20))
	return wire.AppendMessage(nil, 1, &m)
}

func decodeERR(payload []byte) error {
	e := new(wire.ERR)
	if err := e.Decode(payload); err != nil {
		return err
	}
	return e
}

// nativeToken answers a salt of mysql_native_password.
func nativeToken(password string, salt []byte) []byte {
	if password == "" {
		return nil
	}
	if len(salt) > 20 {
		salt = salt[:20]
	}
	first := sha1.Sum([]byte(password))
	second := sha1.Sum(first[:])
	third := sha1.Sum(append(append([]byte(nil), salt...), second[:]...))
	for i := range third {
		third[i] ^= first[i]
	}
	return third[:]
}

// Close closes the connection without a word, as a client that was killed.
func (c *Client) Close() error { return c.Conn.Abort() }

// Send sends one command.
func (c *Client) Send(cmd wire.Command, argument []byte) error {
	c.Conn.SetDeadline(time.Now().Add(timeout))
	if _, err := c.Conn.WriteMessage(append([]byte{byte(cmd)}, argument...), 0); err != nil {
		return err
	}
	c.Commands++
	if cmd == wire.ComQuery || cmd == wire.ComStmtExecute || cmd == wire.ComStmtBulkExecute {
		c.Queries++
	}
	return c.Conn.Flush()
}

// Do sends a command and returns its reply. LOAD DATA LOCAL is answered with
// the rows of file.
func (c *Client) Do(cmd wire.Command, argument []byte) ([]byte, error) {
	if err := c.Send(cmd, argument); err != nil {
		return nil, err
	}
	return c.Receive(cmd, nil)
}

// Receive reads the reply to cmd. file is what a LOAD DATA LOCAL is answered with.
func (c *Client) Receive(cmd wire.Command, file []byte) ([]byte, error) {
	var raw []byte
	c.Conn.SetDeadline(time.Now().Add(timeout))
	c.Reply.Reset(cmd, c.Capabilities)
	for !c.Reply.Done() {
		h, err := c.Conn.PeekHeader()
		if err != nil {
			return raw, fmt.Errorf("reply to %v after %d bytes: %w", cmd, len(raw), err)
		}
		head, err := c.Conn.Peek(wire.HeaderLen + c.Reply.Need(h))
		if err != nil {
			return raw, err
		}
		part, err := c.Reply.Next(h, head[wire.HeaderLen:])
		if err != nil {
			return raw, err
		}
		if raw, err = c.take(raw, wire.HeaderLen+h.Len); err != nil {
			return raw, err
		}
		if part == wire.PartLocalInfile {
			if err := c.sendFile(h.Seq+1, file); err != nil {
				return raw, err
			}
		}
	}
	return raw, nil
}

// take appends the next n bytes to raw.
func (c *Client) take(raw []byte, n int) ([]byte, error) {
	for n > 0 {
		if len(c.Conn.Buffered()) == 0 {
			if err := c.Conn.Fill(); err != nil {
				return raw, err
			}
		}
		b := c.Conn.Buffered()
		b = b[:min(len(b), n)]
		raw = append(raw, b...)
		n -= len(b)
		if err := c.Conn.Discard(len(b)); err != nil {
			return raw, err
		}
	}
	return raw, nil
}

func (c *Client) sendFile(seq byte, file []byte) (err error) {
	if len(file) > 0 {
		if seq, err = c.Conn.WriteMessage(file, seq); err != nil {
			return err
		}
	}
	if _, err = c.Conn.WriteMessage(nil, seq); err != nil {
		return err
	}
	if err = c.Conn.Flush(); err == nil {
		c.Reply.LocalInfileSent()
	}
	return err
}

// Query runs a statement in the text protocol.
func (c *Client) Query(sql string) ([]byte, error) { return c.Do(wire.ComQuery, []byte(sql)) }

// Exec runs a statement and turns its ERR into an error.
func (c *Client) Exec(sql string) error {
	if _, err := c.Query(sql); err != nil {
		return err
	}
	if c.Reply.Errno != 0 {
		return fmt.Errorf("%.80s: %d: %s", sql, c.Reply.Errno, c.Reply.Message)
	}
	return nil
}

// ErrNoValue is returned by Value for a statement without a row.
var ErrNoValue = errors.New("the statement returned no row")

// Value runs a statement and returns the first field of its first row.
func (c *Client) Value(sql string) (string, error) {
	raw, err := c.Query(sql)
	if err != nil {
		return "", err
	}
	if c.Reply.Errno != 0 {
		return "", fmt.Errorf("%.80s: %d: %s", sql, c.Reply.Errno, c.Reply.Message)
	}
	packets := Packets(raw)
	row := 2 // column count, one definition
	if !c.Capabilities.Has(wire.ClientDeprecateEOF) {
		row++
	}
	if c.Reply.Rows == 0 || c.Reply.Columns != 1 || len(packets) <= row {
		return "", fmt.Errorf("%.80s: %w", sql, ErrNoValue)
	}
	field, _, err := wire.NextTextField(packets[row][wire.HeaderLen:])
	return string(field), err
}

// Packets splits a reply into its packets.
func Packets(raw []byte) [][]byte {
	var out [][]byte
	for len(raw) >= wire.HeaderLen {
		n := min(len(raw), wire.HeaderLen+wire.ParseHeader(raw).Len)
		out = append(out, raw[:n:n])
		raw = raw[n:]
	}
	return out
}
