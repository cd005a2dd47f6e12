import type { FileHandle } from 'node:fs/promises';
import { mistakenFor, tailBytes, type WantedKind } from '@glassbox/file-kinds';
import { DataError } from './errors.ts';

/** A kind of file, as errors speak of it. */
export interface SourceFormat {
  /** What the file was taken for. */
  readonly kind: WantedKind;
  /** What writes such files. */
  readonly writer: string;
}

/** A zip of arrays, as numpy writes it. */
export const npzFormat: SourceFormat = { kind: 'npz', writer: 'np.savez_compressed' };

/**
 * Something that can be read at any offset: a file or bytes in memory.
 *
 * The zip reader asks for the pieces it needs, so that the labels of a 12 GB file can be read without the rest.
 */
export interface ByteSource {
  /** How errors call it: the path, or a name given by the caller. */
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /** What it should be: errors say how to write one anew. */
  readonly format: SourceFormat;
  /** Exactly `length` bytes from `offset`, in `into` if it is given; throws when the source ends before. */
  read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
  /** Throws if the source is a file that was written to since it was opened. */
  requireUnchanged(): Promise<void>;
  /** Closes the file, if it is one: nothing can be read afterwards. */
  close(): Promise<void>;
}

/** What is asked of an open file: a `FileHandle` of Node, whose types a browser's program lacks. */
export interface OpenHandle {
  /** Reads up to `length` bytes from a position of the file to `offset` of `into`. */
  read(
    into: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  /** Its length in bytes, and when it was last written to. */
  stat(): Promise<{ readonly size: number; readonly mtimeMs: number }>;
  /** Closes it. */
  close(): Promise<void>;
}

/** Bytes in memory as a source; `read` returns views, not copies. */
export function bytesSource(bytes: Uint8Array, name = 'npz in memory', format = npzFormat): ByteSource {
  return {
    name,
    format,
    size: bytes.length,
    async read(offset, length, into) {
      checkRange(name, bytes.length, offset, length);
      const found = bytes.subarray(offset, offset + length);
      into?.set(found);
      return into ?? found;
    },
    async requireUnchanged() {},
    async close() {},
  };
}

/** Opens a file for reading at any offset, in Node. The caller closes it. */
export async function fileSource(path: string, format = npzFormat): Promise<ByteSource> {
  const { open } = await import('./files-node.ts');
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (cause) {
    throw openError(path, cause);
  }
  const stats = await handle.stat();
  if (!stats.isFile()) {
    await handle.close();
    throw new DataError(path, 'is not a file', 'Give the path of a file.');
  }
  return handleSource(handle, path, { size: stats.size, modified: stats.mtimeMs, format });
}

/**
 * An open file as a source.
 * @param opened size and time of the last change, as they were when what it holds was looked at
 */
export function handleSource(
  handle: OpenHandle,
  path: string,
  opened: { readonly size: number; readonly modified: number; readonly format?: SourceFormat },
): ByteSource {
  const { size, modified, format = npzFormat } = opened;
  return {
    name: path,
    format,
    size,
    async read(offset, length, into) {
      checkRange(path, size, offset, length);
      const bytes = into ?? new Uint8Array(length);
      let done = 0;
      while (done < length) {
        // A single read may return less than asked (and never more than 2 GiB).
        const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, 1 << 30), offset + done);
        if (bytesRead === 0) {
          throw changed(
            path,
            `ended at byte ${offset + done} while being read, ${length - done} bytes short`,
          );
        }
        done += bytesRead;
      }
      return bytes;
    },
    async requireUnchanged() {
      const now = await handle.stat();
      if (now.size === size && now.mtimeMs === modified) return;
      throw changed(
        path,
        now.size === size
          ? 'was written to while it was being read'
          : `had ${size} bytes when it was opened and has ${now.size} now`,
      );
    },
    async close() {
      await handle.close();
    },
  };
}

function changed(path: string, problem: string): DataError {
  return new DataError(
    path,
    problem,
    'Another program changed the file; wait for it to finish and try again.',
  );
}

function checkRange(name: string, size: number, offset: number, length: number): void {
  if (offset < 0 || length < 0 || offset + length > size) {
    throw new DataError(
      name,
      `bytes ${offset} to ${offset + length} lie outside its ${size} bytes`,
      'The file is cut off or damaged: fetch it again.',
    );
  }
}

/** Turns a failed open into an error that says what to do. */
export function openError(path: string, cause: unknown): DataError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new DataError(path, 'there is no such file', 'Check the path.', { cause });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new DataError(path, 'may not be read by this user', 'Change its permissions or copy it.', {
      cause,
    });
  }
  return new DataError(
    path,
    `cannot be opened (${(cause as Error).message})`,
    'Check the path and the disk.',
    {
      cause,
    },
  );
}

/** What a file looks like that is not what it should be, and what to do; undefined where nothing is known. */
export async function mistakenSource(source: ByteSource): Promise<ReturnType<typeof mistakenFor>> {
  const start = await source.read(0, Math.min(512, source.size));
  const tail = Math.min(tailBytes, source.size);
  return mistakenFor(source.format.kind, start, await source.read(source.size - tail, tail));
}

/** As {@link mistakenSource}, of a file. */
export async function mistakenFile(
  path: string,
  format = npzFormat,
): Promise<ReturnType<typeof mistakenFor>> {
  const source = await fileSource(path, format);
  return mistakenSource(source).finally(() => source.close());
}
