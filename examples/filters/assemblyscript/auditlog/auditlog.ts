// auditlog: a line for each statement in the definition's first sink: who, in which schema,
// which statement (its digest), how long it took, how many rows it gave.

import { abi, Bytes, Filter, filter, info, Metric, MICROSECOND, Options, Query, Reply, sinkWrite, Verdict } from "penstock-sdk";
export * from "penstock-sdk/exports";

class AuditLog extends Filter {
  user: string = ""; // as JSON
  line: Bytes = new Bytes(256);
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
    this.user = json(info("user"));
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
    const line = this.line;
    line.clear();
    line.text('{"user":').text(this.user).text(',"schema":').text(json(this.schema));
    line.text(',"digest":"').text(this.digest.toString(16).padStart(16, "0")).text('"');
    if (r) {
      line.text(',"duration_us":').text((r.duration / MICROSECOND).toString());
      line.text(',"rows":').text(r.rows.toString()).text(',"errno":').text(r.errno.toString());
    }
    line.text("}\n");
    if (sinkWrite(0, line.view()) != abi.OK) this.lost.add(1);
  }
}

function json(text: string): string {
  let out = '"';
  let from = 0; // what needs no escape goes as one piece
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 0x20 && c != 0x22 && c != 0x5c) continue;
    out += text.substring(from, i) + (c < 0x20 ? "\\u" + c.toString(16).padStart(4, "0") : "\\" + text.charAt(i));
    from = i + 1;
  }
  return out + text.substring(from) + '"';
}

filter("auditlog", (o) => new AuditLog(o));
