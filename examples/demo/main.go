// Demo is a database to try Penstock with: one process that answers as a
// primary and as a read replica over the same data, held in memory.
//
//	go run . -primary 127.0.0.1:4011 -replica 127.0.0.1:4012
//
// The schema is demo, the user app with the password app; penstock with the
// password penstock is the account that Penstock itself uses. SELECT @@hostname
// (or @@server_id, @@read_only) tells which of the two answered. Nothing
// outlives the process.
//
// With -penstock BINARY it also runs Penstock in front of the two, says what to
// try, and stops it first when it is told to stop: that is `make run`.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/sirupsen/logrus"
)

func main() {
	primary := flag.String("primary", "127.0.0.1:4011", "`address` of the primary")
	replica := flag.String("replica", "127.0.0.1:4012", "`address` of the read replica")
	penstock := flag.String("penstock", "", "also run this Penstock `binary`")
	config := flag.String("config", "config.toml", "Penstock's configuration `file`")
	var at addresses
	flag.StringVar(&at.clients, "clients", "127.0.0.1:4006", "`address` of that configuration's listener")
	flag.StringVar(&at.admin, "admin", "127.0.0.1:8989", "`address` of its REST API")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	beside := func(ctx context.Context) error {
		if *penstock == "" {
			<-ctx.Done()
			return nil
		}
		return runPenstock(ctx, *penstock, *config, at)
	}
	if err := run(ctx, *primary, *replica, beside); err != nil {
		fmt.Fprintln(os.Stderr, "demo database:", err)
		os.Exit(1)
	}
}

// run serves until beside returns.
func run(ctx context.Context, primary, replica string, beside func(context.Context) error) error {
	logrus.SetLevel(logrus.FatalLevel) // the engine logs every wrong statement
	var listeners [2]net.Listener
	for i, address := range []string{primary, replica} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("%w (is another demo running?)", err)
		}
		defer l.Close()
		listeners[i] = l
	}
	db, err := Serve(listeners[0], listeners[1])
	if err != nil {
		return err
	}
	defer db.Close()
	fmt.Printf("demo database: primary on %s, replica on %s\n", listeners[0].Addr(), listeners[1].Addr())
	return beside(ctx)
}
