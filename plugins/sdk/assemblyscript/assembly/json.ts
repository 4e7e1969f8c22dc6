// The options come as JSON; this is the little of it that is needed.

export enum Kind {
  Null,
  Bool,
  Number,
  Text,
  List,
  Table,
}

export class Value {
  /** A text, or a number as it is written. */
  text: string = "";
  flag: bool = false;
  /** The elements of a list, the values of a table. */
  list: Value[] = [];
  /** The names of a table. */
  names: string[] = [];

  constructor(public kind: Kind) {}

  /** What it is, in words. */
  describe(): string {
    switch (this.kind) {
      case Kind.Null: return "null";
      case Kind.Bool: return "a boolean";
      case Kind.Number: return "a number";
      case Kind.Text: return "a string";
      case Kind.List: return "a list";
      default: return "a table";
    }
  }
}

const MAX_DEPTH = 64;

/** null: it is not valid JSON. */
export function parse(text: string): Value | null {
  const r = new Reader(text);
  const v = r.value(0);
  r.space();
  return r.bad || !r.end ? null : v;
}

/** Once something is bad it stays so, and what is read means nothing. */
class Reader {
  private at: i32 = 0;
  bad: bool = false;

  constructor(private text: string) {}

  get end(): bool {
    return this.at == this.text.length;
  }

  /** The next code unit, -1 at the end. */
  private peek(): i32 {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : -1;
  }

  private next(): i32 {
    const c = this.peek();
    if (c < 0) this.bad = true;
    else this.at++;
    return c;
  }

  private want(c: i32): void {
    if (this.next() != c) this.bad = true;
  }

  space(): void {
    while (true) {
      const c = this.peek();
      if (c != 0x20 && c != 0x09 && c != 0x0a && c != 0x0d) return;
      this.at++;
    }
  }

  /** Whether the next thing is c, which is taken then. */
  private take(c: i32): bool {
    this.space();
    if (this.peek() != c) return false;
    this.at++;
    return true;
  }

  private word(word: string, kind: Kind, flag: bool): Value {
    const v = new Value(kind);
    v.flag = flag;
    if (this.text.startsWith(word, this.at)) this.at += word.length;
    else this.bad = true;
    return v;
  }

  value(depth: i32): Value {
    this.space();
    if (depth > MAX_DEPTH) this.bad = true;
    if (this.bad) return new Value(Kind.Null);
    switch (this.peek()) {
      case 0x7b: return this.container(Kind.Table, 0x7d, depth);
      case 0x5b: return this.container(Kind.List, 0x5d, depth);
      case 0x22: {
        const v = new Value(Kind.Text);
        v.text = this.string();
        return v;
      }
      case 0x74: return this.word("true", Kind.Bool, true);
      case 0x66: return this.word("false", Kind.Bool, false);
      case 0x6e: return this.word("null", Kind.Null, false);
      default: return this.number();
    }
  }

  private container(kind: Kind, closing: i32, depth: i32): Value {
    const v = new Value(kind);
    this.next();
    let more = !this.take(closing);
    while (more && !this.bad) {
      if (kind == Kind.Table) {
        this.space();
        v.names.push(this.string());
        if (!this.take(0x3a)) this.bad = true;
      }
      v.list.push(this.value(depth + 1));
      more = !this.take(closing);
      if (more && !this.take(0x2c)) this.bad = true;
    }
    return v;
  }

  private number(): Value {
    const from = this.at;
    while (this.peek() > 0 && "0123456789+-.eE".includes(this.text.charAt(this.at))) this.at++;
    const v = new Value(Kind.Number);
    v.text = this.text.substring(from, this.at);
    if (this.at == from) this.bad = true;
    return v;
  }

  private hex(): i32 {
    let n = 0;
    for (let i = 0; i < 4; i++) {
      const c = this.next();
      const letter = c | 0x20;
      if (c >= 0x30 && c <= 0x39) n = (n << 4) | (c - 0x30);
      else if (letter >= 0x61 && letter <= 0x66) n = (n << 4) | (letter - 0x57);
      else this.bad = true;
    }
    return n;
  }

  private string(): string {
    this.want(0x22);
    let out = "";
    let from = this.at;
    while (!this.bad) {
      const c = this.next();
      if (c == 0x22) return out + this.text.substring(from, this.at - 1);
      if (c < 0x20) this.bad = true;
      if (c == 0x5c) {
        out += this.text.substring(from, this.at - 1) + this.escaped();
        from = this.at;
      }
    }
    return "";
  }

  private escaped(): string {
    const c = this.next();
    switch (c) {
      case 0x22: case 0x5c: case 0x2f: return String.fromCharCode(c);
      case 0x62: return "\b";
      case 0x66: return "\f";
      case 0x6e: return "\n";
      case 0x72: return "\r";
      case 0x74: return "\t";
      case 0x75: break;
      default: this.bad = true;
    }
    const unit = this.hex();
    if (unit >= 0xdc00 && unit < 0xe000) this.bad = true;
    if (unit < 0xd800 || unit >= 0xe000) return String.fromCharCode(unit);
    this.want(0x5c);
    this.want(0x75);
    const low = this.hex();
    if (low < 0xdc00 || low >= 0xe000) this.bad = true;
    return String.fromCharCode(unit, low);
  }
}
