package backend

import (
	"context"
	"strconv"

	"github.com/penstock-db/penstock/engine/wire"
)

// Kill ends a server's connection, from a connection of its own that o says
// how to open: the same user's, or one with CONNECTION ADMIN. hard does not
// wait for what cannot be repeated safely; soft is MariaDB's KILL SOFT. A
// thread that is gone already is [ErrNoSuchThread].
func Kill(ctx context.Context, o Options, thread uint64, hard bool) error {
	return kill(ctx, o, killText("CONNECTION", thread, hard))
}

// KillQuery ends what a server's connection is executing and leaves the
// connection alive.
func KillQuery(ctx context.Context, o Options, thread uint64, hard bool) error {
	return kill(ctx, o, killText("QUERY", thread, hard))
}

// killText leaves HARD out: it is the default, and MySQL does not know it.
func killText(what string, thread uint64, hard bool) string {
	soft := "SOFT "
	if hard {
		soft = ""
	}
	return "KILL " + soft + what + " " + strconv.FormatUint(thread, 10)
}

func kill(ctx context.Context, o Options, statement string) error {
	o.Schema = "" // it may not exist (any more)
	o.Capabilities &^= wire.ClientDeprecateEOF | wire.MariaDBExtendedTypes
	b, err := Dial(ctx, o)
	if err != nil {
		return err
	}
	defer b.Quit()
	_, err = b.Query(ctx, statement)
	return err
}
