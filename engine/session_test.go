package engine

import (
	"testing"
)

func TestReadsAndWritesAreSplit(t *testing.T) {
	p := startProxy(t, "", "")
	c := one(t, client(t, p, ""))
	wantPrimary, wantReplica := get(t, primary.DB(t), "SELECT @@server_id"), get(t, replica.DB(t), "SELECT @@server_id")
	if got := get(t, c, "SELECT @@server_id"); got != wantReplica {
		t.Errorf("a read went to server %s, want the replica %s", got, wantReplica)
	}
	do(t, c, "CREATE OR REPLACE TABLE split (id INT PRIMARY KEY AUTO_INCREMENT, v TEXT)")
	do(t, c, "INSERT INTO split (v) VALUES (?), (?)", "a", "b")
	do(t, c, "BEGIN")
	if got := get(t, c, "SELECT @@server_id"); got != wantPrimary {
		t.Errorf("a read in a transaction went to server %s, want the primary %s", got, wantPrimary)
	}
	if got := get(t, c, "SELECT COUNT(*) FROM split"); got != "2" {
		t.Errorf("%s rows, want 2", got)
	}
	do(t, c, "COMMIT")
	do(t, c, "SET @x = 41")
	if got := get(t, c, "SELECT @x + 1"); got != "42" {
		t.Errorf("session state on the replica: %s", got)
	}
	if got := get(t, c, "SELECT ? + 1", 1); got != "2" {
		t.Errorf("prepared: %s", got)
	}
}
