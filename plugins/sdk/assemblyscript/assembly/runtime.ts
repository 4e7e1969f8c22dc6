// What AssemblyScript's own library wants of its surroundings. asconfig.json of the SDK puts
// these in the place of imports that the host does not have.

import * as abi from "./abi";
import { log, random } from "./session";

let failing = false;

/** `throw` and what the library throws: the message goes to the log, and the instance ends. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  if (!failing) {
    failing = true; // making the line can fail too, without memory
    if (message) log(abi.LOG_ERROR, message);
    if (file) log(abi.LOG_ERROR, "  at " + file + ":" + line.toString() + ":" + column.toString());
  }
  unreachable();
}

/** `Math.random`: open seeds it anew for each session. */
export function seed(): f64 {
  return reinterpret<f64>(random());
}

/** `trace`: a line for the log. */
export function trace(message: string, n: i32 = 0, a0: f64 = 0, a1: f64 = 0, a2: f64 = 0, a3: f64 = 0, a4: f64 = 0): void {
  const list = [a0, a1, a2, a3, a4];
  let line = message;
  for (let i = 0; i < min(n, 5); i++) line += (i == 0 ? " " : ", ") + list[i].toString();
  log(abi.LOG_DEBUG, line);
}
