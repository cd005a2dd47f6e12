import type { HostTensor } from '../module/state-dict.ts';
import { CheckpointError } from './errors.ts';
import { type Checkpoint, encodeSafetensors, parseSafetensors } from './safetensors.ts';

/**
 * Reads a safetensors file.
 * @throws CheckpointError if it cannot be read or is not exactly a safetensors file.
 */
export async function readSafetensors(path: string): Promise<Checkpoint> {
  const { readFile } = await import('node:fs/promises');
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new CheckpointError(path, `cannot be read (${(error as Error).message})`, 'Check the path.', {
      cause: error,
    });
  }
  return parseSafetensors(bytes, path);
}

/**
 * Writes a safetensors file, whole or not at all: written aside, synced, and renamed into place. Killed at any
 * moment, the path holds the old file or the new one.
 * @throws CheckpointError if it cannot be written; the old file is then untouched.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeWhole(path, encodeSafetensors(tensors, metadata));
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const { open, rename, rm } = await import('node:fs/promises');
  const { dirname } = await import('node:path');
  const aside = `${path}.${process.pid}.part`;
  try {
    const file = await open(aside, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {});
    throw new CheckpointError(
      path,
      `cannot be written (${(error as Error).message})`,
      'Check that the folder exists, may be written to and has room; the checkpoint before it is untouched.',
      { cause: error },
    );
  }
}

/** Makes the rename itself last through a power cut. Windows cannot open folders and needs no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { open } = await import('node:fs/promises');
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
