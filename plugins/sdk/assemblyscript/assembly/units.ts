// Numbers with units, as options have them. Durations are nanoseconds, as in Go.

export const MICROSECOND: i64 = 1000;
export const MILLISECOND: i64 = 1000 * MICROSECOND;
export const SECOND: i64 = 1000 * MILLISECOND;
export const MINUTE: i64 = 60 * SECOND;
export const HOUR: i64 = 60 * MINUTE;

/** Whole milliseconds, rounded up, that a timer or Hold can have. */
export function milliseconds(duration: i64): u32 {
  return <u32>min<i64>(max<i64>(duration / MILLISECOND + i64(duration % MILLISECOND > 0), 1), 1 << 31);
}

/** A number that was read, if it is one. */
export class Read {
  constructor(
    public ok: bool,
    public value: i64,
  ) {}
}

const NONE = new Read(false, 0);

/** How many digits there are from a place on. */
function digits(text: string, at: i32): i32 {
  let end = at;
  while (end < text.length && <u32>(text.charCodeAt(end) - 0x30) < 10) end++;
  return end - at;
}

/** Reads a whole number. */
export function parseWhole(text: string): Read {
  const minus = text.startsWith("-");
  const from = i32(minus);
  if (from == text.length || digits(text, from) != text.length - from) return NONE;
  let n: i64 = 0;
  for (let i = from; i < text.length; i++) {
    const digit = <i64>(text.charCodeAt(i) - 0x30);
    if (n < (i64.MIN_VALUE + digit) / 10) return NONE;
    n = n * 10 - digit; // down, because there is one negative number more
  }
  if (!minus && n == i64.MIN_VALUE) return NONE;
  return new Read(true, minus ? n : -n);
}

function unit(name: string): i64 {
  if (name == "ns") return 1;
  if (name == "us") return MICROSECOND;
  if (name == "ms") return MILLISECOND;
  if (name == "s") return SECOND;
  if (name == "m") return MINUTE;
  if (name == "h") return HOUR;
  return 0;
}

/** Reads a sum of numbers with units: "1m1.5s". */
export function parseDuration(text: string): Read {
  if (text == "0") return new Read(true, 0);
  let sum: i64 = 0;
  let at = 0;
  while (at < text.length) {
    const whole = digits(text, at);
    let part = 0;
    const from = at;
    at += whole;
    if (at < text.length && text.charCodeAt(at) == 0x2e) {
      part = digits(text, ++at);
      at += part;
    }
    const letters = at;
    while (at < text.length && text.charCodeAt(at) >= 0x61 && text.charCodeAt(at) <= 0x7a) at++;
    const factor = unit(text.substring(letters, at));
    if (factor == 0 || whole + part == 0 || whole + part > 17) return NONE;
    const n = whole == 0 ? <i64>0 : parseWhole(text.substr(from, whole)).value;
    if (n > (i64.MAX_VALUE - sum) / factor - 1) return NONE;
    sum += n * factor;
    let place = factor;
    for (let i = letters - part; i < letters; i++) {
      place /= 10;
      sum += place * <i64>(text.charCodeAt(i) - 0x30);
    }
  }
  return new Read(text.length > 0, sum);
}

/** Reads a number of bytes: "65536", "64KiB", "1MB". */
export function parseSize(text: string): Read {
  const n = digits(text, 0);
  const r = parseWhole(text.substr(0, n));
  let name = text.substring(n);
  if (name.endsWith("B")) name = name.substring(0, name.length - 1);
  let factor: i64 = 0;
  if (name == "") factor = 1;
  else if (name == "k" || name == "K") factor = 1000;
  else if (name == "M") factor = 1000 * 1000;
  else if (name == "G") factor = 1000 * 1000 * 1000;
  else if (name == "Ki") factor = 1 << 10;
  else if (name == "Mi") factor = 1 << 20;
  else if (name == "Gi") factor = 1 << 30;
  if (!r.ok || factor == 0 || r.value > (<i64>1 << 62) / factor) return NONE;
  return new Read(true, r.value * factor);
}
