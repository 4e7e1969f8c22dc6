// The values that all sessions of a definition share. A time to live is in nanoseconds;
// 0 is for ever.

import * as abi from "./abi";
import { fetch, Result, utf8 } from "./boundary";
import { kv_add, kv_del, kv_get, kv_set } from "./imports";
import { MILLISECOND } from "./units";

function ttlMilliseconds(ttl: i64): i64 {
  return ttl > 0 ? max<i64>(ttl / MILLISECOND, 1) : 0;
}

/** The value, or the error `abi.ERR_NOT_FOUND`. */
export function get(key: string): Result<Uint8Array> {
  return fetch((key, length, out, cap) => kv_get(key, length, out, cap), String.UTF8.encode(key));
}

function put(key: string, value: Uint8Array, ttl: i64, old: usize, length: u32): i32 {
  const k = utf8(key);
  return kv_set(k.dataStart, k.length, value.dataStart, value.length, ttlMilliseconds(ttl), old, length);
}

/** Sets it whatever it was. `abi.OK` or an error. */
export function set(key: string, value: Uint8Array, ttl: i64 = 0): i32 {
  return put(key, value, ttl, 0, abi.KV_ANY);
}

/** Sets it if there is none; else `abi.ERR_CAS_MISMATCH`. */
export function create(key: string, value: Uint8Array, ttl: i64 = 0): i32 {
  return put(key, value, ttl, 0, abi.KV_ABSENT);
}

/** Sets it if it is `old`; else `abi.ERR_CAS_MISMATCH` or `abi.ERR_NOT_FOUND`. */
export function swap(key: string, old: Uint8Array, value: Uint8Array, ttl: i64 = 0): i32 {
  return put(key, value, ttl, old.dataStart, old.length);
}

/** Removes it. `abi.OK` or an error. */
export function remove(key: string): i32 {
  const k = utf8(key);
  return kv_del(k.dataStart, k.length);
}

/** Adds to a counter and returns its new value; the time to live counts from its creation. */
export function add(key: string, delta: i64, ttl: i64 = 0): Result<i64> {
  const k = utf8(key);
  const sum = new StaticArray<i64>(1);
  const rc = kv_add(k.dataStart, k.length, delta, ttlMilliseconds(ttl), changetype<usize>(sum));
  return rc < 0 ? Result.fail<i64>(rc, 0) : new Result<i64>(sum[0]);
}
