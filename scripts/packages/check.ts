/** `npm run test:packages`: the packages as a user gets them, on every Node that is supported. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { integer, parseCommandLine, runProgram, UsageError } from '@glassbox/host/command-line';
import { packPackages } from './installed.ts';
import { supportedNodes } from './runtimes.ts';
import { tryPackages } from './try-packages.ts';
import { Verdicts } from './verdicts.ts';

const help = `
npm run test:packages [-- --node 20,22]

Builds and packs every package that is published, and tries the tarballs in an empty folder, as a user installs them:

  types     a consumer's program with --strict and the options beyond it, by this project's TypeScript and TypeScript 5
  manifests publint and attw (are the types wrong?)
  engines   the examples and the README's program on Node 20, 22, 24 and 26, Bun and Deno: right, without a warning, and
            ended by themselves; errors where the package webgpu or the worker is missing
  pages     in Chromium, if there is one: made by Vite, webpack, esbuild and Rollup, isolated and not, with a strict
            Content-Security-Policy, with their files on another origin as from a CDN, and without their worker
  guide     the programs of docs/test-your-wgsl.md under Jest and Vitest, and its commands for GitHub Actions

npm test does the same with one Node, one compiler and no page. Node, Bun and Deno come from npm once and are kept in
~/.cache/glassbox.

  --node N,N     only these major versions of Node, without Bun and Deno
  --keep         leave the folder, and say where it is
`.trim();

await runProgram(help, async () => {
  const { values, positionals } = parseCommandLine(process.argv.slice(2), {
    node: { type: 'string' },
    keep: { type: 'boolean' },
  });
  if (positionals.length > 0) throw new UsageError('npm run test:packages takes options only');
  const wanted = values.node?.split(',').map((word) => integer('--node', word, 20, 99)) ?? supportedNodes;
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-installed-'));
  const verdicts = new Verdicts();
  try {
    const tarballs = await packPackages(join(folder, 'tarballs'));
    const tries = { nodes: wanted, bunAndDeno: !values.node, pages: true };
    await tryPackages(folder, tarballs, tries, verdicts.say);
  } finally {
    if (values.keep) console.log(`left in ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
  return verdicts.end();
});
