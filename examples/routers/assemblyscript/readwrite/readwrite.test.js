import assert from "node:assert/strict";
import test from "node:test";
import { abi, Session } from "penstock-sdk/testing";

const PRIMARY = [abi.ACTION_ANY, abi.ROLE_PRIMARY];
const REPLICA = [abi.ACTION_ANY, abi.ROLE_REPLICA];

test("where statements go", () => {
  const s = new Session("readwrite.wasm");
  const target = (name, role) => {
    s.host.targets.push({ name, status: abi.TARGET_RUNNING | role });
    s.host.targetsVersion++;
  };
  const goes = ({ action, argument }, where) => assert.deepEqual([action, argument], where);

  target("one", abi.TARGET_PRIMARY);
  goes(s.query("SELECT 1", abi.TYPE_READ), PRIMARY); // there is no replica yet
  target("two", abi.TARGET_REPLICA);
  goes(s.query("SELECT 1", abi.TYPE_READ), REPLICA);
  goes(s.query("SELECT 1 FOR UPDATE", abi.TYPE_READ | abi.TYPE_PRIMARY_READ), PRIMARY);
  goes(s.query("DELETE FROM t", abi.TYPE_WRITE), PRIMARY);
  const read = { sql: "SELECT 1", types: abi.TYPE_READ };
  goes(s.run({ ...read, flags: abi.SESSION_AUTOCOMMIT | abi.SESSION_IN_TRANSACTION }), PRIMARY);
  goes(s.run({ ...read, hint: abi.HINT_PRIMARY }), PRIMARY);

  goes(s.query("SET NAMES utf8mb4", abi.TYPE_SESSION_WRITE | abi.TYPE_SET_NAMES), [abi.ACTION_ALL, 0]);
  goes(s.query("SHOW WARNINGS", abi.TYPE_READ | abi.TYPE_LAST_INFO), [abi.ACTION_ONE, 0]);

  goes(s.query("CREATE TEMPORARY TABLE x (a INT)", abi.TYPE_WRITE | abi.TYPE_DDL | abi.TYPE_TEMP_TABLE), PRIMARY);
  goes(s.run(read), PRIMARY);
  s.event(abi.EVENT_SESSION_RESET);
  goes(s.run(read), REPLICA);
});
