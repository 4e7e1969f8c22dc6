// A state to hand over: a form, which is a number for what follows, then numbers and texts,
// which are read in the order in which they were written. A version of the plugin that
// writes something else takes another form.

import { Bytes } from "./bytes";

/** Adds a number. */
export function appendNumber(out: Bytes, n: u64): void {
  for (; n >= 0x80; n >>= 7) out.byte(<u8>n | 0x80);
  out.byte(<u8>n);
}

/** Adds a text of any length. */
export function appendText(out: Bytes, text: Uint8Array): void {
  appendNumber(out, text.length);
  out.add(text);
}

/** Reads a state. What is damaged, or not there, reads as zero, and `end` says so. */
export class StateReader {
  private at: i32 = 0;
  private damaged: bool = false;

  /** Begins to read. A state of another form reads as damaged. */
  constructor(
    private state: Uint8Array,
    form: u64,
  ) {
    if (this.number() != form) this.damage();
  }

  private damage(): void {
    this.at = this.state.length;
    this.damaged = true;
  }

  /** Reads a number. */
  number(): u64 {
    let n: u64 = 0;
    for (let shift: u64 = 0; shift < 64 && this.more; shift += 7) {
      const c = this.state[this.at++];
      n |= <u64>(c & 0x7f) << shift;
      if (c < 0x80) return n;
    }
    this.damage();
    return 0;
  }

  /** Reads a text. */
  text(): Uint8Array {
    const n = this.number();
    if (n > <u64>(this.state.length - this.at)) {
      this.damage();
      return this.state.subarray(this.at);
    }
    const from = this.at;
    this.at += <i32>n;
    return this.state.subarray(from, this.at);
  }

  /** Whether there is something left to read. */
  get more(): bool {
    return this.at < this.state.length;
  }

  /** What is wrong, unless the state was whole and read to its end: for `Plugin.open`. */
  end(): string | null {
    if (!this.damaged && !this.more) return null;
    return "the state that the predecessor handed over is not of the form that this version knows";
  }
}
