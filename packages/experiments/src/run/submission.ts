import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SubmissionFile } from '../report/index.ts';

const root = resolve(import.meta.dirname, '../../../..');

/** What the sheet asks to hand in: the code, the report, and the figures and numbers behind it. */
export function submissionFiles(runFolder: string): SubmissionFile[] {
  const result = [
    'report.html',
    'results.json',
    'config.json',
    ...globSync('figures/*.png', { cwd: runFolder }),
  ];
  const code = globSync(
    [
      'packages/*/src/**/*.ts',
      'packages/*/package.json',
      'scripts/**/*.{ts,mjs}',
      '{package,tsconfig,turbo,biome}.json',
      'pnpm-*.yaml',
      'LICENSE',
      'README.md',
    ],
    { cwd: root },
  );
  const read = (folder: string, path: string, file: string): SubmissionFile => ({
    path: join(path, file).replaceAll('\\', '/'),
    data: readFileSync(join(folder, file)),
  });
  return [
    ...result.sort().map((file) => read(runFolder, '', file)),
    ...code.sort().map((file) => read(root, 'code', file)),
  ];
}
