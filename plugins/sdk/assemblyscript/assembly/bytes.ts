/** Bytes that grow: what is added goes behind what is there. Numbers are little endian. */
export class Bytes {
  private buffer: ArrayBuffer;
  private used: i32 = 0;

  constructor(room: i32 = 64) {
    this.buffer = new ArrayBuffer(max(room, 16));
  }

  /** How many there are. */
  get length(): i32 {
    return this.used;
  }

  /** Where n more bytes are. */
  private grow(n: i32): usize {
    const at = this.used;
    const want = <i64>at + n;
    if (want > i32.MAX_VALUE) throw new RangeError("too many bytes");
    if (<i32>want > this.buffer.byteLength) {
      const buffer = new ArrayBuffer(max(<i32>want, <i32>min<i64>(<i64>at * 2, i32.MAX_VALUE)));
      memory.copy(changetype<usize>(buffer), changetype<usize>(this.buffer), at);
      this.buffer = buffer;
    }
    this.used = <i32>want;
    return changetype<usize>(this.buffer) + at;
  }

  /** Adds a byte. */
  byte(value: u8): Bytes {
    store<u8>(this.grow(1), value);
    return this;
  }
  /** Adds a number of two bytes. */
  u16(value: u16): Bytes {
    store<u16>(this.grow(2), value);
    return this;
  }
  /** Adds a number of three bytes. */
  u24(value: u32): Bytes {
    return this.u16(<u16>value).byte(<u8>(value >> 16));
  }
  /** Adds a number of four bytes. */
  u32(value: u32): Bytes {
    store<u32>(this.grow(4), value);
    return this;
  }
  /** Adds a number of eight bytes. */
  u64(value: u64): Bytes {
    store<u64>(this.grow(8), value);
    return this;
  }
  /** Adds bytes. */
  add(bytes: Uint8Array): Bytes {
    memory.copy(this.grow(bytes.length), bytes.dataStart, bytes.length);
    return this;
  }
  /** Adds a text in UTF-8. */
  text(text: string): Bytes {
    const n = String.UTF8.byteLength(text);
    String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, this.grow(n));
    return this;
  }
  /** Adds n bytes of zero. */
  zeroes(n: i32): Bytes {
    memory.fill(this.grow(n), 0, n);
    return this;
  }

  /** Sets bits of a byte that is there. */
  or(at: i32, bits: u8): void {
    if (<u32>at >= <u32>this.used) throw new RangeError("there is no such byte");
    const p = changetype<usize>(this.buffer) + at;
    store<u8>(p, load<u8>(p) | bits);
  }
  /** Sets three bytes that are there to a number. */
  putU24(at: i32, value: u32): void {
    if (at < 0 || at > this.used - 3) throw new RangeError("there are no such bytes");
    const p = changetype<usize>(this.buffer) + at;
    store<u16>(p, <u16>value);
    store<u8>(p, <u8>(value >> 16), 2);
  }

  /** Forgets what there is and keeps the room. */
  clear(): void {
    this.used = 0;
  }

  /** All of them, not copied: good until more is added. */
  view(): Uint8Array {
    return Uint8Array.wrap(this.buffer, 0, this.used);
  }
}
