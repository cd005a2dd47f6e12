/** The practical's data sets in the page: dropped files, or phantoms. */
import { describeFile, phantoms, wrongImages } from '@glassbox/experiments/page';
import { DataError, formatBytes, loadDataset, type MedMnistDataset } from '@glassbox/medmnist';
import { type Target, targets } from './file-names.ts';
import type { FoundData } from './messages.ts';
import type { StoredFolder } from './page-store.ts';
import { Refusal } from './trouble.ts';

export type Sets = Readonly<Record<Target, MedMnistDataset>>;

/** The content of a dropped file. */
export interface Content {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type Contents = Readonly<Partial<Record<Target, Content>>>;

/** Larger files are refused: a page has little memory. */
export const maxBytes = 600e6;

/** Phantoms that were drawn, which takes seconds: each file that is dropped or removed asks for the others again. */
const drawn: Partial<Record<Target, MedMnistDataset>> = {};

/** Both sets, phantoms where there is no file. @throws DataError that names the file and says what to do */
export async function loadSets(contents: Contents): Promise<Sets> {
  const load = async (target: Target): Promise<MedMnistDataset> => {
    const content = contents[target];
    if (!content) return (drawn[target] ??= phantoms(target));
    const { name, bytes } = content;
    if (bytes.length > maxBytes) {
      throw new DataError(
        name,
        `has ${formatBytes(bytes.length)}`,
        `At most ${formatBytes(maxBytes)} fit in a page.`,
      );
    }
    const known = target === 'pneumonia' ? { name: 'pneumoniamnist' } : {};
    const set = await loadDataset({ file: name, bytes, ...known });
    const wrong = wrongImages(set);
    if (wrong) throw new DataError(name, wrong, 'Take the set of 28x28 pixels.');
    return set;
  };
  return { chest: await load('chest'), pneumonia: await load('pneumonia') };
}

/** What the page shows of the sets. */
export function describeSets(sets: Sets, contents: Contents): FoundData[] {
  return targets.map((target) => {
    const { file, kind, images } = describeFile(target, sets[target]);
    const dropped = contents[target] !== undefined;
    return { target, file, real: kind === 'real', dropped, images: { unlabelled: 0, ...images } };
  });
}

/** Keeps dropped files, which a run needs again after a reload. @returns names of those for which there is no room */
export async function keepContents(files: StoredFolder | undefined, contents: Contents): Promise<string[]> {
  const left: string[] = [];
  for (const target of targets) {
    const content = contents[target];
    if (!content) continue;
    await files?.write(target, content.bytes).catch(() => left.push(content.name));
  }
  return left;
}

/**
 * The files of a run: those that were given again, and those that were kept.
 * @throws Refusal if one has to be given again
 */
export async function keptContents(
  files: StoredFolder | undefined,
  data: readonly FoundData[],
  given: Contents,
): Promise<Contents> {
  const contents: Partial<Record<Target, Content>> = {};
  for (const { target, file, dropped } of data) {
    if (!dropped) continue;
    const bytes = given[target]?.bytes ?? (await files?.read(target));
    if (!bytes) throw new Refusal({ kind: 'fileMissing', file });
    contents[target] = { name: file, bytes };
  }
  return contents;
}
