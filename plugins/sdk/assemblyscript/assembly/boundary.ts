// The line between a plugin and the host: the memory that both see, and the imports, as
// docs/abi.md has them. Nobody but the SDK needs this file.

import * as abi from "./abi";

export const HEADER: usize = memory.data(abi.HEADER_SIZE, 8);
export const DESCRIPTOR: usize = memory.data(abi.DESCRIPTOR_SIZE, 8);
export const TEXTS: usize = memory.data(abi.MAX_TEXTS * (1 + abi.MAX_TEXT), 8);

/** What the header of an object that stands before its bytes takes, rounded up. */
const OBJECT = 32;
const OBJECT_ID = 8; // so far before the bytes is what it is,
const OBJECT_SIZE = 4; // and here how large

/** A static place for an ArrayBuffer, as texts in the source are static objects. */
const PLACE: usize = memory.data(OBJECT + abi.MAX_WINDOW, 16);

function staticBuffer(): ArrayBuffer {
  const at = PLACE + OBJECT;
  store<u32>(at - OBJECT_ID, idof<ArrayBuffer>());
  store<u32>(at - OBJECT_SIZE, abi.MAX_WINDOW);
  return changetype<ArrayBuffer>(at);
}

/**
 * Pages that nobody touches cost nothing, so the window is as large as it may be. It is none of
 * the garbage collector's objects: it would wait for as much garbage as there are objects, and
 * each session has its own.
 */
export const WINDOW: ArrayBuffer = staticBuffer();

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

/** Where imports put what they copy out, before it is known how long it is. */
const SCRATCH: usize = memory.data(1024, 8);
const SCRATCH_SIZE = 1024;

const NO_KEY = new ArrayBuffer(0);
const NOTHING = new Uint8Array(0);

/** An import that copies out up to a capacity. The key is for those that want one. */
type Import = (key: usize, length: i32, out: usize, cap: i32) => i32;

/** Calls an import, again with more room if it must. */
export function fetch(get: Import, key: ArrayBuffer = NO_KEY): Result<Uint8Array> {
  let n = get(changetype<usize>(key), key.byteLength, SCRATCH, SCRATCH_SIZE);
  let have = SCRATCH_SIZE;
  let out = NOTHING;
  while (n > have) {
    out = new Uint8Array(n);
    have = n;
    n = get(changetype<usize>(key), key.byteLength, out.dataStart, have);
  }
  if (n < 0) return Result.fail<Uint8Array>(n, NOTHING);
  if (have > SCRATCH_SIZE) return new Result<Uint8Array>(out.subarray(0, n));
  out = new Uint8Array(n);
  memory.copy(out.dataStart, SCRATCH, n);
  return new Result<Uint8Array>(out);
}

/** As fetch, for a text, which is empty if there is an error. */
export function fetchText(get: Import, key: ArrayBuffer = NO_KEY): string {
  const n = get(changetype<usize>(key), key.byteLength, SCRATCH, SCRATCH_SIZE);
  if (n > SCRATCH_SIZE) return decode(fetch(get, key).value);
  return n <= 0 ? "" : String.UTF8.decodeUnsafe(SCRATCH, n);
}
