package mariadbtest

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
)

// StartPair starts a primary (server_id 1) and a read-only replica of it
// (server_id 2) with strict GTIDs. Both end with the test. The options apply
// to both, except ServerID.
func StartPair(t testing.TB, opts ...Option) (primary, replica *Server) {
	t.Helper()
	primary, replica, err := StartPairMain(opts...)
	if err != nil {
		t.Fatalf("start a MariaDB primary and replica: %v", err)
	}
	for _, s := range []*Server{primary, replica} {
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("error log of the server at %s:\n%s", s.Addr, s.ErrorLog())
			}
			s.Close()
		})
	}
	return primary, replica
}

// StartPairMain is StartPair for a TestMain, which has to Close both.
func StartPairMain(opts ...Option) (primary, replica *Server, err error) {
	primary, err = startMember(1, opts)
	if err != nil {
		return nil, nil, err
	}
	replica, err = startMember(2, append(opts[:len(opts):len(opts)], Args("--read-only=1")))
	if err == nil {
		err = replica.follow(primary)
	}
	if err != nil {
		if replica != nil {
			replica.Close()
		}
		primary.Close()
		return nil, nil, err
	}
	return primary, replica, nil
}

func startMember(id int, opts []Option) (*Server, error) {
	o := gather(opts)
	o.serverID = id
	s, err := start(o, binlog)
	if err != nil {
		return nil, err
	}
	if err := s.prepareAccounts(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// follow makes s a replica of primary and waits until it has caught up.
func (s *Server) follow(primary *Server) error {
	err := s.exec(
		fmt.Sprintf(`CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=%d, MASTER_USER='%s', MASTER_PASSWORD='%s',
			MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=1`,
			primary.Port, ReplicationUser, ReplicationPassword),
		"START SLAVE",
	)
	if err != nil {
		return err
	}
	return await("replication to run", func() (bool, error) {
		var running string
		err := s.asRoot(func(ctx context.Context, c *sql.Conn) error {
			var name string
			return c.QueryRowContext(ctx, "SHOW STATUS LIKE 'Slave_running'").Scan(&name, &running)
		})
		if err != nil {
			return false, err
		}
		if running != "ON" {
			return false, fmt.Errorf("status variable Slave_running is %s", running)
		}
		return true, nil
	})
}

// WaitForSync waits until the replica s has everything that is in primary's
// binary log now.
func (s *Server) WaitForSync(t testing.TB, primary *Server) {
	t.Helper()
	var position string
	err := primary.asRoot(func(ctx context.Context, c *sql.Conn) error {
		return c.QueryRowContext(ctx, "SELECT @@gtid_binlog_pos").Scan(&position)
	})
	if err == nil {
		err = s.asRoot(func(ctx context.Context, c *sql.Conn) error {
			var timedOut int
			err := c.QueryRowContext(ctx, "SELECT MASTER_GTID_WAIT(?, ?)", position, patience.Seconds()/2).Scan(&timedOut)
			if err == nil && timedOut != 0 {
				err = fmt.Errorf("the replica at %s did not reach %s", s.Addr, position)
			}
			return err
		})
	}
	if err != nil {
		t.Fatalf("wait for the replica: %v", err)
	}
}
