import * as abi from "./abi";
import { decode, fetch, header32 } from "./boundary";
import { targets_read } from "./imports";

/** One server of the service. */
export class Target {
  /** What it is called in verdicts. */
  index: u32;
  /** `abi.TARGET_*` bits. */
  status: u32;
  /** Seconds behind the primary, -1 if that is not known. */
  lag: i32;
  /** Penstock's open connections to it. */
  connections: u32;
  /** What the administrator gave it, 1 by default. */
  weight: u32;
  /** What the administrator gave it; 0 is preferred. */
  rank: u32;
  /** Commands that Penstock waits for there. */
  outstanding: u32;
  /** The mean time of a reply in microseconds, 0 if it is not known. */
  latency: u32;
  /** Its name in the configuration. */
  name: string;

  /** Only for the SDK. */
  constructor(entry: Uint8Array) {
    const at = entry.dataStart;
    this.index = load<u32>(at + abi.TARGET_INDEX);
    this.status = load<u32>(at + abi.TARGET_STATUS);
    this.lag = load<i32>(at + abi.TARGET_LAG);
    this.connections = load<u32>(at + abi.TARGET_CONNECTIONS);
    this.weight = max<u32>(load<u32>(at + abi.TARGET_WEIGHT), 1);
    this.rank = load<u32>(at + abi.TARGET_RANK);
    this.outstanding = load<u32>(at + abi.TARGET_OUTSTANDING);
    this.latency = load<u32>(at + abi.TARGET_LATENCY);
    const n = <i32>min<u32>(load<u32>(at + abi.TARGET_NAME_LENGTH), abi.MAX_HINT_NAME);
    this.name = decode(entry.subarray(abi.TARGET_NAME, abi.TARGET_NAME + n));
  }

  /** Whether all of the `abi.TARGET_*` bits are set. */
  is(bits: u32): bool {
    return (this.status & bits) == bits;
  }

  /**
   * Whether new commands may go there: it runs, and is neither in maintenance nor being
   * drained, unless this session is connected to it already.
   */
  get usable(): bool {
    return (this.status & (abi.TARGET_RUNNING | abi.TARGET_MAINTENANCE)) == abi.TARGET_RUNNING
      && (this.status & (abi.TARGET_DRAINING | abi.TARGET_CONNECTED)) != abi.TARGET_DRAINING;
  }
}

let table: Target[] = [];
let known = false;
let version: u32 = 0; // the header's, when the table was read

/** What is known of the targets is not trusted any more. Only for the SDK. */
export function forgetTargets(): void {
  known = false;
}

/**
 * The service's servers, in the order of the configuration. The host is asked only if a
 * status has changed: connections, outstanding, latency, lag and connected can be old.
 */
export function targets(): Target[] {
  return known && version == header32(abi.HDR_TARGETS) ? table : freshTargets();
}

/** Asks the host for the targets. */
export function freshTargets(): Target[] {
  const raw = fetch((_key, _length, out, cap) => targets_read(out, cap)).value;
  table = [];
  version = header32(abi.HDR_TARGETS);
  known = true;
  if (raw.length < abi.TARGETS_HEAD_SIZE) return table;
  const size = <i32>load<u32>(raw.dataStart + abi.TARGETS_ENTRY_SIZE);
  if (size < abi.TARGET_ENTRY_SIZE) return table;
  for (let at = abi.TARGETS_HEAD_SIZE; at + size <= raw.length; at += size) table.push(new Target(raw.subarray(at, at + size)));
  return table;
}

/** The first usable target that is all of the `abi.TARGET_*` bits, or `abi.NO_TARGET`. */
export function findTarget(bits: u32): u32 {
  const list = targets();
  for (let i = 0; i < list.length; i++) if (list[i].is(bits) && list[i].usable) return list[i].index;
  return abi.NO_TARGET;
}
