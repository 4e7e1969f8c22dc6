import assert from "node:assert/strict";
import test from "node:test";
import { abi, Session } from "penstock-sdk/testing";

/** What the plugin makes of options: name, size, wait, flag, word, items. */
function read(options) {
  const s = new Session("everything.wasm", options);
  s.query("SELECT 'do options'");
  return s.host.built[1].replace("row ", "");
}

test("options", () => {
  assert.equal(read({}), "nobody 1 0 0 0 0");
  assert.equal(read(null), "nobody 1 0 0 0 0");
  assert.equal(read({ name: null, list: "a, ,b", tables: [{ n: 3 }, {}] }), "nobody 1 0 0 0 5");
  for (const text of ["", 'q"\\/\b\f\n\r\t\u0001', "Zoë 😀 \ud83d\ude00", "x".repeat(70_000)]) {
    assert.equal(read({ name: text }), `${text} 1 0 0 0 0`);
  }
});

test("durations", () => {
  for (const [text, ns] of [
    ["0", 0], ["5ns", 5], ["1.5us", 1500], ["250ms", 250e6], ["1m1.5s", 61.5e9], [".5s", 5e8], ["1.s", 1e9], ["2h", 72e11], ["0.25ns", 0],
    ["2562046h", 2562046n * 3_600_000_000_000n],
  ]) assert.equal(read({ wait: text }).split(" ")[2], String(BigInt(ns)), text);
  for (const text of ["", "5", "s", ".s", "1.2.3s", "-1s", "1S", "1 s", "1s ", "9999999h", "1234567890123456789ns"]) {
    assert.match(Session.refusal("everything.wasm", { wait: text }), /"wait" must be a duration/, text);
  }
});

test("sizes", () => {
  for (const [value, n] of [[7, 7], ["7", 7], ["1k", 1000], ["1KB", 1000], ["2MiB", 2 << 20], ["3G", 3e9], ["1GiB", 2 ** 30]]) {
    assert.equal(read({ size: value }).split(" ")[1], String(n), value);
  }
  for (const value of ["", "B", "k", "-1", -1, 1.5, "1kb", "1TB", "9223372036854775808", "9999999999GiB", true]) {
    assert.match(Session.refusal("everything.wasm", { size: value }), /"size" must be a number of bytes/, String(value));
  }
});

test("whole numbers", () => {
  const refusal = (n) => Session.refusal("everything.wasm", { tables: [{ n }] });
  for (const n of [-1, 1001, 1.5, "1", 9223372036854775807, -9223372036854775808, 1e300]) assert.match(refusal(n), /from 0 to 1000, not/, n);
});

test("all problems are reported together", () => {
  const why = Session.refusal("everything.wasm", { flag: "x", word: "blue", tables: [1, { m: 2 }], list: [[]], extra: {} });
  for (const part of [
    'option "flag" must be true or false, not a string', 'option "word" must be one of red, green, not "blue"',
    'option "tables[1]" must be a table, not a number', 'unknown option "tables[2].m"; allowed: n', "not with a list in it",
    'unknown option "extra"; allowed: name, list, tables, size, wait, flag, word',
  ]) assert.ok(why.includes(part), `${part}: ${why}`);
  assert.match(Session.refusal("everything.wasm", [1]), /must be a table, not a list/);
});

test("what is no JSON is refused", () => {
  const parse = JSON.stringify;
  for (const text of [
    "", " ", "{", "}", '{"name"}', '{"name":}', '{"name":"x"', '{"name":"x",}', '{"name":"x"}}', '{"name":"\\x"}', '{"name":"\\u12"}',
    '{"name":"\\ud800"}', '{"name":"\\udc00"}', '{"name":"\\ud800\\u0041"}', '{"name":"\n"}', '{"name":tru}', '{"list":[1 2]}',
    "{name:1}", '{"a":'.repeat(70) + "1" + "}".repeat(70),
  ]) {
    JSON.stringify = () => text;
    try {
      if (text === "") assert.ok(new Session("everything.wasm"));
      else assert.match(Session.refusal("everything.wasm"), /not valid JSON/, text);
    } finally {
      JSON.stringify = parse;
    }
  }
});

test("a long statement is read up to a limit", () => {
  const s = new Session("everything.wasm");
  const sql = `SELECT 'do whole', '${"x".repeat(100_000)}'`;
  s.query(sql);
  assert.deepEqual(s.host.built, ["columns value", `row ${sql.length}`]);
  assert.throws(() => s.query(sql + " ".repeat(1 << 20)), WebAssembly.RuntimeError); // whole is null
});

test("state", () => {
  const s = new Session("everything.wasm");
  for (let n = 0; n < 300; n++) s.query("SELECT 1");
  s.host.state = s.event(abi.EVENT_DETACH).output;
  assert.equal(s.open(abi.OPEN_SWAP), null);
  for (let n = 0; n < s.host.state.length; n++) {
    s.host.state = s.host.state.subarray(0, -1);
    assert.match(s.open(abi.OPEN_SWAP), /state/);
  }
});

// The garbage of a hook does not pile up.
test("memory", () => {
  const s = new Session("everything.wasm");
  for (let n = 0; n < 1000; n++) s.query("SELECT 'do options'");
  const before = s.host.memory.buffer.byteLength;
  for (let n = 0; n < 50_000; n++) s.query("SELECT 'do options'");
  assert.ok(s.host.memory.buffer.byteLength <= before + 65536, `${before} became ${s.host.memory.buffer.byteLength}`);
});
