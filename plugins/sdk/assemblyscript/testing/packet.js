// Packets for tests: rows, and definitions of columns.

/** Frames payloads: strings, whose characters are bytes, or Buffers. */
export function packets(...payloads) {
  return Buffer.concat(payloads.map((p) => {
    const payload = Buffer.from(p, "latin1");
    const head = Buffer.alloc(4);
    head.writeUIntLE(payload.length, 0, 3);
    return Buffer.concat([head, payload]);
  }));
}

/** A length-encoded text. */
export function lenenc(text) {
  const bytes = Buffer.from(text);
  const head = Buffer.alloc(9);
  if (bytes.length < 0xfb) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const [first, width] = bytes.length < 1 << 16 ? [0xfc, 2] : [0xfd, 3];
  head[0] = first;
  head.writeUIntLE(bytes.length, 1, width);
  return Buffer.concat([head.subarray(0, 1 + width), bytes]);
}

/** A column definition's packet, framed; kind is `abi.FIELD_*`. */
export function column(name, kind) {
  const names = ["def", "shop", "t", "t", name, name].map(lenenc);
  return packets(Buffer.concat([...names, Buffer.of(12, 45, 0, 80, 0, 0, 0, kind, 0, 0, 0, 0, 0)]));
}
