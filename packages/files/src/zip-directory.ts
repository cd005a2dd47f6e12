import type { ByteSource } from './byte-source.ts';
import { DataError, formatBytes, quoteName } from './errors.ts';
import { type DirectoryPlace, findDirectory, readUint64, signature, viewOf, zip64Mark32 } from './zip-end.ts';
import { damaged, dangerous } from './zip-errors.ts';
import { climbsOut, memberName } from './zip-names.ts';

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
  /** 0 = stored, 8 = deflated; others are not unpacked. */
  readonly method: number;
  /** CRC-32 of the unpacked bytes, as both headers say. */
  readonly crc32: number;
  /** Bytes in the file. */
  readonly compressedSize: number;
  /** Bytes when unpacked, as both headers say. Checked again while unpacking. */
  readonly size: number;
  /** Where the data begin in the file. */
  readonly dataOffset: number;
  /** Why it cannot be unpacked (encrypted, a foreign method), where that is so; the other members can. */
  readonly unreadable?: string;
}

/** What an archive may ask for at most. */
export interface ZipLimits {
  /** Members in the archive. */
  readonly maxMembers: number;
  /** Unpacked bytes of all members together. */
  readonly maxBytes: number;
}

/** Members are not limited: each takes 76 bytes of the file, and memory and time follow the file's size. */
export const defaultZipLimits: ZipLimits = { maxMembers: Number.POSITIVE_INFINITY, maxBytes: 64e9 };

/** DEFLATE's best ratio: a 258-byte match in 2 bits, so 1032 to 1. What claims more is lying. */
const deflateMaxRatio = 1032;

interface CentralEntry {
  name: string;
  nameBytes: Uint8Array;
  flags: number;
  method: number;
  crc32: number;
  compressedSize: number;
  size: number;
  localOffset: number;
  unreadable?: string;
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
  const bytes = await source.read(directory.offset, directory.size);
  const entries = parseCentral(source, bytes, directory);
  if (entries.length > limits.maxMembers) {
    throw dangerous(source, `holds ${entries.length} members, more than the ${limits.maxMembers} allowed`);
  }
  checkTotals(source, entries, limits);
  const members: ZipMember[] = [];
  const extents: { name: string; start: number; end: number }[] = [];
  for (const entry of entries) {
    const dataOffset = await checkLocalHeader(source, entry, directory.offset);
    const { name, method, crc32, compressedSize, size, unreadable } = entry;
    extents.push({ name, start: entry.localOffset, end: dataOffset + compressedSize });
    if (name.endsWith('/')) continue;
    members.push({ name, method, crc32, compressedSize, size, dataOffset, unreadable });
  }
  checkOverlap(source, extents);
  return members;
}

/**
 * Reads entries until the directory ends, as Python does: the count of more than 65,535 members may lack its upper
 * bits.
 */
function parseCentral(source: ByteSource, bytes: Uint8Array, directory: DirectoryPlace): CentralEntry[] {
  const view = viewOf(bytes);
  const entries: CentralEntry[] = [];
  const seen = new Set<string>();
  let at = 0;
  while (at < bytes.length) {
    const number = entries.length + 1;
    if (at + 46 > bytes.length || view.getUint32(at, true) !== signature.central) {
      throw damaged(source, `has no directory entry ${number} of ${directory.count} where it should be`);
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > bytes.length) {
      throw damaged(source, `has a directory entry ${number} that runs past the directory`);
    }
    const nameBytes = bytes.subarray(at + 46, at + 46 + nameLength);
    const extra = bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const flags = view.getUint16(at + 8, true);
    const name = memberName(nameBytes, flags, extra);
    if (name === undefined) {
      throw damaged(source, `has a member ${number} whose name should be UTF-8 and is not UTF-8`);
    }
    const entry: CentralEntry = {
      name,
      nameBytes,
      flags,
      method: view.getUint16(at + 10, true),
      crc32: view.getUint32(at + 16, true),
      compressedSize: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      localOffset: view.getUint32(at + 42, true),
    };
    applyZip64(source, entry, extra);
    checkEntry(source, entry);
    if (seen.has(name)) {
      throw dangerous(
        source,
        `holds two members called ${quoteName(name)}: some programs read the first, some the last`,
      );
    }
    seen.add(name);
    entries.push(entry);
    at = next;
  }
  const { count, zip64 } = directory;
  if (count !== (zip64 ? entries.length : entries.length % 0x10000)) {
    throw damaged(source, `claims ${count} members in a directory that holds ${entries.length}`);
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
  throw damaged(source, `member ${quoteName(entry.name)} says it is zip64 but lacks the zip64 field`);
}

function checkEntry(source: ByteSource, entry: CentralEntry): void {
  const who = `member ${quoteName(entry.name)}`;
  if (climbsOut(entry.name)) throw dangerous(source, `${who} has a path that climbs out of the archive`);
  if (entry.flags & 0x2041) entry.unreadable = 'is encrypted, which is not supported';
  else if (entry.method !== 0 && entry.method !== 8) {
    entry.unreadable = `is packed with method ${entry.method}; only stored (0) and deflated (8) are supported`;
  }
  if (entry.unreadable !== undefined) return;
  if (entry.method === 0 && entry.size !== entry.compressedSize) {
    throw damaged(source, `${who} is stored but claims ${entry.size} bytes from ${entry.compressedSize}`);
  }
  if (entry.size > entry.compressedSize * deflateMaxRatio) {
    throw dangerous(
      source,
      `${who} claims to unpack ${formatBytes(entry.compressedSize)} to ${formatBytes(entry.size)}, ` +
        'which no DEFLATE stream can',
    );
  }
}

function checkTotals(source: ByteSource, entries: CentralEntry[], limits: ZipLimits): void {
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (total > limits.maxBytes) {
    throw new DataError(
      source.name,
      `unpacks to ${formatBytes(total)} from ${formatBytes(source.size)}, more than the ` +
        `${formatBytes(limits.maxBytes)} that its data set allows`,
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
  const room = directoryOffset - entry.localOffset;
  if (room < 30) throw damaged(source, `${who} lies at byte ${entry.localOffset}, outside the data`);
  // One read for almost every header: numpy's extra field is 20 bytes long.
  const ahead = await source.read(entry.localOffset, Math.min(room, 30 + entry.nameBytes.length + 64));
  const fixed = viewOf(ahead);
  if (fixed.getUint32(0, true) !== signature.local) {
    throw damaged(source, `${who} has no header at byte ${entry.localOffset}`);
  }
  const nameLength = fixed.getUint16(26, true);
  const extraLength = fixed.getUint16(28, true);
  const dataOffset = entry.localOffset + 30 + nameLength + extraLength;
  if (dataOffset + entry.compressedSize > directoryOffset) {
    throw damaged(source, `${who} claims ${formatBytes(entry.compressedSize)}, more than the file holds`);
  }
  const length = nameLength + extraLength;
  const rest =
    30 + length <= ahead.length
      ? ahead.subarray(30, 30 + length)
      : await source.read(entry.localOffset + 30, length);
  const local = {
    name: entry.name,
    flags: fixed.getUint16(6, true),
    method: fixed.getUint16(8, true),
    crc32: fixed.getUint32(14, true),
    compressedSize: fixed.getUint32(18, true),
    size: fixed.getUint32(22, true),
    localOffset: 0,
  };
  const differs = (what: string) =>
    dangerous(source, `${who}: its own header and the directory disagree about its ${what}`);
  if (!sameBytes(rest.subarray(0, nameLength), entry.nameBytes)) throw differs('name');
  if (entry.unreadable !== undefined) return dataOffset;
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
      throw dangerous(
        source,
        `members ${quoteName(extents[i - 1].name)} and ${quoteName(extents[i].name)} overlap`,
      );
    }
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
