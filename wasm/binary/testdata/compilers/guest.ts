// A guest with a start function, which AssemblyScript needs for its globals,
// and with what its runtime brings: strings, arrays, maps, a garbage collector.
class Point {
  constructor(public x: f64, public y: f64) {}
  length(): f64 { return Math.sqrt(this.x * this.x + this.y * this.y); }
}

const names = new Map<string, u32>();
const points: Point[] = [new Point(3, 4)];
let calls: u64 = "begin".length;

function mix(h: u64, v: u64): u64 {
  return rotl<u64>((h ^ v) * 0xff51afd7ed558ccd, 19);
}

const steps: ((n: u32) => u64)[] = [
  (n: u32): u64 => {
    const name = "name" + (n % 10).toString();
    names.set(name, (names.has(name) ? names.get(name) : 0) + n);
    let h: u64 = 0;
    const keys = names.keys();
    for (let k = 0; k < keys.length; k++) h = mix(h, names.get(keys[k]) + keys[k].charCodeAt(4));
    return h;
  },
  (n: u32): u64 => {
    points.push(new Point(<f64>n, <f64>(n % 7)));
    points.sort((a, b) => <i32>(a.length() - b.length()));
    if (points.length > 20) points.splice(0, 10);
    return mix(n, <u64>points[points.length >> 1].length());
  },
  (n: u32): u64 => {
    let text = "";
    for (let k: u32 = 0; k < 20; k++) text += String.fromCharCode(97 + ((n * k) % 26));
    let h: u64 = 0;
    for (let k = 0; k < text.length; k++) h = mix(h, text.charCodeAt(k));
    return h;
  },
];

export function run(n: u32): u64 {
  let h = calls++;
  for (let k: u32 = 0; k < 15; k++) h = mix(h, steps[(n + k) % 3](n * 13 + k));
  return h;
}
