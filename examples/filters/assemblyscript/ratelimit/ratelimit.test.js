import assert from "node:assert/strict";
import test from "node:test";
import { abi, Session } from "penstock-sdk/testing";

test("a bucket for each user", () => {
  const s = new Session("ratelimit.wasm", { tokens_per_second: 10, burst: 5 });
  const passed = (n) => Array.from({ length: n }, () => s.query("SELECT 1")).filter((r) => r.action === abi.ACTION_PASS).length;
  assert.equal(passed(8), 5);
  const r = s.query("SELECT 1");
  assert.deepEqual([r.errno, r.state], [1226, "42000"]);
  s.host.now += 250_000_000n; // two and a half
  assert.equal(passed(4), 2);
  s.host.now += 50_000_000n;
  assert.equal(passed(4), 1);
  s.host.now += 7200_000_000_000n;
  assert.equal(passed(8), 5);

  s.host.facts.user = "other";
  s.event(abi.EVENT_SESSION_RESET);
  assert.equal(passed(8), 5);

  // Nothing fails open.
  s.host.kv.set("user/other", Buffer.from("garbage"));
  assert.equal(s.query("SELECT 1").errno, 1105);
});

test("options", () => {
  assert.match(Session.refusal("ratelimit.wasm"), /tokens_per_second" is required/);
  assert.match(Session.refusal("ratelimit.wasm", { tokens_per_second: 0 }), /from 1 to 1000000, not 0/);
});
