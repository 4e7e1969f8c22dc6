// maskrows: what columns hold whose names match a pattern does not reach the client. Texts
// become the mask, values of other types NULL; NULL stays NULL.
//
// Names are those that the server gives the result's columns: what an expression has made of a
// column is another one. Cursors are refused, because their rows come without columns.
//
// Options: `columns`, a list of patterns with `*` and `?`, required; `mask`, a text.

import { abi, Bytes, Filter, filter, isText, Metric, Options, Query, Reply, utf8, Verdict } from "penstock-sdk";
export * from "penstock-sdk/exports";

class MaskRows extends Filter {
  patterns: Uint8Array[] = [];
  mask: Uint8Array;
  masked: bool[] = []; // by column of the result
  values: Metric = Metric.counter("values_masked");

  constructor(o: Options) {
    super();
    const patterns = o.strings("columns");
    this.mask = utf8(o.string("mask", "***"));
    if (patterns.length == 0) o.fail("columns", 'is required: patterns of column names, such as "*password*"');
    for (let i = 0; i < patterns.length; i++) this.patterns.push(utf8(patterns[i]));
    o.commands([abi.COM_QUERY, abi.COM_STMT_EXECUTE, abi.COM_STMT_BULK_EXECUTE, abi.COM_STMT_FETCH]);
    o.replyLevel(abi.REPLY_ROWS);
  }

  query(q: Query): Verdict {
    if (q.command == abi.COM_STMT_FETCH) return Verdict.reject(1235, "42000", "maskrows: rows of a cursor cannot be masked");
    return Verdict.pass();
  }

  reply(r: Reply): Verdict {
    if (r.phase == abi.PHASE_COLUMNS) {
      const columns = r.definitions();
      this.masked = [];
      // An alias does not unmask a column: its own name in the table counts too.
      for (let i = 0; i < columns.length; i++) this.masked.push(this.hides(columns[i].name) || this.hides(columns[i].orgName));
    } else if (r.phase == abi.PHASE_ROWS && this.masked.includes(true)) {
      return this.rows(r);
    }
    return Verdict.pass();
  }

  hides(name: Uint8Array): bool {
    for (let i = 0; i < this.patterns.length; i++) if (like(this.patterns[i], 0, name, 0)) return true;
    return false;
  }

  rows(r: Reply): Verdict {
    const out = new Bytes(r.part().length);
    let values = 0;
    const packets = r.packets();
    while (packets.next()) {
      const row = r.row(packets.payload);
      const to = r.writeRow(out);
      while (row.next()) {
        const hide = this.masked[row.column] && row.value !== null;
        if (!hide) to.field(row);
        else if (isText(row.kind)) to.text(this.mask);
        else to.null();
        values += i32(hide);
      }
      to.end();
      // What cannot be read cannot be masked.
      if (!row.whole) return Verdict.reject(1105, "", "maskrows: a row does not fit its columns");
    }
    if (packets.rest.length > 0) return Verdict.reject(1105, "", "maskrows: a row is cut off");
    this.values.add(values);
    return Verdict.replace(out.view());
  }
}

/** Matches a whole text, in any case of ASCII letters: `*` is any text, `?` any one byte. */
function like(pattern: Uint8Array, p: i32, text: Uint8Array, t: i32): bool {
  for (; p < pattern.length; p++, t++) {
    if (pattern[p] == 0x2a) {
      for (; t <= text.length; t++) if (like(pattern, p + 1, text, t)) return true;
      return false;
    }
    if (t == text.length || (pattern[p] != 0x3f && lower(pattern[p]) != lower(text[t]))) return false;
  }
  return t == text.length;
}

function lower(c: u8): u8 {
  return c >= 0x41 && c <= 0x5a ? c + 0x20 : c;
}

filter("maskrows", (o) => new MaskRows(o));
