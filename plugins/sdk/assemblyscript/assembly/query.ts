import * as abi from "./abi";
import { decode, fetch, header32, header64, header8, headerBytes, putHeader32, putHeaderBytes, utf8, window } from "./boundary";
import { payload_read, sql_canonical, sql_tables } from "./imports";

/**
 * The command that a filter or router is asked about. The bytes that its methods return are
 * good until the hook returns, unless they say that they copy.
 */
export class Query {
  /** Only for the SDK: bytes in the window. */
  constructor(private length: i32) {}

  /** The number of the command in its session, from 1. */
  get sequence(): u64 {
    return header64(abi.HDR_SEQUENCE);
  }

  /** The command byte, `abi.COM_QUERY` and so on. */
  get command(): u8 {
    return header8(abi.HDR_COMMAND);
  }

  /** The command as far as it lies in the window, command byte first. */
  payload(): Uint8Array {
    return window(this.length);
  }

  /**
   * The statement's text in the client's character set, as far as it lies in the window;
   * see `whole`. It is empty for commands without one. That of `abi.COM_STMT_EXECUTE` is there
   * with `abi.NEED_SQL`.
   */
  sql(): Uint8Array {
    const off = <i32>header32(abi.HDR_SQL_OFFSET);
    if (off <= 0 || off >= this.length) return window(0);
    return window(this.length).subarray(off, off + min(this.length - off, this.sqlLength));
  }

  /** A copy of `sql` as a string, for clients with UTF-8. */
  text(): string {
    return decode(this.sql());
  }

  /** The statement's full length. */
  get sqlLength(): i32 {
    return <i32>header32(abi.HDR_SQL_LENGTH);
  }

  /**
   * A copy of the whole statement if it has at most `limit` bytes. null for longer ones, and for
   * those that the host does not hold in memory (16 MiB and more).
   */
  whole(limit: i32): Uint8Array | null {
    const n = this.sqlLength;
    const seen = this.sql();
    if (n > limit || (seen.length < n && this.flag(abi.SESSION_LARGE))) return null;
    const out = new Uint8Array(n);
    out.set(seen);
    const off = <i32>header32(abi.HDR_SQL_OFFSET);
    let at = seen.length;
    while (at < n) {
      const got = payload_read(off + at, out.dataStart + at, n - at);
      if (got <= 0) return null;
      at += got;
    }
    return out;
  }

  /** The statement's `abi.TYPE_*` bits, with `abi.NEED_CLASSIFY`. */
  get types(): u64 {
    return header64(abi.HDR_TYPE);
  }

  /** Whether one of the `abi.TYPE_*` bits is set. */
  is(bits: u64): bool {
    return (this.types & bits) != 0;
  }

  /** The statement's verb, `abi.OP_*`, with `abi.NEED_CLASSIFY`. */
  get operation(): u32 {
    return header32(abi.HDR_OPERATION);
  }

  /** What identifies the canonical statement, with `abi.NEED_DIGEST`. */
  get digest(): u64 {
    return header64(abi.HDR_DIGEST);
  }

  /** The target that answered last, `abi.NO_TARGET` if none has. */
  get lastTarget(): u32 {
    return header32(abi.HDR_SERVER);
  }

  /** The collation id of the client's character set. */
  get charset(): u32 {
    return header32(abi.HDR_CHARSET);
  }

  /** The client's id of the prepared statement, 0 if none. */
  get statementId(): u32 {
    return header32(abi.HDR_STATEMENT_ID);
  }

  /** `abi.SESSION_*` bits. */
  get flags(): u32 {
    return header32(abi.HDR_SESSION_FLAGS);
  }

  /** Whether one of the `abi.SESSION_*` bits is set. */
  flag(bits: u32): bool {
    return (this.flags & bits) != 0;
  }

  /** The statement without literals and comments, with `abi.NEED_CANONICAL`. A copy. */
  canonical(): Uint8Array {
    return fetch((_key, _length, out, cap) => sql_canonical(out, cap)).value;
  }

  /** The statement's tables, `schema.table` or `table`, as far as the text names them. */
  tables(): string[] {
    const list = fetch((_key, _length, out, cap) => sql_tables(out, cap)).value;
    const names: string[] = [];
    let from = 0;
    for (let i = 0; i < list.length; i++) {
      if (list[i] != 0) continue;
      if (i > from) names.push(decode(list.subarray(from, i)));
      from = i + 1;
    }
    return names;
  }

  /** The routing hint so far, `abi.HINT_*`. */
  get hint(): u32 {
    return header32(abi.HDR_HINT_KIND);
  }

  /** The server that the hint names, for `abi.HINT_SERVER`. */
  get hintServer(): string {
    const n = min(<i32>header32(abi.HDR_HINT_LENGTH), abi.MAX_HINT_NAME);
    return decode(headerBytes(abi.HDR_HINT_NAME, n));
  }

  /**
   * Tells the router, and the filters behind this one, where to send the command:
   * `abi.HINT_PRIMARY` and so on.
   */
  setHint(kind: u32): void {
    putHeader32(abi.HDR_HINT_KIND, kind);
    putHeader32(abi.HDR_HINT_LENGTH, 0);
  }

  /** As setHint, for a server by its name. A name that is too long is no hint. */
  setHintServer(name: string): void {
    const bytes = utf8(name);
    if (bytes.length > abi.MAX_HINT_NAME) return this.setHint(abi.HINT_NONE);
    putHeader32(abi.HDR_HINT_KIND, abi.HINT_SERVER);
    putHeader32(abi.HDR_HINT_LENGTH, bytes.length);
    putHeaderBytes(abi.HDR_HINT_NAME, bytes);
  }

  /**
   * Asks for more of this command's reply, or for less, than `Options.replyLevel` says:
   * `abi.REPLY_ROWS` and so on.
   */
  replyLevel(level: u32): void {
    putHeader32(abi.HDR_REPLY_LEVEL, level);
  }
}
