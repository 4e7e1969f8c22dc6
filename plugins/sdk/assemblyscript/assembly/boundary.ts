// The line between a plugin and the host: the memory that both see, and the imports, as
// docs/abi.md has them. Nobody but the SDK needs this file.

import * as abi from "./abi";

export const HEADER: usize = memory.data(abi.HEADER_SIZE, 8);
export const DESCRIPTOR: usize = memory.data(abi.DESCRIPTOR_SIZE, 8);
export const TEXTS: usize = memory.data(abi.MAX_TEXTS * (1 + abi.MAX_TEXT), 8);

/** Pages that nobody touches cost nothing, so the window is as large as it may be. */
export const WINDOW = new ArrayBuffer(abi.MAX_WINDOW);

/** The first bytes of the window, as the host left them until the hook returns. */
export function window(length: i32): Uint8Array {
  return Uint8Array.wrap(WINDOW, 0, length);
}

/** Writes into the window what fits behind the first `head` bytes, and returns how much. */
export function putWindow(head: i32, bytes: Uint8Array): i32 {
  const n = min(bytes.length, abi.MAX_WINDOW - head);
  memory.copy(changetype<usize>(WINDOW) + head, bytes.dataStart, n);
  return n;
}

export function header8(off: i32): u8 {
  return load<u8>(HEADER + off);
}
export function header16(off: i32): u16 {
  return load<u16>(HEADER + off);
}
export function header32(off: i32): u32 {
  return load<u32>(HEADER + off);
}
export function header64(off: i32): u64 {
  return load<u64>(HEADER + off);
}
/** A copy of a part of the header. */
export function headerBytes(off: i32, length: i32): Uint8Array {
  const out = new Uint8Array(length);
  memory.copy(out.dataStart, HEADER + off, length);
  return out;
}
export function putHeader32(off: i32, value: u32): void {
  store<u32>(HEADER + off, value);
}
export function putHeaderBytes(off: i32, bytes: Uint8Array): void {
  memory.copy(HEADER + off, bytes.dataStart, bytes.length);
}

/** The bytes of a text. */
export function utf8(text: string): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(text));
}

/** The text that bytes are in UTF-8; what is not UTF-8 comes out as other characters. */
export function decode(bytes: Uint8Array): string {
  return String.UTF8.decodeUnsafe(bytes.dataStart, bytes.length);
}

/** What the host answered: a value, or an error, one of `abi.ERR_*`. */
export class Result<T> {
  /** `abi.OK` if there is a value. */
  error: i32 = abi.OK;
  constructor(
    /** Without meaning if there is an error. */
    public value: T,
  ) {}

  static fail<T>(error: i32, value: T): Result<T> {
    const r = new Result<T>(value);
    r.error = error;
    return r;
  }

  get ok(): bool {
    return this.error == abi.OK;
  }
}

/** The spelled name of an error, one of `abi.ERR_*`. */
export function errorName(error: i32): string {
  switch (error) {
    case abi.OK: return "OK";
    case abi.ERR_NOT_FOUND: return "NOT_FOUND";
    case abi.ERR_BAD_ARG: return "BAD_ARG";
    case abi.ERR_FAULT: return "FAULT";
    case abi.ERR_UNSUPPORTED: return "UNSUPPORTED";
    case abi.ERR_CAS_MISMATCH: return "CAS_MISMATCH";
    case abi.ERR_QUOTA: return "QUOTA";
    case abi.ERR_WRONG_PHASE: return "WRONG_PHASE";
    case abi.ERR_TIMEOUT: return "TIMEOUT";
    case abi.ERR_INTERNAL: return "INTERNAL";
    default: return "errno " + error.toString();
  }
}

const NOTHING = new Uint8Array(0);

/**
 * Calls an import that copies out up to a capacity, again with more room if it must. The key is
 * for those that want one.
 */
export function fetch(
  get: (key: usize, length: i32, out: usize, cap: i32) => i32,
  key: Uint8Array = NOTHING,
): Result<Uint8Array> {
  let out = new Uint8Array(256);
  while (true) {
    const n = get(key.dataStart, key.length, out.dataStart, out.length);
    if (n < 0) return Result.fail<Uint8Array>(n, NOTHING);
    if (n <= out.length) return new Result<Uint8Array>(out.subarray(0, n));
    out = new Uint8Array(n);
  }
}
