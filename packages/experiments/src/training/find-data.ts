/** Where the command line finds the two data sets: named files, folders, the network, or phantoms. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '@glassbox/host/command-line';
import {
  DataError,
  dataFolders,
  datasetFileName,
  loadDataset,
  type MedMnistDataset,
  progressBar,
} from '@glassbox/medmnist';
import type { Target } from '../report/results.ts';
import { phantoms, wrongImages } from './data.ts';

/** Where the two data sets come from. */
export interface DataChoice {
  /** `auto`: real files where found, else phantoms; `phantoms`; or a folder. */
  readonly data: string;
  readonly chest: string | undefined;
  readonly pneumonia: string | undefined;
  readonly download: boolean;
}

/**
 * Finds the two data sets as the options say.
 * @returns also one line for the terminal on each, and one notice where images are not real.
 * @throws UsageError or DataError that names the file and says what to do.
 */
export async function loadDatasets(
  options: DataChoice & { readonly resume: string | undefined },
  note: (line: string) => void,
): Promise<Readonly<Record<Target, MedMnistDataset>>> {
  // Why no file could be fetched: whatever is missing after the first is not asked for again.
  let unreachable: DataError | undefined;
  const load = async (target: Target): Promise<MedMnistDataset> => {
    const name = target === 'chest' ? 'chestmnist' : 'pneumoniamnist';
    const file = options[target] ?? fileInFolder(options.data, name, target);
    if (file) return loadDataset({ file, ...(target === 'pneumonia' ? { name } : {}) });
    if (options.data === 'auto') {
      const fetch = (!options.resume && !unreachable) || options.download;
      const real = await publishedDataset(name, { fetch, insist: options.download });
      if (real instanceof DataError) unreachable = real;
      else if (real) return real;
    }
    return phantoms(target);
  };
  const sets = { chest: await load('chest'), pneumonia: await load('pneumonia') };
  for (const [target, dataset] of Object.entries(sets)) {
    const wrong = wrongImages(dataset);
    if (wrong) throw new UsageError(wrong);
    const { source, splits } = dataset;
    note(
      `${target.padEnd(10)}${source.file}, ${splits.train.count} / ${splits.val.count} / ${splits.test.count} images`,
    );
  }
  const generated = Object.entries(sets).flatMap(([target, { source }]) => (source.real ? [] : [target]));
  if (generated.length > 0) {
    note(
      `SYNTHETIC: the ${generated.join(' and ')} images are generated phantoms, not patients; figures ` +
        'measured on them say nothing about medicine.',
    );
  }
  if (unreachable) {
    note(`${unreachable.message}\nUntil then phantoms stand in (--data phantoms does not ask the network).`);
  }
  return sets;
}

/**
 * The published data set from this machine, else from Zenodo (or `$MEDMNIST_MIRROR`).
 * @returns the error where it cannot be fetched; undefined where it is not here and nobody may ask for it.
 * @throws DataError if a file is there but is not the published one, or with `insist` if there is none.
 */
async function publishedDataset(
  name: 'chestmnist' | 'pneumoniamnist',
  { fetch, insist }: { readonly fetch: boolean; readonly insist: boolean },
): Promise<MedMnistDataset | DataError | undefined> {
  const fileName = datasetFileName(name, 28);
  const here = dataFolders().some((folder) => existsSync(join(folder, fileName)));
  if (!here && !fetch) return undefined;
  const mirror = process.env['MEDMNIST_MIRROR'];
  try {
    return await loadDataset({
      name,
      ...(mirror ? { mirror } : {}),
      transfer: { onProgress: progressBar() },
    });
  } catch (error) {
    if (here || insist || !(error instanceof DataError)) throw error;
    return error;
  }
}

function fileInFolder(folder: string, name: string, target: Target): string | undefined {
  if (folder === 'auto' || folder === 'phantoms') return undefined;
  const candidates = target === 'chest' ? [`${name}.npz`, `${name}-nih-subset.npz`] : [`${name}.npz`];
  const found = candidates.map((file) => join(folder, file)).find((file) => existsSync(file));
  if (!found) {
    throw new UsageError(
      `--data ${folder}: ${candidates.join(' or ')} not found there; name the file with --${target} FILE`,
    );
  }
  return found;
}
