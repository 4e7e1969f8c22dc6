// What the host knows and what it has been told, and the imports.

import { randomFillSync } from "node:crypto";
import * as abi from "./abi.js";

export class Host {
  /** What `info` returns. */
  facts = { user: "app", host: "127.0.0.1", schema: "shop", service: "svc", session: "7" };
  /** The servers: `{ name, status }` with `abi.TARGET_*` bits. `targetsVersion` grows with changes. */
  targets = [];
  targetsVersion = 1;
  /** The target that answered last. */
  current = abi.NO_TARGET;
  /** The monotonic clock, in nanoseconds. */
  now = 3600_000_000_000n;
  /** What a predecessor handed over. */
  state = null;
  /** Lines above it are not wanted. */
  logLevel = abi.LOG_DEBUG;
  /** The log's lines, and what was written to each sink. */
  lines = [];
  sinks = {};
  /** Metrics by name, timers in milliseconds by id, shared values, which are Buffers. */
  metrics = {};
  timers = {};
  kv = new Map();
  /** The parts of a reply that the last hook has built, such as `row 1 NULL`. */
  built = [];
  /** Why the plugin refused. */
  failure = "";

  // Of the session: see index.js.
  memory = null;
  payload = Buffer.alloc(0);
  beyond = [];
  canonical = "";
  tables = "";
  #names = [];

  constructor(options, plugin) {
    this.options = Buffer.from(options);
    this.plugin = plugin;
  }

  get view() {
    return new DataView(this.memory.buffer);
  }

  /** A copy of the plugin's memory. */
  bytes(at, length) {
    return Buffer.from(new Uint8Array(this.memory.buffer, at, length));
  }

  text(at, length) {
    return this.bytes(at, length).toString();
  }

  put(at, bytes) {
    new Uint8Array(this.memory.buffer, at, bytes.length).set(bytes);
  }

  /** Output that goes out whole or not at all. */
  #out(value, at, cap) {
    const bytes = Buffer.from(value);
    if (bytes.length <= cap) this.put(at, bytes);
    return bytes.length;
  }

  /** Output from an offset on, as much as fits. */
  #part(bytes, off, at, cap) {
    if (off > bytes.length) return abi.ERR_BAD_ARG;
    const part = bytes.subarray(off, off + cap);
    this.put(at, part);
    return part.length;
  }

  #build(part) {
    this.built.push(part);
    return abi.OK;
  }

  #table() {
    const size = abi.TARGET_ENTRY_SIZE;
    const b = Buffer.alloc(abi.TARGETS_HEAD_SIZE + this.targets.length * size);
    [this.targetsVersion, this.targets.length, size, this.current].forEach((n, i) => b.writeUInt32LE(n, 4 * i));
    this.targets.forEach(({ name, status }, i) => {
      const entry = b.subarray(abi.TARGETS_HEAD_SIZE + i * size);
      entry.writeUInt32LE(i, abi.TARGET_INDEX);
      entry.writeUInt32LE(status, abi.TARGET_STATUS);
      entry.writeInt32LE(-1, abi.TARGET_LAG);
      entry.writeUInt32LE(1, abi.TARGET_WEIGHT);
      entry.writeUInt32LE(Buffer.from(name).copy(entry, abi.TARGET_NAME), abi.TARGET_NAME_LENGTH);
    });
    return b;
  }

  #columns(b) {
    const names = [];
    for (let i = b.readUInt16LE(0), at = 2; i > 0; i--) {
      const n = b.readUInt16LE(at + 3);
      names.push(b.toString("utf8", at + 5, at + 5 + n));
      at += 5 + n;
    }
    return this.#build(["columns", ...names].join(" "));
  }

  #row(b) {
    const values = [];
    for (let at = 0; at < b.length; ) {
      const n = b.readUInt32LE(at);
      at += 4;
      if (n === abi.ROW_NULL) {
        values.push("NULL");
        continue;
      }
      values.push(b.toString("utf8", at, at + n));
      at += n;
    }
    return this.#build(["row", ...values].join(" "));
  }

  #kvSet(key, value, old, oldLength) {
    const have = this.kv.get(key);
    const length = oldLength >>> 0;
    if (length === abi.KV_ABSENT) {
      if (have) return abi.ERR_CAS_MISMATCH;
    } else if (length !== abi.KV_ANY) {
      if (!have) return abi.ERR_NOT_FOUND;
      if (!have.equals(this.bytes(old, length))) return abi.ERR_CAS_MISMATCH;
    }
    this.kv.set(key, value);
    return abi.OK;
  }

  #kvAdd(key, delta, sum) {
    const have = this.kv.get(key) ?? Buffer.alloc(8);
    if (have.length !== 8) return abi.ERR_BAD_ARG;
    const next = Buffer.alloc(8);
    next.writeBigInt64LE(have.readBigInt64LE() + delta);
    this.kv.set(key, next);
    this.put(sum, next);
    return abi.OK;
  }

  #metric(id, change) {
    const name = this.#names[id];
    this.metrics[name] = change(this.metrics[name] ?? 0);
    return abi.OK;
  }

  /** All of them, as docs/abi.md has them. */
  imports() {
    const bytes = (at, n) => this.bytes(at, n);
    const text = (at, n) => this.text(at, n);
    const found = (value, at, cap) => (value == null ? abi.ERR_NOT_FOUND : this.#out(value, at, cap));
    return {
      penstock_v1: {
        log: (level, at, n) => (level <= this.logLevel && this.lines.push(text(at, n)), abi.OK),
        log_enabled: (level) => Number(level <= this.logLevel),
        config_read: (off, at, cap) => this.#part(this.options, off, at, cap),
        plugin_name: (at, cap) => this.#out(this.plugin, at, cap),
        fail: (at, n) => ((this.failure = text(at, n)), abi.OK),
        payload_read: (off, at, cap) => this.#part(this.payload, off, at, cap),
        payload_append: (at, n) => (this.beyond.push(bytes(at, n)), abi.OK),
        info_get: (key, n, at, cap) => found(this.facts[text(key, n)], at, cap),
        sql_canonical: (at, cap) => this.#out(this.canonical, at, cap),
        sql_tables: (at, cap) => this.#out(this.tables, at, cap),
        targets_read: (at, cap) => this.#out(this.#table(), at, cap),
        reply_ok: (affected, id, warnings) => this.#build(`ok ${affected} ${id} ${warnings}`),
        reply_err: (errno, state, at, n) => this.#build(`err ${errno} ${state ? text(state, 5) : "HY000"} ${text(at, n)}`),
        reply_columns: (at, n) => this.#columns(bytes(at, n)),
        reply_row: (at, n) => this.#row(bytes(at, n)),
        reply_append: (at, n) => this.#build(`packets ${bytes(at, n).toString("hex")}`),
        metric_define: (_kind, at, n) => this.#names.push(text(at, n)) - 1,
        metric_add: (id, delta) => this.#metric(id, (old) => old + Number(delta)),
        metric_set: (id, value) => this.#metric(id, () => Number(value)),
        metric_observe: (id, value) => this.#metric(id, (old) => old + Number(value)),
        kv_get: (key, n, at, cap) => found(this.kv.get(text(key, n)), at, cap),
        kv_set: (key, n, at, length, _ttl, old, oldLength) => this.#kvSet(text(key, n), bytes(at, length), old, oldLength),
        kv_del: (key, n) => (this.kv.delete(text(key, n)) ? abi.OK : abi.ERR_NOT_FOUND),
        kv_add: (key, n, delta, _ttl, sum) => this.#kvAdd(text(key, n), delta, sum),
        timer_set: (id, ms) => (id < 0 || id > 15 ? abi.ERR_BAD_ARG : ((this.timers[id] = ms), abi.OK)),
        timer_cancel: (id) => (id in this.timers ? (delete this.timers[id], abi.OK) : abi.ERR_NOT_FOUND),
        sink_write: (id, at, n) => ((this.sinks[id] = (this.sinks[id] ?? "") + text(at, n)), abi.OK),
        state_read: (at, cap) => found(this.state, at, cap),
        tee: () => abi.ERR_UNSUPPORTED,
        call: () => abi.ERR_UNSUPPORTED,
      },
      wasi_snapshot_preview1: {
        random_get: (at, n) => (randomFillSync(new Uint8Array(this.memory.buffer, at, n)), 0),
      },
    };
  }
}
