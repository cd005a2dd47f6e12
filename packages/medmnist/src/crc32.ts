/**
 * CRC-32 as zip uses it (ITU-T V.42; polynomial 0xEDB88320, reflected), four bytes a step.
 *
 * `tables[k][b]` is the checksum of byte b followed by k zero bytes ("slicing by 4").
 */
const tables: Uint32Array[] = makeTables();

function makeTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    first[byte] = crc >>> 0;
  }
  const all = [first];
  for (let k = 1; k < 4; k++) {
    const before = all[k - 1];
    all.push(before.map((crc) => (crc >>> 8) ^ first[crc & 255]));
  }
  return all;
}

/** CRC-32 of `bytes`; pass the result of an earlier piece as `previous` to go on with the next. */
export function crc32(bytes: Uint8Array, previous = 0): number {
  const [t0, t1, t2, t3] = tables;
  let crc = ~previous;
  let i = 0;
  for (const end = bytes.length & ~3; i < end; i += 4) {
    crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    crc = t3[crc & 255] ^ t2[(crc >>> 8) & 255] ^ t1[(crc >>> 16) & 255] ^ t0[crc >>> 24];
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[i]) & 255];
  return ~crc >>> 0;
}
