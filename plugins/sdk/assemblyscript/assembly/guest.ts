// What the exports do. Nobody but the SDK needs this file.

import * as abi from "./abi";
import { DESCRIPTOR, fetchText, HEADER, header32, header8, putHeader32, putHeaderBytes, putWindow, TEXTS, utf8, WINDOW } from "./boundary";
import { Bytes } from "./bytes";
import { fail, payload_append, plugin_name } from "./imports";
import { Common, readOptions } from "./options";
import { Filter, Plugin, registered, Registration, Router } from "./plugin";
import { Query } from "./query";
import { Reply } from "./reply";
import { random } from "./session";
import { forgetTargets } from "./target";
import { Verdict } from "./verdict";

// The one plugin that the instance is.
let plugin = new Plugin();
let theFilter: Filter | null = null;
let theRouter: Router | null = null;

/** Says why it cannot start. */
function refuse(why: string): i32 {
  const text = utf8(why);
  fail(text.dataStart, text.length);
  return abi.ERR_BAD_ARG;
}

function choose(name: string): Registration | null {
  for (let i = 0; i < registered.length; i++) if (registered[i].name == name) return registered[i];
  if (name == "" && registered.length == 1) return registered[0];
  let names = "";
  for (let i = 0; i < registered.length; i++) names += " " + registered[i].name;
  if (name == "") refuse('the module has several plugins, say which one with plugin = "NAME":' + names);
  else refuse('plugin "' + name + '" is not in this module; it has:' + names);
  return null;
}

/** ps_init: the descriptor's address, or an errno. */
export function init(features: u64, length: i32): i32 {
  const chosen = choose(fetchText((_key, _length, out, cap) => plugin_name(out, cap)));
  if (!chosen) return abi.ERR_BAD_ARG;
  const options = readOptions(length);
  const common = options.common;
  if (common.refusal != "") return refuse(chosen.name + ": " + common.refusal);
  const makeFilter = chosen.makeFilter;
  const makeRouter = chosen.makeRouter;
  if (makeFilter) {
    const made = makeFilter(options);
    theFilter = made;
    plugin = made;
  } else if (makeRouter) {
    const made = makeRouter(options);
    theRouter = made;
    plugin = made;
  }
  if (!common.settle()) {
    // The options' own problems come first: they are usually why the plugin refuses.
    return refuse(chosen.name + ": " + (common.problems.length > 0 ? common.problems.join("; ") : common.refusal));
  }
  if (common.features & ~features) {
    return refuse(chosen.name + ": this host lacks a feature that the plugin needs (shared KV, timers, sinks or metrics)");
  }
  describe(common, makeFilter ? abi.KIND_FILTER : abi.KIND_ROUTER);
  return <i32>DESCRIPTOR;
}

function describe(common: Common, kind: u32): void {
  store<u32>(DESCRIPTOR + abi.DESC_SIZE, abi.DESCRIPTOR_SIZE);
  store<u32>(DESCRIPTOR + abi.DESC_KIND, kind);
  store<u32>(DESCRIPTOR + abi.DESC_MINOR, abi.ABI_MINOR);
  store<u32>(DESCRIPTOR + abi.DESC_WINDOW, <u32>changetype<usize>(WINDOW));
  store<u32>(DESCRIPTOR + abi.DESC_WINDOW_CAP, abi.MAX_WINDOW);
  store<u32>(DESCRIPTOR + abi.DESC_HEADER, <u32>HEADER);
  store<u32>(DESCRIPTOR + abi.DESC_HEADER_CAP, abi.HEADER_SIZE);
  store<u32>(DESCRIPTOR + abi.DESC_NEEDS, common.needs);
  store<u64>(DESCRIPTOR + abi.DESC_FEATURES, common.features);
  store<u32>(DESCRIPTOR + abi.DESC_REPLY_LEVEL, common.replyLevel);
  store<u32>(DESCRIPTOR + abi.DESC_ON_FAILURE, common.onFailure);
  memory.copy(DESCRIPTOR + abi.DESC_COMMANDS, changetype<usize>(common.commands), abi.DESC_COMMANDS_SIZE);
  // A plugin that has nothing to say to an event answers Pass.
  store<u32>(DESCRIPTOR + abi.DESC_EVENTS, (1 << abi.EVENT_TIMER) | (1 << abi.EVENT_BACKEND_CONNECTED)
    | (1 << abi.EVENT_BACKEND_FAILED) | (1 << abi.EVENT_BACKEND_LOST) | (1 << abi.EVENT_TARGETS_CHANGED)
    | (1 << abi.EVENT_DETACH) | (1 << abi.EVENT_DIAGNOSTICS) | (1 << abi.EVENT_SESSION_RESET));
  const texts = common.texts.view();
  if (texts.length == 0) return;
  memory.copy(TEXTS, texts.dataStart, texts.length);
  store<u32>(DESCRIPTOR + abi.DESC_TEXTS, <u32>TEXTS);
  store<u32>(DESCRIPTOR + abi.DESC_TEXTS_SIZE, texts.length);
}

/** ps_open. */
export function open(reason: i32): i32 {
  forgetTargets();
  Math.seedRandom(random()); // sessions are copies of one instance
  const why = plugin.open(reason);
  return why === null ? abi.OK : refuse(why);
}

/** Sets the header's outputs. */
function noWish(): void {
  putHeader32(abi.HDR_ERRNO, 0);
  memory.fill(HEADER + abi.HDR_SQL_STATE, 0, 5);
}

/** ps_query. */
export function query(length: i32): i64 {
  noWish();
  const q = new Query(length);
  const f = theFilter;
  const v = f ? f.query(q) : Verdict.pass();
  const sql = v.output;
  return v.action == abi.ACTION_REPLACED && sql ? replaceQuery(sql) : answer(v);
}

/** Only commands that carry their statement can have another one. */
function replaceQuery(sql: Uint8Array): i64 {
  const command = header8(abi.HDR_COMMAND);
  if (command != abi.COM_QUERY && command != abi.COM_STMT_PREPARE) return answer(Verdict.pass());
  const n = output(<i32>header32(abi.HDR_SQL_OFFSET), sql);
  if (n >= 0) return pack(abi.ACTION_REPLACED, n);
  return answer(Verdict.close(1153, "08S01", "the statement became too long when it was rewritten"));
}

/** ps_route. */
export function route(length: i32): i64 {
  noWish();
  const r = theRouter;
  return answer(r ? r.route(new Query(length)) : Verdict.pass());
}

/** ps_reply. */
export function reply(phase: i32, length: i32): i64 {
  const r = new Reply(phase, length);
  const f = theFilter;
  return answer(f ? f.reply(r) : Verdict.pass());
}

/**
 * ps_event. The header is the last command's then, so what it says of the targets is not
 * trusted.
 */
export function event(kind: i32, a: i64, b: i64): i64 {
  noWish();
  forgetTargets();
  const n = <u32>a;
  const out = new Bytes();
  switch (kind) {
    case abi.EVENT_TIMER: return answer(plugin.timer(n));
    case abi.EVENT_BACKEND_FAILED: return answer(plugin.backendFailed(n, <u32>b));
    case abi.EVENT_BACKEND_LOST: return answer(plugin.backendLost(n, b));
    case abi.EVENT_TARGETS_CHANGED: return answer(plugin.targetsChanged(n));
    case abi.EVENT_BACKEND_CONNECTED: plugin.backendConnected(n); break;
    case abi.EVENT_SESSION_RESET: plugin.sessionReset(); break;
    case abi.EVENT_DETACH: plugin.detach(out); break;
    case abi.EVENT_DIAGNOSTICS: plugin.diagnose(out); break;
  }
  return answer(out.length == 0 ? Verdict.pass() : Verdict.replace(out.view()));
}

/** ps_close. */
export function close(reason: i32): void {
  plugin.close(reason);
}

function pack(action: u8, argument: u32): i64 {
  return ((<i64>argument) << 32) | action;
}

/**
 * Hands bytes to the host behind the window's first ones; what the window does not hold,
 * beyond it. Negative: the host does not take that much.
 */
function output(head: i32, bytes: Uint8Array): i32 {
  const n = putWindow(head, bytes);
  if (n < bytes.length && payload_append(bytes.dataStart + n, bytes.length - n) < 0) return -1;
  return head + n;
}

/** What MariaDB clients take of a message: MYSQL_ERRMSG_SIZE less its NUL. */
const MAX_MESSAGE = 511;

function answer(v: Verdict): i64 {
  switch (v.action) {
    case abi.ACTION_REPLACED: {
      const n = output(0, v.output!);
      if (n < 0) return answer(Verdict.reject(1105, "", "the filter's reply became too large"));
      return pack(v.action, n);
    }
    case abi.ACTION_REJECT:
    case abi.ACTION_CLOSE: {
      putHeader32(abi.HDR_ERRNO, v.errno);
      const state = utf8(v.state);
      if (state.length == 5) putHeaderBytes(abi.HDR_SQL_STATE, state);
      const text = utf8(v.message);
      return pack(v.action, putWindow(0, text.subarray(0, MAX_MESSAGE)));
    }
    case abi.ACTION_ONE: {
      if (v.fallback != abi.NO_TARGET) putHeader32(abi.HDR_FALLBACK, v.fallback);
      break;
    }
  }
  return pack(v.action, v.argument);
}
