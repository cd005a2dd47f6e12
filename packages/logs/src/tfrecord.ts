import { crc32c } from '@glassbox/files';

/**
 * TFRecord: of each record its length (64 bits), the length's checksum, the bytes, the bytes' checksum; all
 * little-endian. Checksums are CRC-32C, turned and shifted, so that a record may hold records.
 */
export function encodeRecord(content: Uint8Array): Uint8Array {
  const record = new Uint8Array(16 + content.length);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(content.length), true);
  view.setUint32(8, masked(record.subarray(0, 8)), true);
  record.set(content, 12);
  view.setUint32(12 + content.length, masked(content), true);
  return record;
}

/** The sound records from the start of a file and where they lie, up to the first that is damaged or cut off. */
export function* soundRecords(
  bytes: Uint8Array,
): Generator<{ content: Uint8Array; start: number; end: number }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  while (start + 16 <= bytes.length) {
    if (view.getUint32(start + 8, true) !== masked(bytes.subarray(start, start + 8))) return;
    const length = Number(view.getBigUint64(start, true));
    const end = start + 16 + length;
    if (end > bytes.length) return;
    const content = bytes.subarray(start + 12, end - 4);
    if (view.getUint32(end - 4, true) !== masked(content)) return;
    yield { content, start, end };
    start = end;
  }
}

function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
