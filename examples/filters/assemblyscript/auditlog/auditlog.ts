// auditlog: a line for each statement in the definition's first sink: who, in which schema,
// which statement (its digest), how long it took, how many rows it gave.

import { abi, Filter, filter, info, Metric, MICROSECOND, Options, Query, Reply, sinkWrite, utf8, Verdict } from "penstock-sdk";
export * from "penstock-sdk/exports";

class AuditLog extends Filter {
  user: string = "";
  lost: Metric = Metric.counter("lines_lost");
  // The statement whose reply has not ended, if there is one.
  pending: bool = false;
  digest: u64 = 0;
  schema: string = "";

  constructor(o: Options) {
    super();
    o.commands([abi.COM_QUERY, abi.COM_STMT_EXECUTE]);
    o.needs(abi.NEED_DIGEST);
    o.features(abi.FEATURE_SINKS);
    o.replyLevel(abi.REPLY_SUMMARY);
  }

  open(_reason: u32): string | null {
    this.sessionReset();
    return null;
  }

  /** The user is another one after COM_CHANGE_USER. */
  sessionReset(): void {
    this.user = info("user");
  }

  query(q: Query): Verdict {
    this.finish(null);
    this.pending = true;
    this.digest = q.digest;
    this.schema = info("schema");
    return Verdict.pass();
  }

  reply(r: Reply): Verdict {
    if (r.phase == abi.PHASE_SUMMARY) this.finish(r);
    return Verdict.pass();
  }

  close(_reason: u32): void {
    this.finish(null);
  }

  /** Writes the line. Without a reply nobody knows how the statement ended. */
  finish(r: Reply | null): void {
    if (!this.pending) return;
    this.pending = false;
    let line = '{"user":' + json(this.user) + ',"schema":' + json(this.schema) + ',"digest":"' + this.digest.toString(16).padStart(16, "0") + '"';
    if (r) {
      line += ',"duration_us":' + (r.duration / MICROSECOND).toString() + ',"rows":' + r.rows.toString() + ',"errno":' + r.errno.toString();
    }
    if (sinkWrite(0, utf8(line + "}\n")) != abi.OK) this.lost.add(1);
  }
}

function json(text: string): string {
  let out = '"';
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c == 0x22 || c == 0x5c) out += "\\";
    out += c < 0x20 ? "\\u" + c.toString(16).padStart(4, "0") : text.charAt(i);
  }
  return out + '"';
}

filter("auditlog", (o) => new AuditLog(o));
