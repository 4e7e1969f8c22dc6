// Write routers and filters for Penstock in AssemblyScript. README.md says how.
//
// What is made in a function of `filter` or `router` is made once for each definition in the
// configuration: it decodes the options, does everything expensive and says what the plugin
// wants to see. It is copied for each session and serves exactly one, so fields are session
// state and nothing needs a lock.
//
// `throw` ends the instance: its message goes to the log, and the definition's `on_failure`
// says what becomes of the session. There are no exceptions to catch in AssemblyScript, so
// what can fail returns a Result, or `abi.OK` or an error.

import * as abi from "./abi";
import * as kv from "./kv";
import "./runtime";

export { abi, kv };
export { Answer, Column } from "./answer";
export { decode, errorName, Result, utf8 } from "./boundary";
export { Bytes } from "./bytes";
export { Options } from "./options";
export { appendLenenc, appendPacket, Definition, Packets } from "./packet";
export { Filter, filter, Plugin, Router, router } from "./plugin";
export { Query } from "./query";
export { Reply } from "./reply";
export { isText, Row, RowWriter } from "./row";
export { call, cancelTimer, handedOver, info, log, logEnabled, Metric, now, random, setTimer, sinkWrite, tee } from "./session";
export { appendNumber, appendText, StateReader } from "./state";
export { findTarget, freshTargets, Target, targets } from "./target";
export { HOUR, MICROSECOND, MILLISECOND, MINUTE, SECOND } from "./units";
export { Verdict } from "./verdict";
