// rest: two plugins that do what everything leaves out. AssemblyScript compiles only what is
// used, so without them mistakes there would be seen by nobody.

import {
  abi, Answer, appendPacket, Bytes, decode, errorName, Filter, filter, isText, logEnabled, Metric, now, Options, Query, Reply,
  Router, router, targets, utf8, Verdict,
} from "penstock-sdk";
export * from "penstock-sdk/exports";

class RestFilter extends Filter {
  gauge: Metric = Metric.gauge("level");
  histogram: Metric = Metric.histogram("sizes");
  names: string[];

  constructor(o: Options) {
    super();
    this.names = o.names();
    for (let i = 0; i < this.names.length; i++) o.string(this.names[i], "");
    o.allCommands();
    o.replyLevel(abi.REPLY_COLUMNS);
  }

  query(q: Query): Verdict {
    const what = q.text();
    this.gauge.set(7);
    this.gauge.add(-2);
    this.histogram.observe(q.sqlLength);
    if (what == "names") return give(this.names.join(" "));
    if (what == "facts") {
      return give([
        q.sequence.toString(), q.charset.toString(), q.statementId.toString(), q.operation.toString(), q.flags.toString(),
        q.digest.toString(16), q.hint.toString(), q.hintServer, q.payload().length.toString(), now().toString(),
      ].join(" "));
    }
    if (what == "server") q.setHintServer("two");
    if (what == "long") q.setHintServer("x".repeat(65));
    if (what == "level") q.replyLevel(abi.REPLY_ROWS);
    if (what == "packets") {
      const out = new Bytes();
      appendPacket(out, utf8("abc"));
      return new Answer().packets(out.view()).verdict();
    }
    if (what == "raw") return new Answer().rawRow([utf8("x"), null]).verdict();
    if (what == "drop") return Verdict.drop();
    if (what == "done") return Verdict.done();
    if (what == "math") return give(Math.random().toString());
    if (what == "trace") trace("traced", 2, 1, 2.5);
    if (what == "assert") assert(q.sqlLength == 0, "asserted");
    if (what == "bounds") return give(new Array<i32>(1)[q.sqlLength].toString());
    if (what == "memory") return give(new ArrayBuffer(0x3fff_fff0).byteLength.toString());
    if (what == "errors") {
      let names = "";
      for (let error = 1; error > -11; error--) names += errorName(error) + " ";
      return give(names);
    }
    if (what == "empty") return Verdict.replace(new Uint8Array(0));
    if (what == "large") return Verdict.replace(utf8("y".repeat(100_000)));
    return Verdict.pass();
  }

  reply(r: Reply): Verdict {
    if (r.phase == abi.PHASE_SUMMARY) {
      this.names = [
        r.command.toString(), r.sequence.toString(), r.state.toString(), r.errno.toString(), r.sqlstate, r.rows.toString(),
        r.size.toString(), r.affected.toString(), r.insertId.toString(), r.warnings.toString(), r.serverStatus.toString(),
        r.duration.toString(), r.server.toString(), r.columnCount.toString(),
      ];
    } else {
      const list = r.definitions();
      this.names = [];
      for (let i = 0; i < list.length; i++) {
        const d = list[i];
        this.names.push([
          decode(d.schema), decode(d.table), decode(d.orgTable), decode(d.name), decode(d.orgName), d.charset.toString(),
          d.length.toString(), d.kind.toString(), d.flags.toString(), d.decimals.toString(), isText(d.kind).toString(),
        ].join("/"));
      }
    }
    return Verdict.pass();
  }
}

function give(value: string): Verdict {
  return new Answer().row([value]).verdict();
}

class RestRouter extends Router {
  route(q: Query): Verdict {
    return q.text() == "or" ? Verdict.oneOr(1, 0) : Verdict.one(0);
  }

  backendConnected(target: u32): void {
    if (logEnabled(abi.LOG_INFO)) trace("connected to " + targets()[target].name);
  }

  backendFailed(target: u32, errno: u32): Verdict {
    return Verdict.one(target + errno);
  }

  backendLost(target: u32, lost: u64): Verdict {
    return lost & abi.LOST_NOT_SENT ? Verdict.any(abi.ROLE_RUNNING) : Verdict.close(2013, "HY000", "lost");
  }

  targetsChanged(version: u32): Verdict {
    trace("version " + version.toString());
    return super.targetsChanged(version);
  }
}

filter("filter", (o) => new RestFilter(o));
router("router", (_o) => new RestRouter());
