import * as abi from "./abi";
import { decode, header32, header64, header8, headerBytes, window } from "./boundary";
import { Bytes } from "./bytes";
import { payload_read } from "./imports";
import { Definition, Packets } from "./packet";
import { Row, RowWriter } from "./row";

/** Types of the current result's columns. */
let types = new Uint8Array(0);

/**
 * The server's reply, or a part of it, on its way to the client. The bytes that its methods
 * return are good until the hook returns.
 */
export class Reply {
  private bytes: Uint8Array;

  /** Only for the SDK. */
  constructor(
    /**
     * Which part this is: `abi.PHASE_COLUMNS`, a result's column count and definitions;
     * `abi.PHASE_ROWS`, a batch of rows; `abi.PHASE_WHOLE`, the whole reply;
     * `abi.PHASE_SUMMARY`, no packets, but how the reply ended: it has reached the client
     * already.
     */
    public phase: u32,
    length: i32,
  ) {
    this.bytes = window(length);
    if (this.flag(abi.SESSION_TRUNCATED) && length == abi.MAX_WINDOW) this.bytes = readRest(this.bytes);
    if (phase == abi.PHASE_COLUMNS) {
      const list = this.definitions();
      types = new Uint8Array(list.length);
      for (let i = 0; i < list.length; i++) types[i] = list[i].kind;
    }
  }

  /** The command byte that the reply answers. */
  get command(): u8 {
    return header8(abi.HDR_COMMAND);
  }

  /** The number of the command in its session. */
  get sequence(): u64 {
    return header64(abi.HDR_SEQUENCE);
  }

  /** Whether one of the `abi.SESSION_*` bits is set. */
  flag(bits: u32): bool {
    return (header32(abi.HDR_SESSION_FLAGS) & bits) != 0;
  }

  /** How the reply ended, `abi.REPLY_STATE_*`. */
  get state(): u32 {
    return header32(abi.HDR_REPLY_STATE);
  }

  /** The server's error number, 0 if it sent no error. */
  get errno(): u32 {
    return header32(abi.HDR_REPLY_ERRNO);
  }

  /** The server's SQLSTATE, "" if it sent no error. */
  get sqlstate(): string {
    return this.errno == 0 ? "" : decode(headerBytes(abi.HDR_REPLY_SQL_ST, 5));
  }

  /** Rows of all results so far. */
  get rows(): u64 {
    return header64(abi.HDR_ROWS);
  }

  /** Bytes so far, packet headers included. */
  get size(): u64 {
    return header64(abi.HDR_BYTES);
  }

  /** Affected rows. */
  get affected(): u64 {
    return header64(abi.HDR_AFFECTED);
  }

  /** The last insert id. */
  get insertId(): u64 {
    return header64(abi.HDR_LAST_INSERT_ID);
  }

  /** Warnings. */
  get warnings(): u32 {
    return header32(abi.HDR_WARNINGS);
  }

  /** `SERVER_STATUS_*` bits of the last OK or EOF. */
  get serverStatus(): u32 {
    return header32(abi.HDR_SERVER_STATUS);
  }

  /** Nanoseconds since the command was sent. */
  get duration(): i64 {
    return <i64>header64(abi.HDR_DURATION);
  }

  /** The target that answered, `abi.NO_TARGET` if none did. */
  get server(): u32 {
    return header32(abi.HDR_SERVER);
  }

  /** Columns of the current result. */
  get columnCount(): u32 {
    return header32(abi.HDR_COLUMNS);
  }

  /** The whole part: framed packets. */
  part(): Uint8Array {
    return this.bytes;
  }

  /** The part's packets. */
  packets(): Packets {
    return new Packets(this.bytes);
  }

  /** The columns of a part of `abi.PHASE_COLUMNS`. */
  definitions(): Definition[] {
    const list: Definition[] = [];
    const packets = this.packets();
    while (packets.next()) {
      const d = Definition.read(packets.payload);
      if (d) list.push(d);
    }
    return list;
  }

  /** Whether rows are those of a prepared statement. */
  get binary(): bool {
    const c = this.command;
    return c == abi.COM_STMT_EXECUTE || c == abi.COM_STMT_FETCH || c == abi.COM_STMT_BULK_EXECUTE;
  }

  /** Reads a row's payload. The columns must have been seen (`abi.REPLY_COLUMNS` or more). */
  row(payload: Uint8Array): Row {
    return new Row(payload, types, this.binary);
  }

  /** Begins a row in the format of this reply, behind what is in `out`. */
  writeRow(out: Bytes): RowWriter {
    return new RowWriter(out, types.length, this.binary);
  }
}

/** A copy of what is longer than the window. */
function readRest(seen: Uint8Array): Uint8Array {
  const out = new Bytes(2 * abi.MAX_WINDOW);
  const more = new Uint8Array(abi.MAX_WINDOW);
  out.add(seen);
  while (true) {
    const got = payload_read(out.length, more.dataStart, more.length);
    if (got <= 0) return out.view();
    out.add(more.subarray(0, got));
  }
}
