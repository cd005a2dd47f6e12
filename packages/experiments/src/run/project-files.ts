import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SubmissionFile } from '../report/index.ts';

const root = resolve(import.meta.dirname, '../../../..');

/**
 * The whole project, so that what its README says can be done with the code in the zip: each folder of sources, tests
 * and pages, and the files beside them. Named one by one: data and runs that lie among them stay where they are.
 */
const code = [
  '{packages/*,benchmarks,classroom}/{src,test,bench,conformance,parity,wgsl}/**',
  '{packages/*,benchmarks,classroom}/*.{json,md,ts,html}',
  '{docs,examples,scripts}/**',
  '.{ci,github}/**',
  '{package,tsconfig,turbo,biome}.json',
  'pnpm-*.yaml',
  'vitest.config.ts',
  '.{gitignore,gitattributes,editorconfig,containerignore}',
  '{LICENSE,Containerfile}',
  '*.md',
];

/** Paths of the project's own files, from its root, sorted. */
export function projectFiles(folder = root): string[] {
  const found = globSync(code, {
    cwd: folder,
    withFileTypes: true,
    exclude: ({ name }) => name === 'node_modules' || name === '.DS_Store',
  });
  const paths = found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return [...new Set(paths.map((path) => path.replaceAll('\\', '/')))].sort();
}

/** The same with their texts, as a submission holds them. */
export function projectCode(): SubmissionFile[] {
  return projectFiles().map((file) => ({ path: `code/${file}`, data: readFileSync(join(root, file)) }));
}
