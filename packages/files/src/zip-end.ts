import { type ByteSource, mistakenSource } from './byte-source.ts';
import { DataError, formatBytes } from './errors.ts';
import { damaged, dangerous, unsupported } from './zip-errors.ts';

/** Where a zip's directory lies, and how many members it should have. */
export interface DirectoryPlace {
  readonly offset: number;
  readonly size: number;
  /** As the end record says; of more than 65,535 members it may hold the lower 16 bits only. */
  readonly count: number;
  readonly zip64: boolean;
}

export const signature = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator: 0x07064b50,
};
const endSize = 22;
const locatorSize = 20;
const end64Size = 56;
export const zip64Mark32 = 0xffffffff;
const zip64Mark16 = 0xffff;

/**
 * Finds the directory by the end record, and the zip64 one where there is one.
 *
 * As in Python's zipfile the last end record counts, and bytes after it (at most 65,535 with its comment) are ignored.
 * The directory must end where its end record begins: programs that look for it from either side then find the same
 * one.
 */
export async function findDirectory(source: ByteSource): Promise<DirectoryPlace> {
  if (source.size < endSize) {
    throw damaged(source, `is not a zip file: it has only ${formatBytes(source.size)}`);
  }
  const tailLength = Math.min(source.size, endSize + 0xffff);
  const tail = viewOf(await source.read(source.size - tailLength, tailLength));
  let at = tailLength - endSize;
  while (at >= 0 && tail.getUint32(at, true) !== signature.end) at--;
  if (at < 0) {
    const mistaken = await mistakenSource(source);
    if (mistaken) {
      const problem = `is not a zip file (${isOne(source)}): it ${mistaken.looks}`;
      throw new DataError(source.name, problem, mistaken.fix);
    }
    const head = viewOf(await source.read(0, 4)).getUint32(0, true);
    throw damaged(
      source,
      head === signature.local
        ? 'begins as a zip file but has no end record, so it was cut off (or more than 65,535 bytes follow ' +
            'its end)'
        : `is not a zip file (${isOne(source)})`,
    );
  }
  const endOffset = source.size - tailLength + at;
  const disk = tail.getUint16(at + 4, true);
  if (disk !== 0 && disk !== zip64Mark16) {
    throw unsupported(source, 'is one part of a zip split over several files');
  }
  const short = {
    count: tail.getUint16(at + 10, true),
    size: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
  const long = await readEnd64(source, endOffset);
  const marked = (['count', 'size', 'offset'] as const).filter(
    (key) => short[key] === (key === 'count' ? zip64Mark16 : zip64Mark32),
  );
  if (!long && marked.length > 0) throw damaged(source, 'says it is zip64 but has no zip64 locator');
  const { count, size, offset } = long ?? short;
  const limit = long?.limit ?? endOffset;
  await checkPlace(source, offset, size, limit, count);
  for (const key of ['count', 'size', 'offset'] as const) {
    if (long && !marked.includes(key) && long[key] !== short[key]) {
      throw dangerous(source, `has two end records that disagree about its directory's ${key}`);
    }
  }
  if (count * 46 > size) throw damaged(source, `claims ${count} members in a directory of ${size} bytes`);
  return { offset, size, count, zip64: long !== undefined };
}

const isOne = ({ format }: ByteSource) =>
  format.kind === 'npz' ? 'an .npz is one' : `what ${format.writer} writes is one`;

async function checkPlace(source: ByteSource, offset: number, size: number, limit: number, count: number) {
  const gap = limit - offset - size;
  if (gap === 0) return;
  const shifted = offset + gap;
  if (gap > 0 && shifted + 4 <= source.size) {
    if (viewOf(await source.read(shifted, 4)).getUint32(0, true) === signature.central) {
      throw dangerous(
        source,
        `has no directory entry 1 of ${count} where it should be: ${formatBytes(gap)} ` +
          'stand in front of the archive, perhaps another one',
      );
    }
  }
  throw damaged(
    source,
    `says that its directory lies at bytes ${offset} to ${offset + size}, but its end record begins at ${limit}`,
  );
}

/** The zip64 end record, where a locator of it stands in front of the end record. */
async function readEnd64(source: ByteSource, endOffset: number) {
  if (endOffset < locatorSize + end64Size) return undefined;
  const locator = viewOf(await source.read(endOffset - locatorSize, locatorSize));
  if (locator.getUint32(0, true) !== signature.locator) return undefined;
  const at = readUint64(source, locator, 8);
  if (at + end64Size > endOffset - locatorSize) {
    throw damaged(source, `says its zip64 end record is at byte ${at}, past its end`);
  }
  const view = viewOf(await source.read(at, end64Size));
  if (view.getUint32(0, true) !== signature.end64) {
    throw damaged(source, `has no zip64 end record at byte ${at}`);
  }
  return {
    count: readUint64(source, view, 32),
    size: readUint64(source, view, 40),
    offset: readUint64(source, view, 48),
    limit: at,
  };
}

export function readUint64(source: ByteSource, view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw damaged(source, `holds the impossible size or offset ${value}`);
  }
  return Number(value);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
