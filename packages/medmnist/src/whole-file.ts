import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataError } from './errors.ts';

/**
 * Writes a file so that a reader finds either the old content or the whole new one: the bytes go to a file beside
 * it, are synced to the disk, and the name is moved over in one step.
 *
 * @throws DataError when the folder is missing or not writable or the disk is full; nothing is left behind then.
 */
export async function writeWholeFile(
  path: string,
  fill: (write: (piece: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  const aside = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  let handle: FileHandle | undefined;
  try {
    handle = await open(aside, 'wx');
    const file = handle;
    await fill((piece) => writeAll(file, piece));
    await file.sync();
    await file.close();
    handle = undefined;
    await rename(aside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await handle?.close().catch(() => {});
    await rm(aside, { force: true }).catch(() => {});
    throw error instanceof DataError ? error : writeError(path, error);
  }
}

/** `FileHandle.write` may write less than asked: goes on until all is written. */
export async function writeAll(handle: FileHandle, piece: Uint8Array, position?: number): Promise<void> {
  let done = 0;
  while (done < piece.length) {
    const at = position === undefined ? null : position + done;
    const { bytesWritten } = await handle.write(piece, done, piece.length - done, at);
    done += bytesWritten;
  }
}

/** Makes a rename last through a power cut. Not every system lets one open a folder; it is then left out. */
export async function syncFolder(folder: string): Promise<void> {
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

/** Turns a failed write into an error that says what to do. */
export function writeError(path: string, cause: unknown): DataError {
  const error = cause as NodeJS.ErrnoException;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new DataError(path, 'could not be written: the disk is full', 'Free some space and try again.', {
      cause,
    });
  }
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    return new DataError(
      path,
      'could not be written: the folder is read-only for this user',
      'Choose another folder or change its permissions.',
      { cause },
    );
  }
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
    return new DataError(
      path,
      'could not be written: its folder does not exist',
      'Create the folder first.',
      { cause },
    );
  }
  return new DataError(path, `could not be written (${error.message})`, 'Check the path and the disk.', {
    cause,
  });
}
