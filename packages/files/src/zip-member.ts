import type { ByteSource } from './byte-source.ts';
import { crc32 } from './checksum.ts';
import { DataError, formatBytes, quoteName } from './errors.ts';
import type { ZipMember } from './zip-directory.ts';
import { damaged as damagedZip, unsupported } from './zip-errors.ts';

/**
 * Unpacks DEFLATE piece by piece: gives what each pushed piece unpacks to to `sink`, and throws where the stream is
 * damaged. (`Inflate` of fflate is one.) One that works beside the program gives promises: when that of the last piece
 * resolves, `sink` has got everything.
 */
export type Inflater = (sink: (piece: Uint8Array) => void) => {
  push(piece: Uint8Array, last: boolean): void | Promise<void>;
  /** Bytes that it may be given at a time. Default 16 KB, for one that answers all at once. */
  readonly most?: number;
};

/** How much is read from the source at a time. */
const readBytes = 1 << 20;
/** How much an inflater is given at a time unless it takes more; it answers with at most 1032 times as much (16 MB). */
const pushBytes = 1 << 14;
/** The first allocation per compressed byte; more only as the data really arrive. */
const honestRatio = 16;

/**
 * Unpacks a whole member, checking its length and CRC-32.
 *
 * Memory follows what the stream holds, not what its header claims: the first allocation is at most 16 times the
 * compressed size, and it grows only while data keep coming.
 *
 * @param inflater what unpacks deflated members; without it they are refused
 * @throws DataError naming the file and member when the data are cut off, damaged, longer or shorter than claimed.
 */
export async function readZipMember(
  source: ByteSource,
  member: ZipMember,
  inflater?: Inflater,
): Promise<Uint8Array<ArrayBuffer>> {
  const first = Math.min(member.size, Math.max(1 << 16, member.compressedSize * honestRatio));
  let bytes = allocate(source, member, first);
  await streamZipMember(source, member, inflater, (piece, at) => {
    if (at + piece.length > bytes.length) {
      const wanted = Math.min(member.size, Math.max(bytes.length * 2, at + piece.length));
      bytes = new Uint8Array(bytes.buffer.transfer(wanted));
    }
    bytes.set(piece, at);
  });
  return bytes;
}

/**
 * Unpacks a whole member piece by piece, checking its length and CRC-32: only when the promise resolves are the pieces
 * what they should be.
 *
 * @param sink takes each piece and where it begins; the piece's memory is used again afterwards
 * @throws DataError as {@link readZipMember}.
 */
export async function streamZipMember(
  source: ByteSource,
  member: ZipMember,
  inflater: Inflater | undefined,
  sink: (piece: Uint8Array, at: number) => void,
): Promise<void> {
  let length = 0;
  let checksum = 0;
  await unpack(source, member, inflater, (piece) => {
    if (length + piece.length > member.size) {
      throw damaged(source, member, `unpacks to more than the ${formatBytes(member.size)} that it claims`);
    }
    sink(piece, length);
    length += piece.length;
    checksum = crc32(piece, checksum);
    return true;
  });
  if (length !== member.size) {
    throw damaged(source, member, `unpacks to ${length} bytes instead of the ${member.size} that it claims`);
  }
  if (checksum !== member.crc32) {
    throw damaged(source, member, `has checksum ${hex(checksum)} instead of ${hex(member.crc32)}`);
  }
}

/** The first `length` bytes of a member (fewer if it is shorter), without unpacking the rest. */
export async function readZipMemberStart(
  source: ByteSource,
  member: ZipMember,
  length: number,
  inflater?: Inflater,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(Math.min(length, member.size));
  let done = 0;
  await unpack(
    source,
    member,
    inflater,
    (piece) => {
      const part = piece.subarray(0, bytes.length - done);
      bytes.set(part, done);
      done += part.length;
      return done < bytes.length;
    },
    pushBytes,
  );
  return bytes.subarray(0, done);
}

/** Streams a member's unpacked bytes to `sink` until it returns false. */
async function unpack(
  source: ByteSource,
  member: ZipMember,
  inflater: Inflater | undefined,
  sink: (piece: Uint8Array) => boolean,
  chunk = readBytes,
): Promise<void> {
  if (member.unreadable !== undefined) {
    throw unsupported(source, `member ${quoteName(member.name)} ${member.unreadable}`);
  }
  if (member.method === 8 && !inflater) {
    throw unsupported(source, `member ${quoteName(member.name)} is deflated, and only stored ones are read`);
  }
  let wanted = member.size > 0;
  const inflate =
    member.method === 8
      ? inflater?.((piece) => {
          if (wanted && piece.length > 0) wanted = sink(piece);
        })
      : undefined;
  const most = inflate?.most ?? pushBytes;
  for (let at = 0; at < member.compressedSize && wanted; at += chunk) {
    const compressed = await source.read(member.dataOffset + at, Math.min(chunk, member.compressedSize - at));
    if (!inflate) {
      wanted = sink(compressed);
      continue;
    }
    for (let i = 0; i < compressed.length && wanted; i += most) {
      const piece = compressed.subarray(i, i + most);
      const last = at + i + piece.length === member.compressedSize;
      const pushed = pushInto(source, member, inflate, piece, last);
      if (pushed) await pushed;
    }
  }
}

function pushInto(
  source: ByteSource,
  member: ZipMember,
  inflate: ReturnType<Inflater>,
  piece: Uint8Array,
  last: boolean,
): void | Promise<void> {
  const fail = (cause: unknown): never => {
    if (cause instanceof DataError) throw cause;
    throw damaged(source, member, `holds a damaged DEFLATE stream (${(cause as Error).message})`, cause);
  };
  try {
    return inflate.push(piece, last)?.catch(fail);
  } catch (cause) {
    return fail(cause);
  }
}

function allocate(source: ByteSource, member: ZipMember, bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    throw new DataError(
      source.name,
      `member ${quoteName(member.name)} needs ${formatBytes(bytes)} of memory, which cannot be had`,
      'Use a smaller image size, or a machine with more memory.',
      { cause },
    );
  }
}

function damaged(source: ByteSource, member: ZipMember, problem: string, cause?: unknown): DataError {
  return damagedZip(source, `member ${quoteName(member.name)} ${problem}`, { cause });
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
