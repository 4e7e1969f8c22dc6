import * as abi from "./abi";
import { decode, utf8 } from "./boundary";
import { Bytes } from "./bytes";
import { config_read } from "./imports";
import { Kind, parse, Value } from "./json";
import { parseDuration, parseSize, parseWhole } from "./units";

/** What all tables of a definition's options share. */
export class Common {
  problems: string[] = [];
  /** Why the plugin refuses, besides. */
  refusal: string = "";
  tables: Options[] = [];
  commands: StaticArray<u8> = new StaticArray<u8>(abi.DESC_COMMANDS_SIZE);
  needs: u32 = 0;
  features: u64 = 0;
  replyLevel: u32 = 0;
  onFailure: u32 = 0;
  texts: Bytes = new Bytes();

  /** Whether there is nothing that the administrator has to read. */
  settle(): bool {
    for (let i = 0; i < this.tables.length; i++) this.tables[i].settle();
    return this.problems.length == 0 && this.refusal == "";
  }
}

/** Reads a definition's options from the host. */
export function readOptions(length: i32): Options {
  const common = new Common();
  const text = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const n = config_read(at, text.dataStart + at, length - at);
    if (n <= 0) break;
    at += n;
  }
  let table: Value | null = new Value(Kind.Null);
  if (at < length) common.refusal = "the host did not hand over the options";
  else if (length > 0) table = parse(decode(text));
  if (!table) common.refusal = "the options are not valid JSON";
  else if (table.kind != Kind.Table && table.kind != Kind.Null) common.refusal = "the options must be a table, not " + table.describe();
  return new Options(table && table.kind == Kind.Table ? table : new Value(Kind.Table), "", common);
}

/**
 * A definition's options, or a table within them.
 *
 * Every method that reads one names it and gives its default. A value of the wrong type or
 * out of bounds, and an option that no method asked for, fail the definition with a message
 * that says what is allowed; all problems are reported together.
 *
 * Options also take what the plugin wants of the host: see `commands` and the methods
 * after it.
 */
export class Options {
  private asked: string[] = [];

  constructor(
    private table: Value,
    private path: string, // of a nested table: `rules[2].`
    /** Only for the SDK. */
    public common: Common,
  ) {
    common.tables.push(this);
  }

  /** Reports a problem with an option: what it must be. */
  fail(name: string, problem: string): void {
    this.common.problems.push('option "' + this.path + name + '" ' + problem);
  }

  /** Refuses the definition for another reason than an option. */
  refuse(why: string): void {
    if (this.common.refusal == "") this.common.refusal = why;
  }

  private get(name: string): Value | null {
    if (!this.asked.includes(name)) this.asked.push(name);
    const at = this.table.names.lastIndexOf(name);
    if (at < 0 || this.table.list[at].kind == Kind.Null) return null;
    return this.table.list[at];
  }

  private mismatch(name: string, want: string, got: string): void {
    this.fail(name, "must be " + want + ", not " + got);
  }

  /** Whether the option was given. */
  has(name: string): bool {
    return this.get(name) !== null;
  }

  /** Reads a string. */
  string(name: string, def: string): string {
    const v = this.get(name);
    if (!v) return def;
    if (v.kind == Kind.Text) return v.text;
    this.mismatch(name, "a string", v.describe());
    return def;
  }

  /** Reads true or false. */
  bool(name: string, def: bool): bool {
    const v = this.get(name);
    if (!v) return def;
    if (v.kind == Kind.Bool) return v.flag;
    this.mismatch(name, "true or false", v.describe());
    return def;
  }

  /** Reads a whole number within bounds. */
  int(name: string, def: i64, from: i64, to: i64): i64 {
    const v = this.get(name);
    if (!v) return def;
    const r = parseWhole(v.kind == Kind.Number ? v.text : "");
    if (r.ok && r.value >= from && r.value <= to) return r.value;
    const want = "a whole number from " + from.toString() + " to " + to.toString();
    this.mismatch(name, want, v.kind == Kind.Number ? v.text : v.describe());
    return def;
  }

  /** Reads one of the words, in any case of ASCII letters, and returns its place. */
  word(name: string, def: i32, words: string[]): i32 {
    const v = this.get(name);
    if (!v) return def;
    if (v.kind == Kind.Text) {
      for (let i = 0; i < words.length; i++) if (sameWord(words[i], v.text)) return i;
    }
    this.mismatch(name, "one of " + words.join(", "), v.kind == Kind.Text ? '"' + v.text + '"' : v.describe());
    return def;
  }

  /** Reads a list of strings, or one string with commas between them. */
  strings(name: string): string[] {
    const out: string[] = [];
    const v = this.get(name);
    if (!v) return out;
    if (v.kind == Kind.Text) {
      const parts = v.text.split(",");
      for (let i = 0; i < parts.length; i++) {
        const part = parts[i].trim();
        if (part != "") out.push(part);
      }
    } else if (v.kind == Kind.List) {
      for (let i = 0; i < v.list.length; i++) {
        if (v.list[i].kind == Kind.Text) out.push(v.list[i].text);
        else this.mismatch(name, "a list of strings", "with " + v.list[i].describe() + " in it");
      }
    } else {
      this.mismatch(name, "a list of strings", v.describe());
    }
    return out;
  }

  /** Reads a string with a unit, "250ms", "1.5s", "1m30s", "2h", and returns nanoseconds. */
  duration(name: string, def: i64): i64 {
    const v = this.get(name);
    if (!v) return def;
    const r = parseDuration(v.kind == Kind.Text ? v.text : "");
    if (r.ok) return r.value;
    this.mismatch(name, 'a duration with a unit, such as "250ms", "5s" or "1m"', v.kind == Kind.Text ? '"' + v.text + '"' : v.describe());
    return def;
  }

  /**
   * Reads a number of bytes: a whole number, or a string with the unit k, M, G (powers of
   * 1000) or Ki, Mi, Gi (powers of 1024), with or without a B.
   */
  size(name: string, def: i64): i64 {
    const v = this.get(name);
    if (!v) return def;
    const written = v.kind == Kind.Text || v.kind == Kind.Number;
    const r = parseSize(written ? v.text : "");
    if (r.ok) return r.value;
    this.mismatch(name, 'a number of bytes, such as 65536, "64KiB" or "1MB"', written ? '"' + v.text + '"' : v.describe());
    return def;
  }

  /** Reads a list of tables (in TOML: `[[…]]` or inline tables), each with options of its own. */
  tables(name: string): Options[] {
    const out: Options[] = [];
    const v = this.get(name);
    if (!v) return out;
    if (v.kind != Kind.List) {
      this.mismatch(name, "a list of tables", v.describe());
      return out;
    }
    for (let i = 0; i < v.list.length; i++) {
      const element = name + "[" + (i + 1).toString() + "]";
      if (v.list[i].kind == Kind.Table) out.push(new Options(v.list[i], this.path + element + ".", this.common));
      else this.mismatch(element, "a table", v.list[i].describe());
    }
    return out;
  }

  /** The names of the options that were given, for plugins with numbered ones. */
  names(): string[] {
    return this.table.names.slice();
  }

  /** Asks for command bytes, `abi.COM_QUERY` and so on; the plugin is not called for others. */
  commands(bytes: u8[]): void {
    const mask = this.common.commands;
    for (let i = 0; i < bytes.length; i++) mask[bytes[i] / 8] |= 1 << (bytes[i] % 8);
  }

  /** Asks for every command. */
  allCommands(): void {
    this.common.commands.fill(0xff);
  }

  /**
   * Says that a filter need not be asked about statements that have none of the texts, in
   * any case of ASCII letters. It may be asked all the same. More or longer texts than the host
   * takes mean that it is asked about all.
   */
  texts(texts: string[]): void {
    const list = this.common.texts;
    list.clear();
    for (let i = 0; i < texts.length; i++) {
      const text = utf8(texts[i]);
      if (texts.length > abi.MAX_TEXTS || text.length == 0 || text.length > abi.MAX_TEXT) {
        list.clear();
        return;
      }
      list.byte(<u8>text.length).add(text);
    }
  }

  /** Says what the host has to compute for each command: `abi.NEED_*` bits. */
  needs(bits: u32): void {
    this.common.needs |= bits;
  }

  /** Says what the host must offer: `abi.FEATURE_*` bits. */
  features(bits: u64): void {
    this.common.features |= bits;
  }

  /** Says how much of every reply the reply hook sees: `abi.REPLY_SUMMARY` and so on. */
  replyLevel(level: u32): void {
    this.common.replyLevel = level;
  }

  /**
   * Says what becomes of a session when the plugin fails, unless the configuration says it:
   * `abi.FAILURE_*`.
   */
  onFailure(policy: u32): void {
    this.common.onFailure = policy;
  }

  /** What nobody asked for is a problem. Only for the SDK. */
  settle(): void {
    const names = this.table.names;
    for (let i = 0; i < names.length; i++) {
      if (this.asked.includes(names[i])) continue;
      this.common.problems.push('unknown option "' + this.path + names[i] + '"; allowed: ' + this.asked.join(", "));
    }
  }
}

function lower(c: i32): i32 {
  return c >= 0x41 && c <= 0x5a ? c + 0x20 : c;
}

function sameWord(a: string, b: string): bool {
  if (a.length != b.length) return false;
  for (let i = 0; i < a.length; i++) if (lower(a.charCodeAt(i)) != lower(b.charCodeAt(i))) return false;
  return true;
}
