import assert from "node:assert/strict";
import test from "node:test";
import { abi, column, packets, Session } from "penstock-sdk/testing";

const start = (options) => new Session("rest.wasm", options, "filter");

test("the module has two plugins", () => {
  assert.throws(() => new Session("rest.wasm"), { message: 'the module has several plugins, say which one with plugin = "NAME": filter router' });
  assert.throws(() => new Session("rest.wasm", {}, "x"), { message: 'plugin "x" is not in this module; it has: filter router' });
});

test("a query's facts, hints, levels, metrics", () => {
  const s = start({ b: "1", a: "2" });
  const built = (command) => (s.run(command), s.host.built.join());
  assert.equal(built({ sql: "names" }), "row b a");
  assert.equal(s.host.metrics.level, 5);
  assert.equal(s.host.metrics.sizes, 5);
  assert.equal(built({ sql: "facts", operation: abi.OP_DROP, digest: 255n, hint: abi.HINT_SERVER, hintServer: "one" }),
    "row 2 0 0 9 2 ff 3 one 6 3600000000000");
  assert.equal(s.query("server").hintServer, "two");
  assert.equal(s.query("long").hint, abi.HINT_NONE);
  assert.equal(s.query("level").replyLevel, abi.REPLY_ROWS);
  assert.equal(built({ sql: "packets" }), "packets 03000000616263");
  assert.equal(built({ sql: "raw" }), "row x NULL");
  assert.equal(s.query("drop").action, abi.ACTION_DROP);
  assert.equal(s.query("done").action, abi.ACTION_DONE);
  assert.equal(built({ sql: "errors" }).trim(),
    "row errno 1 OK NOT_FOUND BAD_ARG FAULT UNSUPPORTED CAS_MISMATCH QUOTA WRONG_PHASE TIMEOUT INTERNAL errno -10");
  const large = s.query("large");
  assert.deepEqual([large.action, large.text], [abi.ACTION_REPLACED, "y".repeat(100_000)]);
  assert.deepEqual([s.query("empty").action, s.query("empty").text], [abi.ACTION_REPLACED, ""]);
  assert.equal(s.run({ command: abi.COM_STMT_EXECUTE, sql: "large" }).action, abi.ACTION_PASS);
});

test("a reply's facts and columns", () => {
  const s = start();
  s.query("SELECT 1");
  s.reply(abi.PHASE_COLUMNS, {}, Buffer.concat([packets("\x02"), column("a", abi.FIELD_LONG), column("b", abi.FIELD_BLOB)]));
  s.query("names");
  assert.deepEqual(s.host.built, [`row shop/t/t/a/a/45/80/${abi.FIELD_LONG}/0/0/false shop/t/t/b/b/45/80/${abi.FIELD_BLOB}/0/0/true`]);
  s.reply(abi.PHASE_SUMMARY, { state: 3, errno: 0, rows: 4, bytes: 5, affected: 6, status: 7, duration: 8, server: 9, columns: 10 });
  s.query("names");
  assert.deepEqual(s.host.built, ["row 3 2 3 0  4 5 6 0 0 7 8 9 10"]);
});

test("what AssemblyScript's library throws comes out as its message", () => {
  for (const [what, message] of [["assert", "asserted"], ["bounds", "Index out of range"], ["memory", ""]]) {
    const s = start();
    assert.throws(() => s.query(what), WebAssembly.RuntimeError);
    assert.ok(message === "" || s.host.lines[0] === message, `${what}: ${s.host.lines}`);
    assert.match(s.host.lines.at(-1) ?? "  at ", /^  at .*/);
  }
  const s = start();
  s.query("trace");
  assert.deepEqual(s.host.lines, ["traced 1.0, 2.5"]);
});

test("each session has its own random numbers", () => {
  const numbers = [start(), start()].map((s) => (s.query("math"), s.host.built[0]));
  assert.notEqual(numbers[0], numbers[1]);
});

test("a router's events", () => {
  const s = new Session("rest.wasm", {}, "router");
  s.host.targets = [{ name: "one", status: abi.TARGET_RUNNING }, { name: "two", status: abi.TARGET_RUNNING }];
  const or = s.query("or");
  assert.deepEqual([or.action, or.argument, or.fallback], [abi.ACTION_ONE, 1, 0]);
  s.event(abi.EVENT_BACKEND_CONNECTED, 1);
  s.event(abi.EVENT_TARGETS_CHANGED, 5);
  assert.deepEqual(s.host.lines, ["connected to two", "version 5"]);
  assert.equal(s.event(abi.EVENT_BACKEND_FAILED, 1, 2).argument, 3);
  assert.equal(s.event(abi.EVENT_BACKEND_LOST, 1, abi.LOST_NOT_SENT).action, abi.ACTION_ANY);
  assert.equal(s.event(abi.EVENT_BACKEND_LOST, 1, abi.LOST_REPLY_STARTED).errno, 2013);
});
