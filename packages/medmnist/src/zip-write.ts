import { constants, deflateRawSync } from 'node:zlib';
import { crc32 } from '@glassbox/files';
import { deflateSync } from 'fflate';

/** A member to write. */
export interface ZipInput {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A member that is made while it is written. */
export interface ZipPieces {
  readonly name: string;
  /** Bytes of all pieces. */
  readonly size: number;
  /**
   * Its bytes, one piece after another, none of them small; a piece is done with when the next one is asked for. They
   * are deflated by Node's zlib, some ten times as fast as a script, and to other bytes in other versions of it.
   */
  readonly pieces: Iterable<Uint8Array>;
}

/** DOS date of 1 January 1980: the same content gives the same bytes whenever it is written. */
const epochDate = 0x21;
/** Above this the deflater would need too much memory at once: such members are stored. */
const largestDeflated = 1 << 30;
const max32 = 0xffffffff;

/** Deflate adds at most this share to pieces that it cannot shrink, and this many bytes. */
const deflateGrowth = { share: 1.001, bytes: 64 };

/** Takes what is written: behind the last piece, or over what stands at a position. */
type Emit = (piece: Uint8Array, position?: number) => void | Promise<void>;

/**
 * Writes a zip piece by piece to `emit`, one member in memory at a time, and of a member in pieces one piece. Only
 * members in pieces write over what was written before: their header, when its sums are known.
 *
 * Zip64 fields are written where 32 bits do not suffice and nowhere else, so that small files open in any program.
 */
export async function writeZip(
  members: Iterable<ZipInput | ZipPieces>,
  compress: boolean,
  emit: Emit,
): Promise<void> {
  let offset = 0;
  const central: Uint8Array[] = [];
  const put = async (piece: Uint8Array) => {
    await emit(piece);
    offset += piece.length;
  };
  for (const member of members) {
    const start = offset;
    const about = { name: new TextEncoder().encode(member.name), offset };
    if ('bytes' in member) {
      const { bytes } = member;
      const deflate = compress && bytes.length > 0 && bytes.length <= largestDeflated;
      const packed = deflate ? deflateSync(bytes, { level: 6 }) : bytes;
      const sizes = { packed: packed.length, size: bytes.length };
      const big = sizes.size >= max32 || sizes.packed >= max32;
      const record = { ...about, ...sizes, method: deflate ? 8 : 0, crc: crc32(bytes), big };
      await put(localHeader(record));
      await put(packed);
      central.push(centralHeader(record));
    } else {
      const { size } = member;
      const most = compress ? size * deflateGrowth.share + deflateGrowth.bytes : size;
      const unknown = { ...about, method: compress ? 8 : 0, crc: 0, packed: 0, size, big: most >= max32 };
      await put(localHeader(unknown));
      const record = { ...unknown, ...(await putPieces(member, compress, put)) };
      await emit(localHeader(record), start);
      central.push(centralHeader(record));
    }
  }
  const start = offset;
  for (const header of central) await put(header);
  await put(endRecords(central.length, offset - start, start));
}

/** Writes a member's data. @throws Error if there are more or fewer bytes than were announced. */
async function putPieces(
  { name, size, pieces }: ZipPieces,
  compress: boolean,
  put: (piece: Uint8Array) => Promise<void>,
): Promise<Pick<MemberRecord, 'crc' | 'packed'>> {
  let [done, crc, packed] = [0, 0, 0];
  const write = async (piece: Uint8Array) => {
    packed += piece.length;
    await put(piece);
  };
  // Each piece ends at a whole byte and refers to none before it, so that one stream is the pieces side by side.
  const deflated = (piece: Uint8Array, finishFlush: number) => deflateRawSync(piece, { finishFlush });
  for (const piece of pieces) {
    done += piece.length;
    crc = crc32(piece, crc);
    await write(compress ? deflated(piece, constants.Z_SYNC_FLUSH) : piece);
  }
  if (compress) await write(deflated(new Uint8Array(0), constants.Z_FINISH));
  if (done !== size) throw new Error(`writeZip: ${name} has ${done} bytes and was announced with ${size}`);
  return { crc, packed };
}

interface MemberRecord {
  name: Uint8Array;
  method: number;
  crc: number;
  packed: number;
  size: number;
  offset: number;
  /** Its local header has room for sizes of 64 bits. */
  big: boolean;
}

function localHeader(record: MemberRecord): Uint8Array {
  const { big } = record;
  const writer = new Writer(30 + record.name.length + (big ? 20 : 0));
  writer
    .u32(0x04034b50)
    .u16(big ? 45 : 20)
    .u16(0x800)
    .u16(record.method)
    .u16(0)
    .u16(epochDate);
  writer
    .u32(record.crc)
    .u32(big ? max32 : record.packed)
    .u32(big ? max32 : record.size);
  writer
    .u16(record.name.length)
    .u16(big ? 20 : 0)
    .bytes(record.name);
  if (big) writer.u16(1).u16(16).u64(record.size).u64(record.packed);
  return writer.out;
}

function centralHeader(record: MemberRecord): Uint8Array {
  const wide = [record.size, record.packed, record.offset].filter((value) => value >= max32);
  const extra = wide.length > 0 ? 4 + 8 * wide.length : 0;
  const narrow = (value: number) => Math.min(value, max32);
  const writer = new Writer(46 + record.name.length + extra);
  // 3 in the upper byte: made on Unix, so that the mode below is understood.
  writer
    .u32(0x02014b50)
    .u16(0x314)
    .u16(extra ? 45 : 20)
    .u16(0x800)
    .u16(record.method)
    .u16(0)
    .u16(epochDate);
  writer
    .u32(record.crc)
    .u32(narrow(record.packed))
    .u32(narrow(record.size))
    .u16(record.name.length)
    .u16(extra);
  writer
    .u16(0)
    .u16(0)
    .u16(0)
    .u32((0o100644 << 16) >>> 0)
    .u32(narrow(record.offset))
    .bytes(record.name);
  if (extra) {
    writer.u16(1).u16(extra - 4);
    for (const value of wide) writer.u64(value);
  }
  return writer.out;
}

function endRecords(count: number, size: number, start: number): Uint8Array {
  const big = count >= 0xffff || size >= max32 || start >= max32;
  const writer = new Writer(22 + (big ? 76 : 0));
  if (big) {
    writer.u32(0x06064b50).u64(44).u16(0x32d).u16(45).u32(0).u32(0);
    writer.u64(count).u64(count).u64(size).u64(start);
    writer
      .u32(0x07064b50)
      .u32(0)
      .u64(start + size)
      .u32(1);
  }
  const few = Math.min(count, 0xffff);
  writer.u32(0x06054b50).u16(0).u16(0).u16(few).u16(few);
  writer.u32(Math.min(size, max32)).u32(Math.min(start, max32)).u16(0);
  return writer.out;
}

/** Little-endian fields one after the other. */
class Writer {
  readonly out: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.out = new Uint8Array(length);
    this.#view = new DataView(this.out.buffer);
  }

  u16(value: number): this {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
    return this;
  }

  u32(value: number): this {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
    return this;
  }

  u64(value: number): this {
    this.#view.setBigUint64(this.#at, BigInt(value), true);
    this.#at += 8;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.out.set(value, this.#at);
    this.#at += value.length;
    return this;
  }
}
