/** Scratch files, in Node. In a file of its own, which `browser` in package.json leaves out of pages. */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { type FileHandle, open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, formatBytes, writeError } from '@glassbox/files';

/** A file without a name: it is gone when its handle is closed, or the process ends. */
export interface ScratchFile {
  readonly handle: FileHandle;
  /** What it was called while it was opened, for errors. */
  readonly path: string;
  /** Writes behind what was written. @throws DataError if the disk is full. */
  append(piece: Uint8Array): void;
}

/**
 * Makes a file for reading and writing.
 * @param folder where it lies
 * @param bytes how large it will become
 * @param purpose for errors: `to unpack …`
 * @throws DataError if the folder has no room for it, does not exist, or may not be written to.
 */
export async function openScratch(folder: string, bytes: number, purpose: string): Promise<ScratchFile> {
  const fail = (problem: string, cause?: unknown) =>
    new DataError(
      folder,
      `${problem} ${purpose}`,
      'Free some space, or name another folder with the option scratch.',
      { cause },
    );
  const path = join(folder, `.glassbox-${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
  let handle: FileHandle;
  try {
    handle = await open(path, 'wx+', 0o600);
    await rm(path);
  } catch (cause) {
    throw fail(
      `no scratch file of ${formatBytes(bytes)} can be made there (${(cause as Error).message})`,
      cause,
    );
  }
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes) {
    await handle.close();
    throw fail(`has ${formatBytes(bavail * bsize)} free, and ${formatBytes(bytes)} are needed`);
  }
  return {
    handle,
    path,
    append(piece) {
      // What has been unpacked is written before more is: the program has nothing else to do, and memory stays small.
      try {
        for (let done = 0; done < piece.length; )
          done += writeSync(handle.fd, piece, done, piece.length - done);
      } catch (cause) {
        throw writeError(path, cause);
      }
    },
  };
}
