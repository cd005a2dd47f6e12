/**
 * Cyclic redundancy checks of 32 bits, over bytes taken with their lowest bit first: against accidents, not against
 * attackers. Each takes the checksum of the bytes before, so that a file can be summed in pieces.
 */

type Checksum = (bytes: Uint8Array, before?: number) => number;

/** CRC-32 of zip, PNG and gzip (ISO-HDLC). */
export const crc32: Checksum = (bytes, before = 0) => {
  own ??= zlibCrc32() ?? scriptCrc32;
  return own(bytes, before);
};

let own: Checksum | undefined;

/** zlib's looks at the length of a piece modulo 2^32 only: longer pieces are summed in parts. */
const partBytes = 2 ** 30;

/** zlib's, which is several times as fast, where the program has it: asked for in a way that no bundler follows. */
function zlibCrc32(): Checksum | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): { crc32?: Checksum } | undefined };
  };
  const sum = process?.getBuiltinModule?.('node:zlib')?.crc32;
  if (!sum) return undefined;
  return (bytes, before = 0) => {
    let crc = before;
    for (let at = 0; at < bytes.length; at += partBytes) crc = sum(bytes.subarray(at, at + partBytes), crc);
    return crc;
  };
}

/** CRC-32 by a script, as in browsers: exported for its test. */
export const scriptCrc32: Checksum = checksumOf(0xedb88320);

/** CRC-32C (Castagnoli), of TFRecord. */
export const crc32c: Checksum = checksumOf(0x82f63b78);

/**
 * Eight bytes at a time: row k of the tables holds what a byte that k others follow adds to the remainder (Kounavis
 * and Berry 2005).
 * @param polynomial with its bits reversed
 */
function checksumOf(polynomial: number): Checksum {
  let tables: Int32Array | undefined;
  return (bytes, before = 0) => {
    tables ??= makeTables(polynomial);
    const t = tables;
    let crc = ~before;
    let at = 0;
    for (const end = bytes.length - 7; at < end; at += 8) {
      crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      crc =
        t[1792 + (crc & 255)] ^
        t[1536 + ((crc >>> 8) & 255)] ^
        t[1280 + ((crc >>> 16) & 255)] ^
        t[1024 + (crc >>> 24)] ^
        t[768 + bytes[at + 4]] ^
        t[512 + bytes[at + 5]] ^
        t[256 + bytes[at + 6]] ^
        t[bytes[at + 7]];
    }
    for (; at < bytes.length; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]) & 255];
    return ~crc >>> 0;
  };
}

function makeTables(polynomial: number): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ polynomial : rest >>> 1;
    tables[byte] = rest;
  }
  for (let i = 256; i < tables.length; i++) {
    tables[i] = (tables[i - 256] >>> 8) ^ tables[tables[i - 256] & 255];
  }
  return tables;
}
