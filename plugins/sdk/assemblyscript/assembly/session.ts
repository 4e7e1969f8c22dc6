import * as abi from "./abi";
import { fetch, fetchText, header64, Result, utf8 } from "./boundary";
import * as host from "./imports";
import { milliseconds } from "./units";

/**
 * A fact about the session: `user`, `host`, `port`, `schema`, `tls`, `service`, `session`,
 * `attr.NAME`. Empty, if there is none.
 */
export function info(key: string): string {
  return fetchText((key, length, out, cap) => host.info_get(key, length, out, cap), String.UTF8.encode(key));
}

/**
 * Writes a line to the session's log; while a plugin is made, to Penstock's. The level is
 * `abi.LOG_ERROR` and so on.
 */
export function log(level: u32, line: string): void {
  const text = utf8(line);
  host.log(level, text.dataStart, text.length);
}

/** Whether lines of the level are kept: ask before making an expensive one. */
export function logEnabled(level: u32): bool {
  return host.log_enabled(level) > 0;
}

/** The host's monotonic clock, in nanoseconds, when what the hook is called for came. */
export function now(): i64 {
  return <i64>header64(abi.HDR_NOW);
}

/** Randomness of the host, fit for secrets. */
export function random(): u64 {
  const b = new Uint8Array(8);
  if (host.random_get(b.dataStart, 8) != 0) throw new Error("the host gives no randomness");
  return load<u64>(b.dataStart);
}

/**
 * What `Plugin.detach` of a predecessor left, if the instance is opened for
 * `abi.OPEN_SWAP`.
 */
export function handedOver(): Uint8Array | null {
  const r = fetch((_key, _length, out, cap) => host.state_read(out, cap));
  return r.ok ? r.value : null;
}

/**
 * Has `Plugin.timer` called once after so many nanoseconds, rounded up to a millisecond; id is
 * 0 to 15. `abi.OK` or an error.
 */
export function setTimer(id: u32, duration: i64): i32 {
  return host.timer_set(id, milliseconds(duration));
}

/** Disarms a timer. `abi.OK` or an error. */
export function cancelTimer(id: u32): i32 {
  return host.timer_cancel(id);
}

/** Appends to one of the definition's `sinks`, as one unit. `abi.OK` or an error. */
export function sinkWrite(sink: u32, bytes: Uint8Array): i32 {
  return host.sink_write(sink, bytes.dataStart, bytes.length);
}

/** Sends a statement to another service. `abi.OK` or an error. */
export function tee(service: string, sql: Uint8Array): i32 {
  const name = utf8(service);
  return host.tee(name.dataStart, name.length, sql.dataStart, sql.length);
}

/** Calls a private extension of the host, and returns its result's true length. */
export function call(name: string, input: Uint8Array, out: Uint8Array): Result<i32> {
  const n = utf8(name);
  const rc = host.call(n.dataStart, n.length, input.dataStart, input.length, out.dataStart, out.length);
  return rc < 0 ? Result.fail<i32>(rc, 0) : new Result<i32>(rc);
}

/**
 * A number of the definition, summed over its sessions. Make it where the plugin is made.
 * Without metrics on the host it counts nothing.
 */
export class Metric {
  private id: i32;

  private constructor(kind: u32, name: string) {
    const text = utf8(name);
    this.id = host.metric_define(kind, text.dataStart, text.length);
  }

  /** A number that only grows. */
  static counter(name: string): Metric {
    return new Metric(abi.METRIC_COUNTER, name);
  }

  /** A number that goes up and down. */
  static gauge(name: string): Metric {
    return new Metric(abi.METRIC_GAUGE, name);
  }

  /** A distribution. */
  static histogram(name: string): Metric {
    return new Metric(abi.METRIC_HISTOGRAM, name);
  }

  /** Adds to a counter or gauge. */
  add(delta: i64): void {
    if (this.id >= 0) host.metric_add(this.id, delta);
  }

  /** Sets a gauge. */
  set(value: i64): void {
    if (this.id >= 0) host.metric_set(this.id, value);
  }

  /** Adds an observation to a histogram. */
  observe(value: i64): void {
    if (this.id >= 0) host.metric_observe(this.id, value);
  }
}
