// The functions that the host calls. An entry file exports them all:
// `export * from "penstock-sdk/exports";`.

import * as guest from "./guest";

/** Marks the module as a plugin of the ABI's major version 1. */
export function penstock_v1(): void {}

export function ps_init(features: i64, length: i32): i32 {
  return guest.init(features, length);
}
export function ps_open(reason: i32): i32 {
  return guest.open(reason);
}
export function ps_query(length: i32, _flags: i32): i64 {
  return guest.query(length);
}
export function ps_route(length: i32, _flags: i32): i64 {
  return guest.route(length);
}
export function ps_reply(phase: i32, length: i32): i64 {
  return guest.reply(phase, length);
}
export function ps_event(kind: i32, a: i64, b: i64): i64 {
  return guest.event(kind, a, b);
}
export function ps_close(reason: i32): void {
  guest.close(reason);
}
