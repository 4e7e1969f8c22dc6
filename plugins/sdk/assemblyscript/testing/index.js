// A host for unit tests, on node: it runs a plugin's module as Penstock does.
//
//   import { abi, Session } from "penstock-sdk/testing";
//   const s = new Session("noddl.wasm", { message: "no" });
//   assert.equal(s.query("DROP TABLE t", abi.TYPE_DDL).text, "no");
//
// A Session makes the plugin from options and opens it. `run` is one command, `reply` a part of its
// reply, `event` an event; `host` is what the plugin asks the host for, and what it told it.

import { readFileSync } from "node:fs";
import * as abi from "./abi.js";
import { Host } from "./host.js";

export { abi };
export { column, lenenc, packets } from "./packet.js";

const modules = new Map();

/** A compiled module; tests start it often. */
function load(file) {
  if (!modules.has(file)) modules.set(file, new WebAssembly.Module(readFileSync(file)));
  return modules.get(file);
}

/**
 * A session with one plugin. It throws if the plugin refuses its options or the session.
 * With `plugin` it is that one of the module's.
 */
export class Session {
  #exports;
  #descriptor;
  #router;
  #sequence = 0n;
  #command = abi.COM_QUERY;
  #flags = abi.SESSION_AUTOCOMMIT;

  constructor(file, options = {}, plugin = "") {
    this.host = new Host(JSON.stringify(options), plugin);
    this.#exports = new WebAssembly.Instance(load(file), this.host.imports()).exports;
    this.host.memory = this.#exports.memory;
    this.#exports._initialize?.();
    this.#descriptor = this.#exports.ps_init(abi.FEATURES, this.host.options.length);
    if (this.#descriptor <= 0) throw new Error(this.host.failure);
    this.#router = this.#described(abi.DESC_KIND) === abi.KIND_ROUTER;
    const why = this.open(abi.OPEN_NEW);
    if (why !== null) throw new Error(why);
  }

  /** Why a plugin refuses options. */
  static refusal(file, options) {
    try {
      new Session(file, options);
    } catch (e) {
      return e.message;
    }
    throw new Error(`the plugin takes ${JSON.stringify(options)}`);
  }

  #described(off) {
    return this.host.view.getUint32(this.#descriptor + off, true);
  }

  /** Opens the session for a reason, `abi.OPEN_*`, other than the first; null or why not. */
  open(reason) {
    this.#header();
    return this.#exports.ps_open(reason) === abi.OK ? null : this.host.failure;
  }

  /** Ends the session: `abi.CLOSE_*`. */
  close(reason = abi.CLOSE_SESSION_END) {
    this.#exports.ps_close(reason);
  }

  /** Whether the plugin asked for the command byte. */
  subscribed(command) {
    return ((this.host.view.getUint8(this.#descriptor + abi.DESC_COMMANDS + (command >> 3)) >> (command & 7)) & 1) === 1;
  }

  /**
   * Calls the hook for the next command. What it can say: command (`abi.COM_QUERY`), sql or payload,
   * types, operation, flags (autocommit), digest, canonical, tables, hint, hintServer.
   */
  run(command = {}) {
    this.#sequence++;
    return this.again(command);
  }

  /** `run` for a statement of a type, `abi.TYPE_*`. */
  query(sql, types = 0n) {
    return this.run({ sql, types });
  }

  /** Calls the hook for the same command once more, as after Hold. */
  again(c = {}) {
    this.#command = c.command ?? abi.COM_QUERY;
    this.#flags = c.flags ?? abi.SESSION_AUTOCOMMIT;
    const h = this.#header();
    const sql = Buffer.from(c.sql ?? "");
    if (!c.payload) {
      h.setUint32(abi.HDR_SQL_OFFSET, 1, true);
      h.setUint32(abi.HDR_SQL_LENGTH, sql.length, true);
    }
    h.setBigUint64(abi.HDR_TYPE, c.types ?? 0n, true);
    h.setUint32(abi.HDR_OPERATION, c.operation ?? abi.OP_UNKNOWN, true);
    h.setBigUint64(abi.HDR_DIGEST, c.digest ?? 0n, true);
    const server = Buffer.from(c.hintServer ?? "");
    h.setUint32(abi.HDR_HINT_KIND, c.hint ?? abi.HINT_NONE, true);
    h.setUint32(abi.HDR_HINT_LENGTH, server.length, true);
    this.host.put(this.#described(abi.DESC_HEADER) + abi.HDR_HINT_NAME, server);
    this.host.built = [];
    this.host.canonical = c.canonical ?? "";
    this.host.tables = (c.tables ?? []).map((t) => t + "\0").join("");
    const n = this.#place(c.payload ?? Buffer.concat([Buffer.of(this.#command), sql]));
    return this.#answer(this.#router ? this.#exports.ps_route(n, 0) : this.#exports.ps_query(n, 0));
  }

  /**
   * Calls the reply hook for a part of the last command's reply, `abi.PHASE_*`. What the summary can
   * say: state, errno, rows, bytes, affected, columns, status, duration (nanoseconds), server.
   */
  reply(phase, summary = {}, part = Buffer.alloc(0)) {
    const h = this.#header();
    h.setUint32(abi.HDR_REPLY_STATE, summary.state ?? abi.REPLY_STATE_NONE, true);
    h.setUint32(abi.HDR_REPLY_ERRNO, summary.errno ?? 0, true);
    h.setBigUint64(abi.HDR_ROWS, BigInt(summary.rows ?? 0), true);
    h.setBigUint64(abi.HDR_BYTES, BigInt(summary.bytes ?? 0), true);
    h.setBigUint64(abi.HDR_AFFECTED, BigInt(summary.affected ?? 0), true);
    h.setUint32(abi.HDR_COLUMNS, summary.columns ?? 0, true);
    h.setUint32(abi.HDR_SERVER_STATUS, summary.status ?? 0, true);
    h.setBigUint64(abi.HDR_DURATION, BigInt(summary.duration ?? 0), true);
    h.setUint32(abi.HDR_SERVER, summary.server ?? 0, true);
    return this.#answer(this.#exports.ps_reply(phase, this.#place(part)));
  }

  /** Calls the event hook: `abi.EVENT_*`. */
  event(kind, a = 0n, b = 0n) {
    this.#header();
    this.host.beyond = [];
    return this.#answer(this.#exports.ps_event(kind, BigInt(a), BigInt(b)));
  }

  #header() {
    const h = new DataView(this.host.memory.buffer, this.#described(abi.DESC_HEADER), abi.HEADER_SIZE);
    for (let i = 0; i < abi.HEADER_SIZE; i++) h.setUint8(i, 0);
    h.setUint32(abi.HDR_SIZE, abi.HEADER_SIZE, true);
    h.setBigUint64(abi.HDR_SEQUENCE, this.#sequence, true);
    h.setUint8(abi.HDR_COMMAND, this.#command);
    h.setUint32(abi.HDR_SESSION_FLAGS, this.#flags, true);
    h.setBigUint64(abi.HDR_NOW, BigInt(this.host.now), true);
    h.setUint32(abi.HDR_TARGETS, this.host.targetsVersion, true);
    h.setUint32(abi.HDR_SERVER, this.host.current, true);
    h.setUint32(abi.HDR_FALLBACK, abi.NO_TARGET, true);
    h.setUint32(abi.HDR_REPLY_LEVEL, abi.REPLY_KEEP, true);
    return h;
  }

  /** Puts a payload into the window, as much of it as there is room for. */
  #place(payload) {
    this.host.payload = Buffer.from(payload);
    this.host.beyond = [];
    const n = Math.min(payload.length, this.#described(abi.DESC_WINDOW_CAP));
    this.host.put(this.#described(abi.DESC_WINDOW), payload.subarray(0, n));
    const flags = this.#flags | (n < payload.length ? abi.SESSION_TRUNCATED : 0);
    this.host.view.setUint32(this.#described(abi.DESC_HEADER) + abi.HDR_SESSION_FLAGS, flags, true);
    return n;
  }

  #answer(verdict) {
    const [action, argument] = [Number(verdict & 0xffn), Number(BigInt.asUintN(32, verdict >> 32n))];
    if ((verdict & 0xffffff00n) !== 0n) throw new Error(`the verdict ${verdict} has flags`);
    const h = new DataView(this.host.memory.buffer, this.#described(abi.DESC_HEADER), abi.HEADER_SIZE);
    const bytes = (off, n) => this.host.bytes(this.#described(abi.DESC_HEADER) + off, n);
    let output = Buffer.alloc(0);
    if ([abi.ACTION_REPLACED, abi.ACTION_REJECT, abi.ACTION_CLOSE].includes(action)) {
      output = Buffer.concat([this.host.bytes(this.#described(abi.DESC_WINDOW), argument), ...this.host.beyond]);
    }
    if (this.#router && [abi.ACTION_ONE, abi.ACTION_ALL].includes(action)) this.host.current = argument;
    return {
      action,
      argument,
      /** A command with its byte, packets, or a message. */
      output,
      /** The message of Reject and Close, or a statement behind its command byte. */
      text: output.subarray(action === abi.ACTION_REPLACED ? 1 : 0).toString(),
      errno: h.getUint32(abi.HDR_ERRNO, true),
      state: bytes(abi.HDR_SQL_STATE, 5).toString().replace(/\0+$/, ""),
      fallback: h.getUint32(abi.HDR_FALLBACK, true),
      replyLevel: h.getUint32(abi.HDR_REPLY_LEVEL, true),
      hint: h.getUint32(abi.HDR_HINT_KIND, true),
      hintServer: bytes(abi.HDR_HINT_NAME, h.getUint32(abi.HDR_HINT_LENGTH, true)).toString(),
    };
  }
}
