import assert from "node:assert/strict";
import test from "node:test";
import { abi, Session } from "penstock-sdk/testing";

test("a line for each statement", () => {
  const s = new Session("auditlog.wasm");
  const log = () => {
    const text = s.host.sinks[0];
    s.host.sinks = {};
    return text;
  };
  const statement = { sql: "SELECT 1", digest: 0xabcn };
  assert.equal(s.run(statement).action, abi.ACTION_PASS);
  s.reply(abi.PHASE_SUMMARY, { rows: 3, duration: 2_500_000 });
  const head = '{"user":"app","schema":"shop","digest":"0000000000000abc"';
  assert.equal(log(), head + ',"duration_us":2500,"rows":3,"errno":0}\n');

  // What never had a reply is written all the same, and the user is the one of the moment.
  s.host.facts.user = 'o"brien';
  s.event(abi.EVENT_SESSION_RESET);
  s.run(statement);
  s.close();
  assert.equal(log(), head.replace("app", 'o\\"brien') + "}\n");
});

test("there are no options", () => {
  assert.equal(Session.refusal("auditlog.wasm", { file: 1 }), 'auditlog: unknown option "file"; allowed: ');
});
