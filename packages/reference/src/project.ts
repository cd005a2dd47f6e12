/** The project as the reference sees it: its packages and its documents. */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../../..');

/** A file that a published package exports. */
export interface Entry {
  /** How it is imported: `@glassbox/tensor-core/command-line`. */
  readonly specifier: string;
  /** Its whole path. */
  readonly file: string;
}

/** Files that are started, not imported: nothing of them is for users. */
const programs = ['@glassbox/wgsl-wasm/worker'];

/** Packages that users import; the others are what these are built on. */
const first = [
  'glassbox',
  '@glassbox/nn',
  '@glassbox/metrics',
  '@glassbox/onnx',
  '@glassbox/classifier',
  '@glassbox/images',
  '@glassbox/medmnist',
  '@glassbox/logs',
  '@glassbox/tensor-core',
  '@glassbox/webgpu-cpu',
];

/** What the published packages export, those for users first. */
export function publishedEntries(): readonly Entry[] {
  return globSync('packages/*/package.json', { cwd: root })
    .map((file) => ({
      folder: basename(dirname(file)),
      ...JSON.parse(readFileSync(join(root, file), 'utf8')),
    }))
    .filter((manifest) => !manifest.private)
    .flatMap(({ folder, name, exports }) =>
      Object.entries<string>(exports).map(([path, file]) => ({
        specifier: `${name}${path.slice(1)}`,
        file: join(root, 'packages', folder, file),
      })),
    )
    .filter(({ specifier }) => !programs.includes(specifier))
    .sort((a, b) => place(a.specifier) - place(b.specifier) || (a.specifier < b.specifier ? -1 : 1));
}

function place(specifier: string): number {
  const at = first.indexOf(specifier);
  return at < 0 ? first.length : at;
}

/** A page of the site. */
export interface Document {
  readonly file: string;
  /** Its first heading. */
  readonly title: string;
  /** The heading of README's list under which it stands. */
  readonly group: string;
}

/** The documents that README lists, in its order. */
export function documents(): readonly Document[] {
  const [, list] = readFileSync(join(root, 'README.md'), 'utf8').split('\n## Documents\n');
  let group = '';
  return list
    .split('\n## ')[0]
    .split('\n')
    .flatMap((line) => {
      group = line.match(/^### (.*)$/)?.[1] ?? group;
      const path = line.match(/^- \[([^\]]+\.md)\]/)?.[1];
      if (path === undefined) return [];
      const file = join(root, path);
      const title = readFileSync(file, 'utf8').match(/^# (.*)$/m)?.[1] ?? path;
      return [{ file, title: title.replaceAll('`', ''), group }];
    });
}
