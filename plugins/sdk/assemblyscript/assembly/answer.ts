import * as abi from "./abi";
import { errorName, utf8 } from "./boundary";
import { Bytes } from "./bytes";
import { reply_append, reply_columns, reply_err, reply_ok, reply_row } from "./imports";
import { Verdict } from "./verdict";

/** One column of an answer. */
export class Column {
  flags: u16 = 0;

  constructor(
    public name: string,
    /** `abi.FIELD_*`. */
    public kind: u8,
  ) {}

  /** A column of text. */
  static text(name: string): Column {
    return new Column(name, abi.FIELD_VAR_STRING);
  }

  /** A column of whole numbers of 64 bits. */
  static number(name: string): Column {
    return new Column(name, abi.FIELD_LONG_LONG);
  }
}

/**
 * Builds the reply that a filter gives in the place of the server's:
 * `new Answer().columns([Column.text("n")]).row(["1"]).verdict()`.
 */
export class Answer {
  private error: i32 = abi.OK;

  private note(rc: i32): Answer {
    if (rc < 0 && this.error == abi.OK) this.error = rc;
    return this;
  }

  /** An OK packet. */
  ok(affected: u64, insertId: u64, warnings: u16): Answer {
    return this.note(reply_ok(affected, insertId, warnings));
  }

  /** An ERR packet. A state that has not 5 bytes is HY000. */
  err(errno: u16, state: string, message: string): Answer {
    const five = utf8(state);
    const text = utf8(message);
    return this.note(reply_err(errno, five.length == 5 ? five.dataStart : 0, text.dataStart, text.length));
  }

  /** Begins a result. */
  columns(columns: Column[]): Answer {
    const b = new Bytes();
    b.u16(<u16>columns.length);
    for (let i = 0; i < columns.length; i++) {
      const name = utf8(columns[i].name);
      b.byte(columns[i].kind).u16(columns[i].flags).u16(<u16>name.length).add(name);
    }
    const v = b.view();
    return this.note(reply_columns(v.dataStart, v.length));
  }

  /** Adds a row: a value as text for each column, null for NULL. */
  row(values: (string | null)[]): Answer {
    const bytes = new Array<Uint8Array | null>(values.length);
    for (let i = 0; i < values.length; i++) {
      const text = values[i];
      bytes[i] = text === null ? null : utf8(text);
    }
    return this.rawRow(bytes);
  }

  /** As row, with bytes. */
  rawRow(values: (Uint8Array | null)[]): Answer {
    const b = new Bytes();
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value) b.u32(value.length).add(value);
      else b.u32(abi.ROW_NULL);
    }
    const v = b.view();
    return this.note(reply_row(v.dataStart, v.length));
  }

  /** Adds packets that are framed already. */
  packets(framed: Uint8Array): Answer {
    return this.note(reply_append(framed.dataStart, framed.length));
  }

  /** Ends the answer. If the host refused a part of it, the client gets an error instead. */
  verdict(): Verdict {
    if (this.error == abi.OK) return new Verdict(abi.ACTION_REPLY, 0);
    return Verdict.reject(1105, "", "the filter could not build its reply: " + errorName(this.error));
  }
}
