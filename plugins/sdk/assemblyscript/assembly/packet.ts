import { Bytes } from "./bytes";

/**
 * Goes over framed packets: three bytes of length, one of sequence, the payload.
 * `while (p.next()) …`; it ends before one that is cut off.
 */
export class Packets {
  private from: i32 = 0; // of the current packet
  private to: i32 = 0;

  constructor(private bytes: Uint8Array) {}

  /** Goes to the next packet, if there is one. */
  next(): bool {
    const b = this.bytes;
    const at = this.to;
    if (b.length - at < 4) return false;
    const n = <i32>b[at] | (<i32>b[at + 1] << 8) | (<i32>b[at + 2] << 16);
    if (b.length - at - 4 < n) return false;
    this.from = at;
    this.to = at + 4 + n;
    return true;
  }

  /** What the packet carries. */
  get payload(): Uint8Array {
    return this.bytes.subarray(this.from + 4, this.to);
  }

  /** All of the packet. */
  get framed(): Uint8Array {
    return this.bytes.subarray(this.from, this.to);
  }

  /** What has not been gone over. */
  get rest(): Uint8Array {
    return this.bytes.subarray(this.to);
  }
}

/** Frames a payload of less than 16 MiB − 1. The host numbers packets anew. */
export function appendPacket(out: Bytes, payload: Uint8Array): void {
  out.u24(payload.length).byte(0).add(payload);
}

/** Adds length-encoded bytes. */
export function appendLenenc(out: Bytes, bytes: Uint8Array): void {
  const n = bytes.length;
  if (n < 0xfb) out.byte(<u8>n);
  else if (n < 1 << 16) out.byte(0xfc).u16(<u16>n);
  else if (n < 1 << 24) out.byte(0xfd).u24(n);
  else out.byte(0xfe).u64(n);
  out.add(bytes);
}

/** Reads what a packet carries, from its beginning. Once something is bad it stays so. */
export class Cursor {
  at: i32 = 0;
  bad: bool = false;

  constructor(public bytes: Uint8Array) {}

  get end(): bool {
    return this.at == this.bytes.length;
  }

  /** Goes over n bytes, whose first place it returns. */
  skip(n: u64): i32 {
    const at = this.at;
    if (n > <u64>(this.bytes.length - at)) this.bad = true;
    else this.at += <i32>n;
    return at;
  }

  /** A number of so many bytes. */
  private number(width: i32): u64 {
    const from = this.skip(width);
    let n: u64 = 0;
    if (!this.bad) for (let i = width - 1; i >= 0; i--) n = (n << 8) | this.bytes[from + i];
    return n;
  }

  /** Goes over length-encoded bytes; null is NULL, which only rows have, or bad. */
  lenenc(): Uint8Array | null {
    const first = this.number(1);
    let n = first;
    if (first == 0xfc) n = this.number(2);
    else if (first == 0xfd) n = this.number(3);
    else if (first == 0xfe) n = this.number(8);
    else if (first == 0xff) this.bad = true;
    else if (first == 0xfb) return null;
    const from = this.skip(this.bad ? 0 : n);
    return this.bad ? null : this.bytes.subarray(from, this.at);
  }
}

/** A column of a result. Names are bytes in the client's character set. */
export class Definition {
  schema: Uint8Array;
  /** The table's alias. */
  table: Uint8Array;
  orgTable: Uint8Array;
  /** The column's alias. */
  name: Uint8Array;
  /** The column's name in its table, empty for an expression. */
  orgName: Uint8Array;
  /** The collation; 63 means bytes, not text. */
  charset: u16;
  /** The longest value. */
  length: u32;
  /** `abi.FIELD_*`. */
  kind: u8;
  flags: u16;
  decimals: u8;

  private constructor(names: Uint8Array[], fixed: usize) {
    this.schema = names[1];
    this.table = names[2];
    this.orgTable = names[3];
    this.name = names[4];
    this.orgName = names[5];
    this.charset = load<u16>(fixed, 1);
    this.length = load<u32>(fixed, 3);
    this.kind = load<u8>(fixed, 7);
    this.flags = load<u16>(fixed, 8);
    this.decimals = load<u8>(fixed, 10);
  }

  /**
   * Reads a column definition's packet; null if it is none. The fixed part is found from the
   * end, so MariaDB's extended metadata before it does not matter.
   */
  static read(payload: Uint8Array): Definition | null {
    const c = new Cursor(payload);
    const names: Uint8Array[] = [];
    for (let i = 0; i < 6; i++) {
      const name = c.lenenc();
      if (!name) return null;
      names.push(name);
    }
    if (payload.length - c.at < 13) return null;
    return new Definition(names, payload.dataStart + payload.length - 13);
  }
}
