package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/wire"
)

// A restart gives the session a new body and keeps what the client did.
func TestRestartKeepsTheSession(t *testing.T) {
	c := connect(t, proxy.Addr(split), rig.Login{})
	id := uint64(c.ConnectionID)
	for _, q := range []string{"SET @kept = 'before the restart'", "SET NAMES latin1", "USE mysql"} {
		must(t, c.Exec(q))
	}
	_, err := c.Do(wire.ComStmtPrepare, []byte("SELECT ? + @@server_id"))
	must(t, err)
	statement := c.Reply.StatementID
	before, err := proxy.API.Session(id)
	must(t, err)
	if len(before.Attributes.Connections) == 0 {
		t.Fatal("the session has no connections")
	}
	must(t, proxy.API.Do(http.MethodPost, fmt.Sprintf("/v1/sessions/%d/restart", id), nil, nil))
	for q, want := range map[string]string{"SELECT @kept": "before the restart", "SELECT DATABASE()": "mysql", "SELECT @@character_set_client": "latin1"} {
		if v := value(t, c, q); v != want {
			t.Errorf("after the restart %s is %q, want %q", q, v, want)
		}
	}
	if _, err := c.Do(wire.ComStmtExecute, execute(statement, []any{10}, wire.CursorNone, true)); err != nil || c.Reply.Errno != 0 {
		t.Errorf("a statement from before the restart: %v, %d %s", err, c.Reply.Errno, c.Reply.Message)
	}
	after, err := proxy.API.Session(id)
	must(t, err)
	for _, old := range before.Attributes.Connections {
		for _, b := range after.Attributes.Connections {
			if b == old {
				t.Errorf("the connection %v is still the old one", b)
			}
		}
	}
}

func TestDeleteEndsTheSession(t *testing.T) {
	c := connect(t, proxy.Addr(split), rig.Login{})
	must(t, c.Send(wire.ComQuery, []byte("SELECT SLEEP(300), 'deleted session'")))
	must(t, rig.Await("the query to run", func() error { return running(t, "deleted session", 1) }))
	path := fmt.Sprintf("/v1/sessions/%d", c.ConnectionID)
	must(t, proxy.API.Do(http.MethodDelete, path, nil, nil))
	must(t, rig.Await("the query to end", func() error { return running(t, "deleted session", 0) }))
	if _, err := c.Receive(wire.ComQuery, nil); err == nil && c.Reply.Errno != 1927 {
		t.Errorf("the client got %d %s, want error 1927 or a closed connection", c.Reply.Errno, c.Reply.Message)
	}
	must(t, rig.Await("the session to be gone", func() error {
		var status *rig.Status
		if err := proxy.API.Do(http.MethodGet, path, nil, nil); !errors.As(err, &status) || status.Code != http.StatusNotFound {
			return fmt.Errorf("the API answers %v", err)
		}
		return nil
	}))

	idle := connect(t, proxy.Addr(split), rig.Login{})
	must(t, proxy.API.Do(http.MethodDelete, fmt.Sprintf("/v1/sessions/%d?ttl=200ms", idle.ConnectionID), nil, nil))
	must(t, idle.Exec("SELECT 1")) // until then it works on
	payload, _, err := idle.Conn.ReadMessage(1 << 20)
	var told wire.ERR
	if err != nil || told.Decode(payload) != nil || told.Errno != 1927 || told.SQLState != "70100" {
		t.Errorf("an idle client was told %q (%v), want error 1927", payload, err)
	}
}
