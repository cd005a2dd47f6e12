import { crc32 } from 'node:zlib';
import { encodeNpy, type NpyArray } from '../../src/npy.ts';
import { writeZip } from '../../src/zip-write.ts';

/** A zip in memory. */
export async function zipOf(
  members: Record<string, Uint8Array>,
  compress = false,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  const inputs = Object.entries(members).map(([name, bytes]) => ({ name, bytes }));
  await writeZip(inputs, compress, (piece) => {
    pieces.push(piece);
  });
  return new Uint8Array(Buffer.concat(pieces));
}

/** An npy file of bytes. */
export function npyOf(...values: number[]): Uint8Array {
  return encodeNpy({ dtype: 'u8', shape: [values.length], data: Uint8Array.from(values) } as NpyArray);
}

/** An npy file with any header text. */
export function npyWithHeader(text: string, data: Uint8Array, version = 1): Uint8Array {
  const header = new TextEncoder().encode(text);
  const prefix = version === 1 ? 10 : 12;
  const out = new Uint8Array(prefix + header.length + data.length);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(out.buffer);
  if (version === 1) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  out.set(header, prefix);
  out.set(data, prefix + header.length);
  return out;
}

/** Offsets of the headers in a zip written by this package. */
export function findHeaders(zip: Uint8Array): { local: number[]; central: number[]; end: number } {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const local: number[] = [];
  const central: number[] = [];
  const end = zip.length - 22;
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < view.getUint16(end + 10, true); i++) {
    central.push(at);
    local.push(view.getUint32(at + 42, true));
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return { local, central, end };
}

/** A copy of `zip` with 2- or 4-byte fields overwritten. */
export function patch(
  zip: Uint8Array,
  ...fields: readonly [offset: number, bytes: 2 | 4, value: number][]
): Uint8Array {
  const out = zip.slice();
  const view = new DataView(out.buffer);
  for (const [offset, bytes, value] of fields) {
    if (bytes === 2) view.setUint16(offset, value, true);
    else view.setUint32(offset, value, true);
  }
  return out;
}

/** A zip with one deflated member whose headers say what they like about the stream inside. */
export function lyingZip(
  name: string,
  deflated: Uint8Array,
  claims: { size: number; crc?: number },
): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  const out = new Uint8Array(30 + bytes.length + deflated.length + 46 + bytes.length + 22);
  const view = new DataView(out.buffer);
  const crc = claims.crc ?? crc32(new Uint8Array(0));
  const common = (at: number) => {
    view.setUint16(at, 20, true);
    view.setUint16(at + 4, 8, true);
    view.setUint32(at + 10, crc, true);
    view.setUint32(at + 14, deflated.length, true);
    view.setUint32(at + 18, claims.size, true);
    view.setUint16(at + 22, bytes.length, true);
  };
  view.setUint32(0, 0x04034b50, true);
  common(4);
  out.set(bytes, 30);
  out.set(deflated, 30 + bytes.length);
  const central = 30 + bytes.length + deflated.length;
  view.setUint32(central, 0x02014b50, true);
  common(central + 6);
  out.set(bytes, central + 46);
  const end = central + 46 + bytes.length;
  view.setUint32(end, 0x06054b50, true);
  view.setUint16(end + 8, 1, true);
  view.setUint16(end + 10, 1, true);
  view.setUint32(end + 12, end - central, true);
  view.setUint32(end + 16, central, true);
  return out;
}
