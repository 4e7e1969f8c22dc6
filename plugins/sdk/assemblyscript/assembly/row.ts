import * as abi from "./abi";
import { Bytes } from "./bytes";
import { appendLenenc, Cursor } from "./packet";

/** Goes over the values of one row: `while (row.next()) …`. */
export class Row {
  /** The current value's column, from 0. */
  column: i32 = -1;
  /**
   * The current value, null for NULL. A text row's is what the client sees, a binary one's the
   * value's bytes without their length.
   */
  value: Uint8Array | null = null;

  private cursor: Cursor;
  private from: i32 = 0; // of the current value as it stands in the row
  private read: i32 = 0; // values

  /** Only for the SDK: see `Reply.row`. */
  constructor(
    payload: Uint8Array,
    private types: Uint8Array,
    private binary: bool,
  ) {
    const c = new Cursor(payload);
    this.cursor = c;
    if (binary) {
      c.skip(1 + (types.length + 9) / 8); // two bits are reserved
      if (!c.bad && payload[0] != 0) c.bad = true;
    }
  }

  /** Goes to the next value, if there is one. */
  next(): bool {
    const c = this.cursor;
    if (c.bad || this.read == this.types.length) return false;
    this.column = this.read;
    this.from = c.at;
    this.value = this.binary ? this.binaryValue() : c.lenenc();
    if (c.bad) return false;
    this.read++;
    return true;
  }

  private binaryValue(): Uint8Array | null {
    const c = this.cursor;
    const bit = this.column + 2;
    if ((c.bytes[1 + bit / 8] >> <u8>(bit % 8)) & 1) return null;
    const n = width(this.kind);
    if (n < 0) {
      const v = c.lenenc();
      if (!v) c.bad = true;
      return v;
    }
    const from = c.skip(n);
    return c.bad ? null : c.bytes.subarray(from, c.at);
  }

  /** The column's type, `abi.FIELD_*`. */
  get kind(): u8 {
    return this.types[this.column];
  }

  /** The current value as it stands in the row. */
  get raw(): Uint8Array {
    return this.cursor.bytes.subarray(this.from, this.cursor.at);
  }

  /** After the last value: whether the row fitted its columns. */
  get whole(): bool {
    return !this.cursor.bad && this.read == this.types.length && this.cursor.end;
  }
}

/** The bytes of a binary value, -1 for those that say their length. */
function width(kind: u8): i32 {
  switch (kind) {
    case abi.FIELD_NULL: return 0;
    case abi.FIELD_TINY: return 1;
    case abi.FIELD_SHORT:
    case abi.FIELD_YEAR: return 2;
    case abi.FIELD_LONG:
    case abi.FIELD_INT24:
    case abi.FIELD_FLOAT: return 4;
    case abi.FIELD_LONG_LONG:
    case abi.FIELD_DOUBLE: return 8;
    default: return -1;
  }
}

/** Makes a row in the format of a reply: a value for each column, in order. */
export class RowWriter {
  private packet: i32;
  private nulls: i32 = 0; // where a binary row's begin
  private column: i32 = 0;

  /** Only for the SDK: see `Reply.writeRow`. */
  constructor(
    private out: Bytes,
    columns: i32,
    private binary: bool,
  ) {
    this.packet = out.length;
    out.u32(0);
    if (binary) {
      out.byte(0);
      this.nulls = out.length;
      out.zeroes((columns + 9) / 8);
    }
  }

  /** The current value of another row of the same columns, as it is. */
  field(row: Row): void {
    if (!row.value) return this.null();
    this.out.add(row.raw);
    this.column++;
  }

  /** A text, for a column that `isText`. */
  text(bytes: Uint8Array): void {
    appendLenenc(this.out, bytes);
    this.column++;
  }

  /** NULL. */
  null(): void {
    const bit = this.column + 2;
    if (this.binary) this.out.or(this.nulls + bit / 8, 1 << <u8>(bit % 8));
    else this.out.byte(0xfb);
    this.column++;
  }

  /** Ends the row. */
  end(): void {
    this.out.putU24(this.packet, this.out.length - this.packet - 4);
  }
}

/**
 * Whether values of the type are length-encoded bytes in both protocols, so that a text can
 * stand in their place.
 */
export function isText(kind: u8): bool {
  switch (kind) {
    case abi.FIELD_VAR_CHAR:
    case abi.FIELD_VAR_STRING:
    case abi.FIELD_STRING:
    case abi.FIELD_TINY_BLOB:
    case abi.FIELD_MEDIUM_BLOB:
    case abi.FIELD_LONG_BLOB:
    case abi.FIELD_BLOB:
    case abi.FIELD_ENUM:
    case abi.FIELD_SET: return true;
    default: return false;
  }
}
