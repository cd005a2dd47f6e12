import type { FileHandle } from 'node:fs/promises';

/** Writes a piece of a file: behind the last one, or over what stands at a position of the file. */
export type WritePiece = (piece: Uint8Array, position?: number) => Promise<void>;

/** Writes the content of a file piece by piece. */
export type Fill = (write: WritePiece) => Promise<void>;

/**
 * Writes a file so that a reader finds either the old content or the whole new one: the bytes go to a file beside it,
 * are synced to the disk, and the name is moved over in one step. In Node; browsers can load this module, but have no
 * files.
 *
 * @param content the bytes, or what writes them
 * @throws what the system or `content` threw. Nothing is left behind then, and the old file is as it was.
 */
export async function writeWholeFile(path: string, content: Uint8Array | Fill): Promise<void> {
  const { dirname, open, rename, rm } = await import('./files-node.ts');
  const aside = asideOf(path);
  let handle: FileHandle | undefined;
  try {
    handle = await open(aside, 'wx');
    const file = handle;
    if (typeof content === 'function') await content((piece, position) => writeAll(file, piece, position));
    else await writeAll(file, content);
    await file.sync();
    await file.close();
    handle = undefined;
    await rename(aside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await handle?.close().catch(() => {});
    await rm(aside, { force: true }).catch(() => {});
    throw error;
  }
}

/** Bytes that are read or written at once at most: Node refuses 2 GiB and more. */
const mostAtOnce = 2 ** 30;

/** The bytes of a file, for modules that browsers load, too. @throws what the system threw */
export async function readWholeFile(path: string): Promise<Uint8Array> {
  const { readFile } = await import('./files-node.ts');
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_FS_FILE_TOO_LARGE') throw error;
    return readPieces(path);
  }
}

async function readPieces(path: string): Promise<Uint8Array> {
  const { open } = await import('./files-node.ts');
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const bytes = new Uint8Array(size);
    for (let done = 0; done < size; ) {
      const { bytesRead } = await handle.read(bytes, done, Math.min(size - done, mostAtOnce), done);
      if (bytesRead === 0) throw new Error(`the file ends at ${done} of ${size} bytes: it was cut meanwhile`);
      done += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

/** A name beside the file that no other process and no other call takes. */
function asideOf(path: string): string {
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  return `${path}.${process.pid}-${random.toString(16).padStart(8, '0')}.tmp`;
}

/**
 * True for the name of a file that {@link writeWholeFile} writes aside: one that still lies there is of a killed
 * process.
 */
export function isAside(name: string): boolean {
  return /\.\d+-[0-9a-f]{8}\.tmp$/.test(name);
}

/** A file open for writing: a `FileHandle` of Node, whose types a browser's program lacks. */
export interface OpenFile {
  /**
   * Writes bytes `offset` to `offset + length` of `piece` at a position of the file; null: where it stands.
   */
  write(
    piece: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesWritten: number }>;
}

/** `FileHandle.write` may write less than asked: goes on until all is written. */
export async function writeAll(handle: OpenFile, piece: Uint8Array, position?: number): Promise<void> {
  let done = 0;
  while (done < piece.length) {
    const at = position === undefined ? null : position + done;
    const length = Math.min(piece.length - done, mostAtOnce);
    const { bytesWritten } = await handle.write(piece, done, length, at);
    done += bytesWritten;
  }
}

/** Makes a rename last through a power cut. Not every system lets one open a folder; it is then left out. */
export async function syncFolder(folder: string): Promise<void> {
  const { open } = await import('./files-node.ts');
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // Windows: folders cannot be synced, and renames are journalled anyway.
  } finally {
    await handle?.close();
  }
}
