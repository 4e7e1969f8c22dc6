// Package monitor watches database servers and says what each of them is right
// now: up or down, primary or replica, how far behind, in maintenance.
//
// A [Monitor] has one goroutine for each server, so that a server that hangs
// delays nobody else, and one goroutine that calls the watchers. What a probe
// read ([facts]) becomes a [State] in pure functions (judge.go, galera.go),
// which look at all servers of the monitor together: at most one of them is
// the primary, so that writes never go to two servers.
//
// Roles come from what the servers say of themselves, never from the
// configuration. With the module "mariadb":
//
//   - replication configured and running (or waiting for a lost primary): replica
//   - replication configured and stopped or broken: up, without a role
//   - no replication, read_only=1: replica
//   - no replication, read_only=0: primary
//
// With the module "galera" every node whose wsrep_local_state is 4 is synced;
// the one with the lowest wsrep_local_index is the primary, the others are
// replicas.
package monitor
