const latin1 = new TextDecoder('latin1');

/**
 * Unpacks a WOFF 1.0 file (https://www.w3.org/TR/WOFF/), which is a TrueType file with each table deflated.
 *
 * @param inflate unpacks a table
 * @throws if the signature is not `wOFF`
 */
export function woffToTrueType(
  woff: Uint8Array,
  inflate: (bytes: Uint8Array) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  const signature = latin1.decode(woff.subarray(0, 4));
  if (signature !== 'wOFF') {
    throw new Error(`font: signature is ${JSON.stringify(signature)}, not wOFF; reinstall packages`);
  }
  const view = new DataView(woff.buffer, woff.byteOffset, woff.byteLength);
  const count = view.getUint16(12);
  const tables = Array.from({ length: count }, (_, i) => {
    const at = 44 + 20 * i;
    const offset = view.getUint32(at + 4);
    const stored = view.getUint32(at + 8);
    const length = view.getUint32(at + 12);
    const bytes = woff.subarray(offset, offset + stored);
    return {
      tag: woff.subarray(at, at + 4),
      checksum: view.getUint32(at + 16),
      data: stored < length ? inflate(bytes) : bytes,
    };
  });
  const padded = (length: number) => 4 * Math.ceil(length / 4);
  const headerLength = 12 + 16 * count;
  const out = new Uint8Array(tables.reduce((sum, { data }) => sum + padded(data.length), headerLength));
  const header = new DataView(out.buffer);
  const power = 2 ** Math.floor(Math.log2(count));
  header.setUint32(0, view.getUint32(4));
  header.setUint16(4, count);
  header.setUint16(6, 16 * power);
  header.setUint16(8, Math.log2(power));
  header.setUint16(10, 16 * (count - power));
  let position = headerLength;
  tables.forEach(({ tag, checksum, data }, i) => {
    const at = 12 + 16 * i;
    out.set(tag, at);
    header.setUint32(at + 4, checksum);
    header.setUint32(at + 8, position);
    header.setUint32(at + 12, data.length);
    out.set(data, position);
    position += padded(data.length);
  });
  return out;
}
