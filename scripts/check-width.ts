/** No line of a source or document is wider than 120 columns. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The project, or the folder that is named instead (for the test of this program). */
const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));

const widest = 120;

/** Files and folders with wider lines. To be emptied. */
const notYet: readonly string[] = ['packages/wgsl-wasm/src/'];

/** A table with links that a program writes. */
const written = 'docs/coverage.md';

/** Packages of others, and what programs write that git ignores. */
const outside = /(^|[\\/])(node_modules|\.(git|turbo|cache|peers)|coverage|dist|runs|bench-results)$/;

const files = globSync(['**/*.{ts,tsx,mjs,js,css,html,md,yaml}', '.{ci,github}/**/*.{mjs,ts,md,yaml}'], {
  cwd: root,
  exclude: (path) => outside.test(path),
})
  .map((file) => file.replaceAll('\\', '/'))
  .filter(
    (file) => file !== 'pnpm-lock.yaml' && file !== written && !notYet.some((path) => file.startsWith(path)),
  );

let problems = 0;
for (const file of files.sort()) {
  for (const [index, line] of readFileSync(join(root, file), 'utf8').split('\n').entries()) {
    const width = [...line].length;
    if (width <= widest) continue;
    problems++;
    console.error(`${file}:${index + 1}: ${width} columns; at most ${widest} are allowed`);
  }
}
process.exit(problems > 0 ? 1 : 0);
