// everything: a filter that does each thing that the SDK can, when a statement says so. The
// tests of the examples run it against a server.

import {
  abi, Answer, appendNumber, appendPacket, appendText, Bytes, call, cancelTimer, Column, decode, Filter, filter, freshTargets, handedOver,
  info, kv, log, logEnabled, Metric, MILLISECOND, Options, Query, random, SECOND, setTimer, sinkWrite, StateReader, tee, utf8,
  Verdict,
} from "penstock-sdk";
export * from "penstock-sdk/exports";

class Everything extends Filter {
  options: string;
  commands: u64 = 0;
  timers: u64 = 0;
  held: u64 = 0;
  seen: Metric;
  level: Metric;
  sizes: Metric;

  constructor(o: Options) {
    super();
    const name = o.string("name", "nobody");
    let items = <i64>o.strings("list").length;
    const tables = o.tables("tables");
    for (let i = 0; i < tables.length; i++) items += tables[i].int("n", 0, 0, 1000);
    this.options = name + " " + o.size("size", 1).toString() + " " + o.duration("wait", 0).toString()
      + (o.bool("flag", false) ? " 1 " : " 0 ") + o.word("word", 0, ["red", "green"]).toString() + " " + items.toString();
    o.commands([abi.COM_QUERY]);
    o.needs(abi.NEED_CANONICAL | abi.NEED_SQL | abi.NEED_HOLD);
    o.features(abi.FEATURE_KV | abi.FEATURE_TIMERS | abi.FEATURE_METRICS | abi.FEATURE_SINKS);
    o.onFailure(abi.FAILURE_RESTART);
    o.texts(["'do "]);
    this.seen = Metric.counter("statements_seen");
    this.level = Metric.gauge("level");
    this.sizes = Metric.histogram("sizes");
    if (name == "refuse") o.refuse("asked to refuse");
  }

  open(reason: u32): string | null {
    const old = handedOver();
    if (reason != abi.OPEN_SWAP || !old) return null;
    const r = new StateReader(old, 1);
    this.commands = r.number();
    if (decode(r.text()) != "everything") return "a strange state";
    return r.end();
  }

  timer(id: u32): Verdict {
    this.timers += id;
    return Verdict.pass();
  }

  detach(out: Bytes): void {
    appendNumber(out, 1);
    appendNumber(out, this.commands);
    appendText(out, utf8("everything"));
  }

  diagnose(out: Bytes): void {
    out.text('{"commands":' + this.commands.toString() + "}");
  }

  query(q: Query): Verdict {
    this.commands++;
    this.seen.add(1);
    const sql = q.text();
    const from = sql.indexOf("'do ") + 4;
    const what = from < 4 ? "" : sql.substring(from, sql.indexOf("'", from));
    if (what == "rewrite") return Verdict.replace(utf8("SELECT 'rewritten'"));
    if (what == "reject") return Verdict.reject(1142, "42000", "everything: asked to reject");
    if (what == "rows") {
      return new Answer().columns([Column.number("n"), Column.text("name")]).row(["1", "one"]).row(["2", null]).verdict();
    }
    if (what == "ok") return new Answer().ok(3, 7, 0).verdict();
    if (what == "packets") {
      const ok = new Bytes();
      appendPacket(ok, new Bytes().u32(0x02090500).u24(0).view());
      return new Answer().packets(ok.view()).verdict();
    }
    if (what == "metrics") {
      this.level.set(50);
      this.level.add(-8);
      this.sizes.observe(3);
      this.sizes.observe(1000);
    }
    if (what == "error") return new Answer().err(1644, "45000", "everything: asked for an error").verdict();
    if (what == "hint") q.setHint(abi.HINT_PRIMARY);
    if (what == "kv") return give(sharedValues().toString());
    if (what == "timer") timers();
    if (what == "timers") return give(this.timers.toString());
    if (what == "state") return give(this.commands.toString());
    if (what == "info") return give(info("user") + "@" + info("schema") + info("nothing"));
    if (what == "options") return give(this.options);
    if (what == "canonical") return give(decode(q.canonical()));
    if (what == "tables") return give(q.tables().join(","));
    if (what == "hold" && this.held != q.sequence) {
      this.held = q.sequence;
      return Verdict.hold(1);
    }
    if (what == "whole") return give(q.whole(1 << 20)!.length.toString());
    if (what == "sink") assert(sinkWrite(0, utf8("everything was here\n")) == abi.OK);
    if (what == "log" && logEnabled(abi.LOG_NOTICE)) log(abi.LOG_NOTICE, "everything: a line of the log");
    if (what == "random") return give(random().toString());
    if (what == "extensions") {
      const none = tee("x", q.sql()) == abi.ERR_UNSUPPORTED && call("x", q.sql(), new Uint8Array(0)).error == abi.ERR_UNSUPPORTED;
      return give(none ? "1" : "0");
    }
    if (what == "targets") return give(freshTargets().length.toString());
    if (what == "panic") throw new Error("everything: asked to panic");
    if (what == "close") return Verdict.close(1927, "08S01", "everything: asked to close");
    if (what == "detach") return Verdict.detach();
    return Verdict.pass();
  }
}

/** Answers with one row of one column. */
function give(value: string): Verdict {
  return new Answer().columns([Column.text("value")]).row([value]).verdict();
}

function sharedValues(): i64 {
  const a = utf8("a");
  const b = utf8("b");
  kv.remove("k");
  assert(kv.get("k").error == abi.ERR_NOT_FOUND);
  assert(kv.swap("k", a, b) == abi.ERR_NOT_FOUND);
  assert(kv.create("k", a) == abi.OK);
  assert(kv.create("k", b) == abi.ERR_CAS_MISMATCH);
  assert(kv.swap("k", b, a) == abi.ERR_CAS_MISMATCH);
  assert(kv.swap("k", a, b) == abi.OK);
  assert(decode(kv.get("k").value) == "b");
  assert(kv.set("k", a, SECOND) == abi.OK);
  return kv.add("sum", 5).value;
}

function timers(): void {
  assert(setTimer(3, MILLISECOND) == abi.OK);
  assert(setTimer(4, 60 * SECOND) == abi.OK);
  assert(cancelTimer(4) == abi.OK);
  assert(cancelTimer(5) == abi.ERR_NOT_FOUND);
}

filter("everything", (o) => new Everything(o));
