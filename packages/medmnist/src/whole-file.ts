import { DataError, writeError } from '@glassbox/files';
import { type Fill, writeWholeFile as write } from '@glassbox/host';

/**
 * Writes a file whole or not at all, as `writeWholeFile` of `@glassbox/host` does.
 * @throws DataError when the folder is missing or not writable or the disk is full; nothing is left behind then.
 */
export async function writeWholeFile(path: string, content: Uint8Array | Fill): Promise<void> {
  try {
    await write(path, content);
  } catch (error) {
    throw error instanceof DataError ? error : writeError(path, error);
  }
}
