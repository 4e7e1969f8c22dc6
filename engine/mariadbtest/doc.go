// Package mariadbtest starts private MariaDB servers for tests, as
// net/http/httptest does for HTTP.
//
//	func TestSomething(t *testing.T) {
//		srv := mariadbtest.Start(t)
//		db := srv.DB(t) // root, over the Unix socket
//		...
//	}
//
// Every server has its own data directory, port on 127.0.0.1 and socket, and
// knows three accounts besides root@localhost (no password, socket or TCP):
// [AppUser] may do everything that an application does, [ServiceUser] is what a
// Penstock service and its monitor log in with, [ReplicationUser] is what a
// replica of [StartPair] uses. The schema [Schema] is there and empty.
//
// A server ends with its test, and with the test process if that dies without
// cleaning up (parent-death signal). Its error log is printed when the test
// failed. A machine without MariaDB fails the test and says what to install: a
// test that silently runs nothing proves nothing.
//
// Starting takes one to two seconds: the data directory is made once per
// machine (in the user's cache directory, by MariaDB version) and copied.
// Nothing here keeps a goroutine running, so goleak can be used around it.
//
// Only tests import this package; the house test holds that.
package mariadbtest
