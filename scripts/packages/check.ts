/** `npm run test:packages`: the packages as a user gets them, on every Node that is supported. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { integer, parseCommandLine, runProgram, UsageError } from '@glassbox/host/command-line';
import { checkEngine } from './check-engines.ts';
import { checkPages } from './check-pages.ts';
import {
  type Compiler,
  installedBytes,
  manifestProblems,
  npmInstall,
  ownCompiler,
  packPackages,
  resolutions,
  typeErrors,
} from './installed.ts';
import { writePrograms } from './programs.ts';
import { nodeOf, otherEngines, runWith } from './runtimes.ts';

const help = `
npm run test:packages [-- --node 20,22]

Builds and packs every package that is published, and tries the tarballs in an empty folder, as a user installs them:

  types     a consumer's program with --strict and the options beyond it, by this project's TypeScript and TypeScript 5
  manifests publint and attw (are the types wrong?)
  engines   the examples and the README's program on Node 20, 22, 24 and 26, Bun and Deno: right, without a warning, and
            ended by themselves; errors where the package webgpu or the worker is missing
  pages     in Chromium, if there is one: made by Vite, webpack, esbuild and Rollup, isolated and not, with a strict
            Content-Security-Policy, with their files on another origin as from a CDN, and without their worker

npm test does the same with one Node, one compiler and no page. Node, Bun and Deno come from npm once and are kept in
~/.cache/glassbox.

  --node N,N     only these major versions of Node, without Bun and Deno
  --keep         leave the folder, and say where it is
`.trim();

const nodes = [20, 22, 24, 26];
const limit = 3_000_000;

await runProgram(help, async () => {
  const { values, positionals } = parseCommandLine(process.argv.slice(2), {
    node: { type: 'string' },
    keep: { type: 'boolean' },
  });
  if (positionals.length > 0) throw new UsageError('npm run test:packages takes options only');
  const wanted = values.node?.split(',').map((word) => integer('--node', word, 20, 99)) ?? nodes;
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-installed-'));
  let problems = 0;
  const say = (what: string, problem: string, note = '') => {
    const short = note.replace(/\s+/g, ' ').slice(0, 140);
    console.log(`${problem ? 'FAILED' : 'ok    '} ${what}${short && `: ${short}`}`);
    if (!problem) return;
    console.log(problem);
    problems++;
  };
  try {
    const { medmnist, ...own } = packPackages(join(folder, 'tarballs'));
    const project = join(folder, 'project');
    npmInstall(project, ...Object.values(own));
    const bytes = installedBytes(project);
    const size = `${(bytes / 1e6).toFixed(2)} MB`;
    say('glassbox installed without peers', bytes < limit ? '' : `more than ${limit} bytes`, size);
    npmInstall(project, medmnist);
    writePrograms(project);

    const tools = join(folder, 'tools');
    npmInstall(tools, 'typescript@5');
    const compilers: Record<string, Compiler> = {
      "this project's TypeScript": ownCompiler,
      'TypeScript 5': [process.execPath, join(tools, 'node_modules', 'typescript', 'bin', 'tsc')],
    };
    for (const [name, compiler] of Object.entries(compilers)) {
      for (const resolution of resolutions) {
        say(`${name}, ${resolution}`, typeErrors(project, resolution, compiler));
      }
    }

    npmInstall(tools, 'publint@0.3', '@arethetypeswrong/cli@0.18');
    for (const [name, tarball] of Object.entries({ medmnist, ...own })) {
      say(`publint and attw, ${name}`, manifestProblems(tools, tarball));
    }

    const ownNode = { name: 'Node', command: [process.execPath] } as const;
    const expected = runWith(ownNode, project, 'threads.mjs').stdout.trim();
    say('a training', /^loss 0\.\d+ threads 2$/.test(expected) ? '' : expected, expected);
    for (const major of wanted) checkEngine(nodeOf(major), project, expected, say);
    if (!values.node) for (const engine of otherEngines()) checkEngine(engine, project, expected, say);
    else console.log('skip   Bun and Deno: --node names versions of Node');
    await checkPages(project, expected, say);
  } finally {
    if (values.keep) console.log(`left in ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
  console.log(problems > 0 ? `${problems} failed` : 'all well');
  return problems > 0 ? 1 : 0;
});
