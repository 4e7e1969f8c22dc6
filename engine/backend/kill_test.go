package backend

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/penstock-db/penstock/engine/wire"
)

func uintText(n uint64) string { return strconv.FormatUint(n, 10) }

func TestKillQueryAndKill(t *testing.T) {
	b := open(t)
	ctx := testContext(t)
	result := make(chan error)
	go func() {
		_, err := b.Query(ctx, "SELECT SLEEP(100)")
		result <- err
	}()
	watch := open(t)
	for watch.one(t, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP%'") != "1" {
	}
	if err := KillQuery(ctx, appOptions(), b.ThreadID(), true); err != nil {
		t.Fatal(err)
	}
	var se *ServerError
	if err := <-result; !errors.As(err, &se) || se.ERR.Errno != wire.ErQueryInterrupted {
		t.Fatalf("the query ended with %v", err)
	}
	b.one(t, "SELECT 1") // the connection lives
	if err := Kill(ctx, appOptions(), b.ThreadID(), false); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Query(ctx, "SELECT 1"); err == nil {
		t.Fatal("the connection lives after KILL")
	}
	if err := Kill(ctx, appOptions(), 1<<40, true); !errors.Is(err, ErrNoSuchThread) {
		t.Fatalf("got %v", err)
	}
}

func TestQueryEndsWithItsContext(t *testing.T) {
	o := appOptions()
	b, err := Dial(testContext(t), o)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := b.Query(ctx, "SELECT SLEEP(100)"); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	_ = KillQuery(testContext(t), o, b.ThreadID(), true)
}
