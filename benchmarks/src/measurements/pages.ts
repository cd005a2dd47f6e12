/** The tables of the documents: made from docs/measurements/data, between markers of each page. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWholeFile } from '@glassbox/host';
import { conformanceSummary, conformanceTables } from './conformance.ts';
import { courseTable } from './course.ts';
import { root } from './data.ts';
import { corpusTable, librariesTable } from './judged.ts';
import { limitsTable } from './limits.ts';
import { medmnistTable } from './medmnist.ts';
import { practicalSummary, practicalTable } from './practical.ts';
import {
  hostTable,
  kernelsTable,
  ladderTables,
  peersTable,
  speedSummary,
  stepTable,
  streamTable,
  sweepTables,
  wasmTable,
  wideTable,
} from './speed.ts';

/** What stands between `<!-- measured: NAME -->` and `<!-- end -->`. */
const blocks: Readonly<Record<string, () => string>> = {
  step: stepTable,
  sweep: sweepTables,
  kernels: kernelsTable,
  limits: limitsTable,
  host: hostTable,
  wasm: wasmTable,
  ladder: ladderTables,
  wide: wideTable,
  'peers-pytorch': () => peersTable('peers-pytorch'),
  'peers-nets': () => peersTable('peers-nets'),
  'peers-ops': () => peersTable('peers-ops'),
  'peers-wasm': () => peersTable('peers-wasm'),
  'peers-webgpu': () => peersTable('peers-webgpu'),
  conformance: conformanceTables,
  'conformance-summary': conformanceSummary,
  libraries: librariesTable,
  corpus: corpusTable,
  stream: streamTable,
  practical: practicalTable,
  'practical-pytorch': practicalSummary,
  medmnist: medmnistTable,
  course: courseTable,
  'readme-speed': speedSummary,
};

/** Pages that hold tables of measurements, from the repository's root. */
export const pages: readonly string[] = [
  'README.md',
  'docs/wgsl-wasm.md',
  'docs/sweeps.md',
  ...globSync('docs/measurements/*.md', { cwd: root }),
];

/** The text of a page. */
export function readPage(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

/**
 * A page with its tables made anew; what stands around them stays.
 * @throws Error for a marker that names no table, or that has no end.
 */
export function withTables(text: string): string {
  return text.replace(/(<!-- measured: (\S+) -->\n)(?:[\s\S]*?(<!-- end -->))?/g, (_, start, name, end) => {
    if (!blocks[name])
      throw new Error(`There is no table '${name}'; there are ${Object.keys(blocks).join(', ')}`);
    if (!end) throw new Error(`The table '${name}' has no <!-- end -->`);
    return `${start}\n${blocks[name]()}\n\n${end}`;
  });
}

/** Makes the tables of all pages anew. @returns the pages that changed */
export async function writePages(): Promise<string[]> {
  const changed: string[] = [];
  for (const page of pages) {
    const [before, after] = [readPage(page), withTables(readPage(page))];
    if (before === after) continue;
    await writeWholeFile(join(root, page), new TextEncoder().encode(after));
    changed.push(page);
  }
  return changed;
}

/** The names of the tables that a page shows. */
export function tablesOf(text: string): string[] {
  return [...text.matchAll(/<!-- measured: (\S+) -->/g)].map(([, name]) => name);
}

/** The names of all tables. */
export const tables: readonly string[] = Object.keys(blocks);
