/** `npm run test:packages`: the packages as a user gets them, on every Node that is supported. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { integer, parseCommandLine, runProgram, UsageError } from '@glassbox/host/command-line';
import { chromium } from '../../packages/tensor-core/test/browser/chromium.ts';
import {
  type Compiler,
  installedBytes,
  manifestProblems,
  nodeOf,
  npmInstall,
  ownCompiler,
  packPackages,
  resolutions,
  runProgramWith,
  typeErrors,
  writePrograms,
} from './installed.ts';
import { bundlePage, bundlerNames, loseWorker, titleOf } from './pages.ts';
import { sizeProblems } from './sizes.ts';

const help = `
npm run test:packages [-- --node 20,22]

Builds and packs every package that is published, installs the tarballs into an empty folder, and runs the examples and
the README of glassbox there on Node 20, 22, 24 and 26. It also compiles a consumer's program with --strict and the
options beyond it, by this project's TypeScript and by TypeScript 5, and runs pages that Vite and esbuild make of the
packages in Chromium, if there is one. npm test does the same with one Node, one compiler and no page. Each Node is
fetched once (npm package node) and kept in ~/.cache/glassbox.

  --node N,N     only these major versions
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
    console.log(`${problem ? 'FAILED' : 'ok    '} ${what}${note && `: ${note}`}`);
    if (!problem) return;
    console.log(problem);
    problems++;
  };
  try {
    const { medmnist, images, classifier, ...own } = packPackages(join(folder, 'tarballs'));
    const project = join(folder, 'project');
    npmInstall(project, ...Object.values(own));
    const bytes = installedBytes(project);
    const size = `${(bytes / 1e6).toFixed(2)} MB`;
    say('glassbox installed without peers', bytes < limit ? '' : `more than ${limit} bytes`, size);
    npmInstall(project, medmnist, images, classifier);
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
    for (const [name, tarball] of Object.entries({ medmnist, images, classifier, ...own })) {
      say(`publint and attw, ${name}`, manifestProblems(tools, tarball));
    }

    say('sizes of pages', await sizeProblems(project, chromium));
    if (chromium) {
      npmInstall(project, 'vite@8', 'esbuild@0.28');
      const losses = new Set<string>();
      for (const name of bundlerNames) {
        const page = bundlePage(project, name);
        for (const isolated of [true, false]) {
          const title = await titleOf(page, chromium, isolated);
          const [, loss, threads] = title.match(/^loss (\S+) threads (\d+)$/) ?? [];
          losses.add(loss);
          const well = Number(threads) === (isolated ? 2 : 1) && Number(loss) < 0.3 && losses.size === 1;
          say(`a page of ${name}, ${isolated ? '' : 'not '}isolated`, well ? '' : title, title);
        }
        loseWorker(page);
        const title = await titleOf(page, chromium, true);
        say(`a page of ${name} without its worker`, title.startsWith('error') ? '' : title, title);
      }
    } else console.log('skip   pages: no Chromium was found; name one with CHROMIUM');

    for (const major of wanted) {
      const node = nodeOf(major);
      for (const file of ['train.mjs', 'fit.mjs', 'readme.mjs']) {
        const { status, stdout, stderr } = runProgramWith(node, project, file);
        const right = Number(stdout.match(/([\d.]+) % right/)?.[1] ?? 100);
        const well = status === 0 && stderr === '' && right > 70;
        say(`Node ${major}, ${file}`, well ? '' : `${stdout}${stderr}`, stdout.trim().split('\n').at(-1));
      }
      const { stdout } = runProgramWith(node, project, 'no-dawn.mjs');
      say(`Node ${major}, without webgpu`, stdout.includes('`npm i webgpu`') ? '' : stdout, stdout.trim());
    }
  } finally {
    if (values.keep) console.log(`left in ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
  console.log(problems > 0 ? `${problems} failed` : 'all well');
  return problems > 0 ? 1 : 0;
});
