/** Which files are the images, and what their labels are: by folders, or by a table. */
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { UsageError } from '@glassbox/host/command-line';
import { pictureKind } from '@glassbox/images/files';
import { parse } from 'csv-parse/sync';

/** The three uses of images. */
export type SplitName = 'train' | 'val' | 'test';
export const splitNames: readonly SplitName[] = ['train', 'val', 'test'];

/** An image that is known by its path. */
export interface LabelledFile {
  /** Where it lies now. */
  readonly path: string;
  /** As it is called in results and reports: from the folder of images. */
  readonly name: string;
  readonly label: string;
  /** Where the data say so. */
  readonly split?: SplitName;
  /** Images of one group stay in one split. */
  readonly group?: string;
}

/** All images of a data set. */
export interface FoundImages {
  /** In the order of their names. */
  readonly files: readonly LabelledFile[];
  /** Sorted. */
  readonly classes: readonly string[];
  /** Files that are no pictures by their names, and were left aside. */
  readonly others: number;
}

/** Labels are kept as bytes. */
const mostClasses = 256;
const endings = new Set(['.png', '.jpg', '.jpeg', '.dcm', '.dicom', '.npy']);

/** A picture by its ending; DICOM files often have none, and say themselves what they are. */
function isPicture(path: string): boolean {
  const ending = extname(path).toLowerCase();
  // What looks like an ending may be a part of a number: 1.2.840.10008
  return endings.has(ending) || (/^(\.\d+)?$/.test(ending) && isDicom(path));
}

function isDicom(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const start = new Uint8Array(132);
    readSync(file, start, 0, start.length, 0);
    return pictureKind(start) === 'dicom';
  } finally {
    closeSync(file);
  }
}

const splitFolders: Readonly<Record<string, SplitName>> = {
  train: 'train',
  training: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  dev: 'val',
  test: 'test',
  testing: 'test',
};

/**
 * Finds the images. @throws UsageError that says how a folder or a table has to look.
 * @param csv a table; without it, the folders in `images` are the classes.
 */
export function findImages(images: string | undefined, csv: string | undefined): FoundImages {
  const { files, others } = csv === undefined ? inFolders(images!) : inTable(csv, images ?? dirname(csv));
  const where = csv ?? images!;
  const byName = (a: LabelledFile, b: LabelledFile) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  files.sort(byName);
  const twice = files.find(({ name }, i) => i > 0 && name === files[i - 1].name);
  if (twice) throw new UsageError(`${where}: ${twice.name} is named twice`);
  const classes = [...new Set(files.map(({ label }) => label))].sort();
  if (classes.length < 2) {
    const found = classes.length === 0 ? 'no images' : `images of one class only (${classes[0]})`;
    throw new UsageError(
      `${where}: ${found}; there must be at least two classes: DIR/healthy/*.png, DIR/ill/*.png, or a table with --csv`,
    );
  }
  if (classes.length > mostClasses) {
    throw new UsageError(`${where}: ${classes.length} classes; at most ${mostClasses} can be learnt`);
  }
  return { files, classes, others };
}

function inFolders(root: string): { files: LabelledFile[]; others: number } {
  const isFolder = (name: string) => statSync(join(root, name), { throwIfNoEntry: false })?.isDirectory();
  let folders: string[];
  try {
    folders = readdirSync(root).filter((name) => !name.startsWith('.') && isFolder(name));
  } catch (error) {
    throw new UsageError(
      `--images ${root}: cannot be read (${(error as NodeJS.ErrnoException).code}); give a folder with one folder ` +
        'for each class',
    );
  }
  const files: LabelledFile[] = [];
  let others = 0;
  const take = (folder: string, label: string, split?: SplitName) => {
    const found = picturesIn(folder, root);
    others += found.others;
    for (const path of found.pictures) {
      files.push({ path, name: slashes(relative(root, path)), label, ...(split ? { split } : {}) });
    }
  };
  const splits = folders.filter((name) => Object.hasOwn(splitFolders, name.toLowerCase()));
  if (
    splits.some((name) => splitFolders[name.toLowerCase()] === 'train') &&
    splits.length === folders.length
  ) {
    for (const split of splits) {
      const inside = readdirSync(join(root, split)).filter((name) => !name.startsWith('.'));
      for (const label of inside) {
        if (isFolder(join(split, label)))
          take(join(root, split, label), label, splitFolders[split.toLowerCase()]);
      }
    }
  } else for (const label of folders) take(join(root, label), label);
  return { files, others };
}

const slashes = (path: string) => path.replaceAll('\\', '/');

/**
 * The pictures in a folder and in those within it, and how many files are none by their names.
 * @param root links that lead back to this folder, or to one on the way from it, are not followed
 */
export function picturesIn(folder: string, root = folder): { pictures: string[]; others: number } {
  const all = allFiles(folder, folder === root ? [] : [realpathSync(root)]);
  const pictures = all.filter(isPicture);
  return { pictures, others: all.length - pictures.length };
}

/** Files in a folder and those within it; hidden ones are left out, and folders that lead back to themselves. */
function allFiles(folder: string, above: readonly string[] = []): string[] {
  const real = realpathSync(folder);
  if (above.includes(real)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => {
      const path = join(folder, name);
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats?.isDirectory()) return allFiles(path, [...above, real]);
      return stats?.isFile() ? [path] : [];
    });
}

function inTable(csv: string, root: string): { files: LabelledFile[]; others: number } {
  const fail = (problem: string): never => {
    throw new UsageError(
      `${csv}: ${problem}. The first line names the columns: path, label, and perhaps split and group`,
    );
  };
  let rows: Record<string, string>[] = [];
  try {
    const text = readFileSync(csv, 'utf8');
    rows = parse(text, {
      bom: true,
      columns: (names: string[]) => names.map((name) => name.trim().toLowerCase()),
      skip_empty_lines: true,
      trim: true,
      // The sign that divides the names of columns divides the rest: labels may have the others.
      delimiter: /^[^\r\n]*?([,;\t])/.exec(text)?.[1] ?? ',',
    });
  } catch (error) {
    fail(`cannot be read as a table (${(error as Error).message})`);
  }
  if (rows.length === 0) fail('has no rows');
  for (const needed of ['path', 'label']) if (!(needed in rows[0])) fail(`has no column '${needed}'`);
  const files = rows.map((row, index): LabelledFile => {
    const line = index + 2;
    const path = resolve(root, row.path);
    if (row.path === '' || row.label === '') fail(`row ${line} has no ${row.path === '' ? 'path' : 'label'}`);
    if (!existsSync(path)) fail(`row ${line} names ${path}, which is not there`);
    const split = row.split ? splitFolders[row.split.toLowerCase()] : undefined;
    if (row.split && !split) fail(`row ${line} has the split '${row.split}'; expected train, val or test`);
    const group = row.group || row.patient || undefined;
    const name = slashes(relative(root, path));
    return { path, name, label: row.label, ...(split ? { split } : {}), ...(group ? { group } : {}) };
  });
  const without = files.findIndex(({ split }) => split === undefined);
  if (without >= 0 && files.some(({ split }) => split)) {
    fail(`row ${without + 2} has no split, others have one; give one to each row or to none`);
  }
  return { files, others: 0 };
}
