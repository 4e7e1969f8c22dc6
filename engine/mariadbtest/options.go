package mariadbtest

import "strconv"

// Option changes how a server is started.
type Option func(*options)

// options is what the Options of one start add up to.
type options struct {
	args     []string
	tls      bool
	serverID int
	bare     bool
}

// Args adds command line arguments of mariadbd. They come last, so they win
// over the package's own.
func Args(args ...string) Option {
	return func(o *options) { o.args = append(o.args, args...) }
}

// TLS gives the server a certificate for 127.0.0.1 and localhost, issued by
// an authority made for this server: see Server.CAFile. Clients may use TLS;
// they must only if their account says so.
func TLS() Option { return func(o *options) { o.tls = true } }

// ServerID sets @@server_id; it is 1 otherwise.
func ServerID(id int) Option { return func(o *options) { o.serverID = id } }

// Bare starts the server without the package's accounts and schema: only
// root@localhost is there.
func Bare() Option { return func(o *options) { o.bare = true } }

// binlog makes the server write a binary log, so that it can be a primary or
// a replica with strict GTIDs.
func binlog(port int) []string {
	return []string{
		"--log-bin=binlog", "--log-slave-updates=1", "--gtid-strict-mode=1",
		"--binlog-format=ROW", "--sync-binlog=0",
		"--report-host=127.0.0.1", "--report-port=" + strconv.Itoa(port),
	}
}

func gather(opts []Option) options {
	o := options{serverID: 1}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}
