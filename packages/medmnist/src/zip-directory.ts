import type { ByteSource } from './byte-source.ts';
import { DataError, formatBytes, quoteName } from './errors.ts';

/**
 * The table of contents of a zip file, read and cross-checked before a byte is unpacked.
 *
 * Follows PKWARE's APPNOTE.TXT 6.3.10: the end record (4.3.16) leads to the central directory (4.3.12), each
 * entry of which leads to a local header (4.3.7). Zip keeps most facts twice; where the two copies disagree,
 * programs read different things from the same file, so a disagreement is an error here. Zip64 (4.5.3) is read
 * as numpy and others write it: `np.savez` puts a zip64 field in every local header.
 */
export interface ZipMember {
  /** Path inside the archive, checked: relative, without `..`. */
  readonly name: string;
  /** 0 = stored, 8 = deflated. */
  readonly method: 0 | 8;
  readonly crc32: number;
  /** Bytes in the file. */
  readonly compressedSize: number;
  /** Bytes when unpacked, as both headers say. Checked again while unpacking. */
  readonly size: number;
  /** Where the data begin in the file. */
  readonly dataOffset: number;
}

/** What an archive may ask for at most. */
export interface ZipLimits {
  /** Members in the archive. */
  readonly maxMembers: number;
  /** Unpacked bytes of all members together. */
  readonly maxBytes: number;
}

export const defaultZipLimits: ZipLimits = { maxMembers: 4096, maxBytes: 64e9 };

/** DEFLATE's best ratio: a 258-byte match in 2 bits, so 1032 to 1. What claims more is lying. */
const deflateMaxRatio = 1032;

const signature = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator: 0x07064b50,
};
const endSize = 22;
const zip64Mark32 = 0xffffffff;
const zip64Mark16 = 0xffff;

interface CentralEntry {
  name: string;
  flags: number;
  method: number;
  crc32: number;
  compressedSize: number;
  size: number;
  localOffset: number;
}

/**
 * Reads and checks the directory: every member inside the file, none overlapping another, local headers in
 * agreement, names that stay inside a folder and occur once, sizes that DEFLATE can reach and `limits` allow.
 *
 * @throws DataError naming the file, the member and what to do.
 */
export async function readZipDirectory(
  source: ByteSource,
  limits: ZipLimits = defaultZipLimits,
): Promise<ZipMember[]> {
  const directory = await findDirectory(source);
  if (directory.count > limits.maxMembers) {
    throw bad(source, `holds ${directory.count} members, more than the ${limits.maxMembers} allowed`);
  }
  const bytes = await source.read(directory.offset, directory.size);
  const entries = parseCentral(source, bytes, directory.count);
  checkTotals(source, entries, limits);
  const members: ZipMember[] = [];
  const extents: { name: string; start: number; end: number }[] = [];
  for (const entry of entries) {
    const dataOffset = await checkLocalHeader(source, entry, directory.offset);
    extents.push({ name: entry.name, start: entry.localOffset, end: dataOffset + entry.compressedSize });
    if (entry.name.endsWith('/')) continue;
    members.push({
      name: entry.name,
      method: entry.method as 0 | 8,
      crc32: entry.crc32,
      compressedSize: entry.compressedSize,
      size: entry.size,
      dataOffset,
    });
  }
  checkOverlap(source, extents);
  return members;
}

function bad(source: ByteSource, problem: string): DataError {
  return new DataError(
    source.name,
    problem,
    'The file is damaged, or was not written by numpy: fetch it again, or write it with np.savez_compressed.',
  );
}

/** Finds the end record, and the zip64 one if the end record points there. */
async function findDirectory(source: ByteSource): Promise<{ offset: number; size: number; count: number }> {
  if (source.size < endSize) {
    throw bad(source, `is not a zip file: it has only ${formatBytes(source.size)}`);
  }
  // The end record is last but for a comment of at most 65,535 bytes.
  const tailLength = Math.min(source.size, endSize + 0xffff);
  const tail = await source.read(source.size - tailLength, tailLength);
  const view = viewOf(tail);
  let at = tailLength - endSize;
  while (at >= 0) {
    if (
      view.getUint32(at, true) === signature.end &&
      at + endSize + view.getUint16(at + 20, true) === tailLength
    ) {
      break;
    }
    at--;
  }
  if (at < 0) {
    const head = viewOf(await source.read(0, 4)).getUint32(0, true);
    throw bad(
      source,
      head === signature.local
        ? 'begins as a zip file but has no end record, so it was cut off'
        : 'is not a zip file (an .npz is one)',
    );
  }
  const endOffset = source.size - tailLength + at;
  if (view.getUint16(at + 4, true) !== 0 && view.getUint16(at + 4, true) !== zip64Mark16) {
    throw bad(source, 'is one part of a zip split over several files');
  }
  let count = view.getUint16(at + 10, true);
  let size = view.getUint32(at + 12, true);
  let offset = view.getUint32(at + 16, true);
  let limit = endOffset;
  if (count === zip64Mark16 || size === zip64Mark32 || offset === zip64Mark32) {
    ({ count, size, offset, limit } = await readEnd64(source, endOffset));
  }
  if (offset + size > limit) {
    throw bad(
      source,
      `says that its directory lies at bytes ${offset} to ${offset + size}, past its end record`,
    );
  }
  if (count * 46 > size) throw bad(source, `claims ${count} members in a directory of ${size} bytes`);
  return { offset, size, count };
}

async function readEnd64(source: ByteSource, endOffset: number) {
  if (endOffset < 20 + 56) throw bad(source, 'says it is zip64 but has no zip64 end record');
  const locator = viewOf(await source.read(endOffset - 20, 20));
  if (locator.getUint32(0, true) !== signature.locator) {
    throw bad(source, 'says it is zip64 but has no zip64 locator');
  }
  const at = readUint64(source, locator, 8);
  if (at + 56 > endOffset - 20) throw bad(source, `says its zip64 end record is at byte ${at}, past its end`);
  const view = viewOf(await source.read(at, 56));
  if (view.getUint32(0, true) !== signature.end64) throw bad(source, `has no zip64 end record at byte ${at}`);
  return {
    count: readUint64(source, view, 32),
    size: readUint64(source, view, 40),
    offset: readUint64(source, view, 48),
    limit: at,
  };
}

function parseCentral(source: ByteSource, bytes: Uint8Array, count: number): CentralEntry[] {
  const view = viewOf(bytes);
  const entries: CentralEntry[] = [];
  const seen = new Set<string>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== signature.central) {
      throw bad(source, `has no directory entry ${i + 1} of ${count} where it should be`);
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > bytes.length) throw bad(source, `has a directory entry ${i + 1} that runs past the directory`);
    const name = decodeName(source, bytes.subarray(at + 46, at + 46 + nameLength));
    const entry: CentralEntry = {
      name,
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc32: view.getUint32(at + 16, true),
      compressedSize: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      localOffset: view.getUint32(at + 42, true),
    };
    const extra = bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    applyZip64(source, entry, extra);
    checkEntry(source, entry);
    if (seen.has(name)) throw bad(source, `holds two members called ${quoteName(name)}`);
    seen.add(name);
    entries.push(entry);
    at = next;
  }
  return entries;
}

/** Replaces the fields that say "see zip64" by those of the extra field, which come in this fixed order. */
function applyZip64(
  source: ByteSource,
  entry: { name: string; size: number; compressedSize: number; localOffset: number },
  extra: Uint8Array,
): void {
  const wanted = (['size', 'compressedSize', 'localOffset'] as const).filter(
    (key) => entry[key] === zip64Mark32,
  );
  if (wanted.length === 0) return;
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1) {
      if (wanted.length * 8 > length || at + 4 + length > extra.length) break;
      wanted.forEach((key, i) => {
        entry[key] = readUint64(source, view, at + 4 + 8 * i);
      });
      return;
    }
    at += 4 + length;
  }
  throw bad(source, `member ${quoteName(entry.name)} says it is zip64 but lacks the zip64 field`);
}

function checkEntry(source: ByteSource, entry: CentralEntry): void {
  const who = `member ${quoteName(entry.name)}`;
  const parts = entry.name.split('/');
  if (
    entry.name === '' ||
    entry.name.includes('\0') ||
    entry.name.includes('\\') ||
    /^([A-Za-z]:|\/)/.test(entry.name) ||
    parts.includes('..')
  ) {
    throw bad(source, `${who} has a path that climbs out of the archive`);
  }
  if (entry.flags & 0x2041) throw bad(source, `${who} is encrypted, which is not supported`);
  if (entry.method !== 0 && entry.method !== 8) {
    throw bad(
      source,
      `${who} is packed with method ${entry.method}; only stored (0) and deflated (8) are supported`,
    );
  }
  if (entry.method === 0 && entry.size !== entry.compressedSize) {
    throw bad(source, `${who} is stored but claims ${entry.size} bytes from ${entry.compressedSize}`);
  }
  if (entry.size > entry.compressedSize * deflateMaxRatio) {
    throw bad(
      source,
      `${who} claims to unpack ${formatBytes(entry.compressedSize)} to ${formatBytes(entry.size)}, which no DEFLATE stream can`,
    );
  }
  if (entry.name.endsWith('/') && entry.size > 0) throw bad(source, `${who} is a folder with content`);
}

function checkTotals(source: ByteSource, entries: CentralEntry[], limits: ZipLimits): void {
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (total > limits.maxBytes) {
    throw new DataError(
      source.name,
      `unpacks to ${formatBytes(total)} from ${formatBytes(source.size)}, more than the ${formatBytes(limits.maxBytes)} that its data set allows`,
      'If you trust the file, raise the limit (option maxBytes); otherwise fetch it again.',
    );
  }
}

/** Compares the local header with the directory; returns where the data begin. */
async function checkLocalHeader(
  source: ByteSource,
  entry: CentralEntry,
  directoryOffset: number,
): Promise<number> {
  const who = `member ${quoteName(entry.name)}`;
  if (entry.localOffset + 30 > directoryOffset) {
    throw bad(source, `${who} lies at byte ${entry.localOffset}, outside the data`);
  }
  const fixed = viewOf(await source.read(entry.localOffset, 30));
  if (fixed.getUint32(0, true) !== signature.local) {
    throw bad(source, `${who} has no header at byte ${entry.localOffset}`);
  }
  const nameLength = fixed.getUint16(26, true);
  const extraLength = fixed.getUint16(28, true);
  const dataOffset = entry.localOffset + 30 + nameLength + extraLength;
  if (dataOffset + entry.compressedSize > directoryOffset) {
    throw bad(source, `${who} claims ${formatBytes(entry.compressedSize)}, more than the file holds`);
  }
  const rest = await source.read(entry.localOffset + 30, nameLength + extraLength);
  const local = {
    name: decodeName(source, rest.subarray(0, nameLength)),
    flags: fixed.getUint16(6, true),
    method: fixed.getUint16(8, true),
    crc32: fixed.getUint32(14, true),
    compressedSize: fixed.getUint32(18, true),
    size: fixed.getUint32(22, true),
    localOffset: 0,
  };
  const differs = (what: string) =>
    bad(source, `${who}: its own header and the directory disagree about its ${what}`);
  if (local.name !== entry.name) throw differs('name');
  if (local.method !== entry.method) throw differs('method');
  if ((local.flags & 1) !== (entry.flags & 1)) throw differs('encryption');
  // Bit 3: written to a pipe, so sizes and checksum follow the data and the local header may hold zeros.
  const streamed = (local.flags & 8) !== 0;
  if (!streamed) {
    applyZip64(source, local, rest.subarray(nameLength));
    if (local.size !== entry.size || local.compressedSize !== entry.compressedSize) throw differs('size');
    if (local.crc32 !== entry.crc32) throw differs('checksum');
  }
  return dataOffset;
}

function checkOverlap(source: ByteSource, extents: { name: string; start: number; end: number }[]): void {
  extents.sort((a, b) => a.start - b.start);
  for (let i = 1; i < extents.length; i++) {
    if (extents[i].start < extents[i - 1].end) {
      throw bad(
        source,
        `members ${quoteName(extents[i - 1].name)} and ${quoteName(extents[i].name)} overlap`,
      );
    }
  }
}

function readUint64(source: ByteSource, view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw bad(source, `holds the impossible size or offset ${value}`);
  return Number(value);
}

function decodeName(source: ByteSource, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw bad(source, 'has a member whose name is not UTF-8');
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
