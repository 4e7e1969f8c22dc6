import assert from "node:assert/strict";
import test from "node:test";
import { abi, column, lenenc, packets, Session } from "penstock-sdk/testing";

/** A session that knows columns id INT, password VARCHAR, Salary INT. */
function start(command = {}) {
  const s = new Session("maskrows.wasm", { columns: ["*pass*", "salary"], mask: "xx" });
  s.run({ sql: "SELECT * FROM t", types: abi.TYPE_READ, ...command });
  const part = Buffer.concat([
    packets("\x03"), column("id", abi.FIELD_LONG), column("password", abi.FIELD_VAR_STRING), column("Salary", abi.FIELD_LONG),
  ]);
  assert.equal(s.reply(abi.PHASE_COLUMNS, {}, part).action, abi.ACTION_PASS);
  return s;
}

test("text rows", () => {
  const s = start();
  const rows = packets("\x017\x06secret\x03100", "\x018\xfb\x03100");
  assert.deepEqual(s.reply(abi.PHASE_ROWS, {}, rows).output, packets("\x017\x02xx\xfb", "\x018\xfb\xfb"));
  assert.equal(s.host.metrics.values_masked, 3);

  // One that is longer than the window, whose rest the host holds.
  const long = lenenc("x".repeat(100_000));
  const row = packets(Buffer.concat([long, Buffer.from("\x06secret\x03100")]));
  const want = packets(Buffer.concat([long, Buffer.from("\x02xx\xfb", "latin1")]));
  assert.ok(s.reply(abi.PHASE_ROWS, {}, row).output.equals(want));
});

test("binary rows", () => {
  const s = start({ command: abi.COM_STMT_EXECUTE });
  const rows = packets("\0\0\x07\0\0\0\x06secret\x64\0\0\0");
  assert.deepEqual(s.reply(abi.PHASE_ROWS, {}, rows).output, packets("\0\x10\x07\0\0\0\x02xx"));
});

test("nothing gets through that cannot be read", () => {
  const s = start();
  const whole = packets("\x017\x06secret\x03100");
  for (let n = 1; n < whole.length; n++) {
    assert.equal(s.reply(abi.PHASE_ROWS, {}, whole.subarray(0, n)).action, abi.ACTION_REJECT, `${n} bytes`);
  }
  assert.equal(s.reply(abi.PHASE_ROWS, {}, packets("\x017")).action, abi.ACTION_REJECT);
  assert.equal(s.run({ command: abi.COM_STMT_FETCH }).errno, 1235);
});

test("options", () => {
  assert.match(Session.refusal("maskrows.wasm"), /"columns" is required/);
});

test("patterns", () => {
  for (const [pattern, name, hidden] of [
    ["*", "", true], ["a*c", "ABBC", true], ["a?c", "ac", false], ["*x*", "axb", true], ["a", "ab", false],
  ]) {
    const s = new Session("maskrows.wasm", { columns: [pattern] });
    s.query("SELECT 1");
    s.reply(abi.PHASE_COLUMNS, {}, Buffer.concat([packets("\x01"), column(name, abi.FIELD_VAR_STRING)]));
    const masked = s.reply(abi.PHASE_ROWS, {}, packets("\x01v")).action === abi.ACTION_REPLACED;
    assert.equal(masked, hidden, `${pattern} ${name}`);
  }
});
