import { type ByteSource, bytesSource, DataError, fileSource, type SourceFormat } from '@glassbox/files';
import { checkOptions, type OptionTable, text, whole } from '@glassbox/options';
import { CheckpointError } from '../errors.ts';
import { readArchive } from './archive.ts';
import { weightsAlone } from './globals.ts';
import { readLegacy } from './legacy.ts';
import { Load } from './load.ts';
import { checkPlain, type TorchValue } from './plain-tree.ts';

export { isHostTensor } from './globals.ts';
export type { TorchValue } from './plain-tree.ts';
export { type TorchStateDictOptions, torchStateDict } from './state-dict.ts';

/** What may be asked of a file of PyTorch. */
export interface TorchOptions {
  /**
   * Refuse tensors that together take more bytes than this. Default: four times the file (floats of 8 bits become 32)
   * and 64 MiB.
   */
  readonly maxBytes?: number;
  /** How errors call bytes given in memory. */
  readonly name?: string;
}

const optionNames: OptionTable<TorchOptions> = { maxBytes: whole(1), name: text };

const format: SourceFormat = { kind: 'torch', writer: 'torch.save' };

/**
 * Reads a file of `torch.save` (.pt, .pth), in the zip format and in the one before PyTorch 1.6, **without running
 * anything in it**: tensors of every dtype but complex and quantised ones, in dictionaries, lists, tuples, sets, with
 * texts, numbers, bytes, None. In Node; {@link parseTorch} takes bytes anywhere.
 *
 * @returns what was saved; `torchStateDict` finds the weights in it
 * @throws CheckpointError for anything else: a class or function that the file names is named, and nothing is run
 */
export async function readTorch(path: string, options: TorchOptions = {}): Promise<TorchValue> {
  checkOptions('readTorch', options, optionNames);
  return guarded(path, async () => {
    const source = await fileSource(path, format);
    return readSource(source, options).finally(() => source.close());
  });
}

/** As {@link readTorch}, from bytes in memory. */
export async function parseTorch(bytes: Uint8Array, options: TorchOptions = {}): Promise<TorchValue> {
  checkOptions('parseTorch', options, optionNames);
  const name = options.name ?? 'PyTorch file';
  return guarded(name, () => readSource(bytesSource(bytes, name, format), options));
}

async function readSource(source: ByteSource, options: TorchOptions): Promise<TorchValue> {
  const load = new Load(source.name, options.maxBytes ?? 4 * source.size + (64 << 20));
  const [p, k] = await source.read(0, Math.min(2, source.size));
  const zip = p === 0x50 && k === 0x4b;
  const value = zip ? await readArchive(source, load) : readLegacy(await source.read(0, source.size), load);
  return checkPlain(value, (problem) => load.fail(problem, weightsAlone));
}

/** Errors of the zip reader are errors of a checkpoint here. */
async function guarded<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new CheckpointError(file, error.problem, error.fix, { cause: error });
  }
}
