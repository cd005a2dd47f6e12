import { readWholeFile, writeWholeFile } from '@glassbox/host';
import { checkValue, text } from '@glassbox/options';
import type { HostTensor } from '../module/state-dict.ts';
import { CheckpointError } from './errors.ts';
import {
  type Checkpoint,
  encodeSafetensors,
  parseSafetensors,
  type SafetensorsOptions,
} from './safetensors.ts';

/**
 * Reads a safetensors file.
 * @throws CheckpointError if it cannot be read or is not exactly a safetensors file.
 */
export async function readSafetensors(path: string): Promise<Checkpoint> {
  let bytes: Uint8Array;
  try {
    bytes = await readWholeFile(path);
  } catch (error) {
    throw new CheckpointError(path, `cannot be read (${(error as Error).message})`, 'Check the path.', {
      cause: error,
    });
  }
  return parseSafetensors(bytes, path);
}

/**
 * Writes a safetensors file, whole or not at all: killed at any moment, the path holds the old file or the new one.
 * @param metadata free text by key
 * @param options `{ floats: 'F16' }` or `'BF16'` halves the file
 * @throws CheckpointError if it cannot be written; the old file is then untouched.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
  options: SafetensorsOptions = {},
): Promise<void> {
  checkValue('writeSafetensors', 'path', path, text);
  const bytes = encodeSafetensors(tensors, metadata, options);
  try {
    await writeWholeFile(path, bytes);
  } catch (error) {
    throw new CheckpointError(
      path,
      `cannot be written (${(error as Error).message})`,
      'Check that the folder exists, may be written to and has room; the checkpoint before it is untouched.',
      { cause: error },
    );
  }
}
