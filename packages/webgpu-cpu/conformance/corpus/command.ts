/** `npm run conformance -- corpus`: what becomes of WGSL that others wrote. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkModule, compileKernel, WgslError } from '@glassbox/wgsl-wasm';
import { installNavigatorGpu } from '../../../../benchmarks/src/peers/workers/navigator-gpu.ts';
import { type Module, modulesIn } from './modules.ts';
import { repositories } from './repositories.ts';

export const corpusHelp = `
npm run conformance -- corpus [--corpus DIR] [--verbose] [REPOSITORY ...]

Compiles the WGSL of public repositories, each at one commit, and asks Dawn whether each module is valid WGSL.

  --corpus DIR   checkouts, each in DIR/OWNER+NAME; without it they are cloned from GitHub, once, into
                 packages/webgpu-cpu/conformance/.corpus
  --verbose      each module that was refused or is not valid, with the reason
  REPOSITORY     OWNER/NAME of the list (default all): ${Object.keys(repositories).join(', ')}
  --help

Exit status: 0 no module shows a fault of the compiler, 1 one does, 2 the command line is wrong.
`.trim();

/**
 * `compiles`: all of its compute shaders; `checked`: valid, without a compute shader; `refused`: by the name of what is
 * not translated; `invalid`: no valid WGSL, and Dawn agrees; `fault`: anything else.
 */
const verdicts = ['compiles', 'checked', 'refused', 'invalid', 'fault'] as const;
interface Verdict {
  readonly verdict: (typeof verdicts)[number];
  readonly reason: string;
}

function readArguments(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        corpus: { type: 'string' },
        verbose: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    });
    const unknown = positionals.find((name) => !repositories[name]);
    if (unknown !== undefined)
      throw new Error(`'${unknown}' is none of ${Object.keys(repositories).join(', ')}`);
    return { values, names: positionals };
  } catch (error) {
    console.error(`${(error as Error).message.replace(/\. To specify.*/s, '.')}\nTry --help.`);
    return process.exit(2);
  }
}

/** Runs the command. @returns the exit status */
export async function compileCorpus(args: readonly string[]): Promise<number> {
  const { values, names } = readArguments(args);
  if (values.help) {
    console.log(corpusHelp);
    return 0;
  }
  const isValid = await openDawn();
  const reasons = new Map<string, number>();
  const faults: string[] = [];
  const rows: string[] = [];
  const total = new Map<string, number>();
  for (const name of names.length > 0 ? names : Object.keys(repositories)) {
    const modules = modulesIn(checkout(name, values.corpus));
    const counts = new Map<string, number>();
    for (const module of modules) {
      const { verdict, reason } = await judge(module, isValid);
      for (const all of [counts, total]) all.set(verdict, (all.get(verdict) ?? 0) + 1);
      if (verdict === 'refused') reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      if (verdict === 'fault') faults.push(`${name} ${module.name}: ${reason}`);
      else if (values.verbose && reason) console.log(`${name} ${module.name}: ${verdict}: ${reason}`);
    }
    rows.push(rowOf(name, modules.length, counts));
  }
  console.log(
    `\n| repository | modules | ${verdicts.join(' | ')} |\n| --- |${' ---: |'.repeat(1 + verdicts.length)}`,
  );
  console.log(rows.join('\n'));
  console.log(
    rowOf(
      'all',
      [...total.values()].reduce((a, b) => a + b, 0),
      total,
    ),
  );
  console.log('\nRefused because of');
  for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1]))
    console.log(`${String(count).padStart(8)}  ${reason}`);
  if (faults.length > 0) console.log(`\nFaults\n${faults.join('\n')}`);
  return faults.length > 0 ? 1 : 0;
}

const rowOf = (name: string, modules: number, counts: ReadonlyMap<string, number>): string =>
  `| ${[name, modules, ...verdicts.map((verdict) => counts.get(verdict) ?? 0)].join(' | ')} |`;

/** Its folder, which is cloned if it must be. */
function checkout(name: string, corpus: string | undefined): string {
  const folder = join(corpus ?? join(import.meta.dirname, '..', '.corpus'), name.replace('/', '+'));
  if (existsSync(folder)) return folder;
  if (corpus !== undefined) {
    console.error(`${corpus} has no folder ${name.replace('/', '+')}: put a checkout of ${name} there`);
    return process.exit(2);
  }
  mkdirSync(folder, { recursive: true });
  const url = `https://github.com/${name}`;
  console.error(`Fetching ${url}…`);
  for (const command of [
    ['init', '--quiet'],
    ['fetch', '--quiet', '--depth', '1', url, repositories[name]],
    ['-c', 'advice.detachedHead=false', 'checkout', '--quiet', 'FETCH_HEAD'],
  ]) {
    const done = spawnSync('git', command, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
    if (done.status === 0) continue;
    console.error(`git could not fetch ${url}: it says why above. Delete ${folder} and try again.`);
    process.exit(1);
  }
  return folder;
}

/** Whether Dawn takes a module; null if it cannot be asked. */
type Judge = (code: string) => Promise<boolean | null>;

async function openDawn(): Promise<Judge> {
  installNavigatorGpu('software');
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) {
    console.error('There is no adapter for Dawn here: modules that are not valid are not judged by it.');
    return async () => null;
  }
  const half = adapter.features.has('shader-f16');
  const device = await adapter.requestDevice({ requiredFeatures: half ? ['shader-f16'] : [] });
  return async (code) => {
    if (!half && /\benable\b[^;]*\bf16\b/.test(code)) return null;
    device.pushErrorScope('validation');
    device.createShaderModule({ code });
    return (await device.popErrorScope()) === null;
  };
}

async function judge({ code }: Module, isValid: Judge): Promise<Verdict> {
  const ours = compiled(code);
  if (ours.verdict === 'refused' || ours.verdict === 'fault') return ours;
  const dawn = await isValid(code);
  if (dawn === null || dawn === (ours.verdict !== 'invalid')) return ours;
  const what = dawn ? `Dawn takes it, and here: ${ours.reason}` : 'Dawn refuses it, and it is valid here';
  return { verdict: 'fault', reason: what };
}

function compiled(code: string): Verdict {
  let entryPoints: readonly { readonly name: string }[];
  try {
    ({ entryPoints } = checkModule(code, { extensions: ['f16'] }));
  } catch (error) {
    if (!(error instanceof WgslError)) return { verdict: 'fault', reason: String(error) };
    return { verdict: error.kind === 'subset' ? 'refused' : 'invalid', reason: withoutPlace(error.message) };
  }
  for (const { name } of entryPoints) {
    try {
      compileKernel(code, { entryPoint: name, robust: true });
    } catch (error) {
      // Its value comes with a pipeline.
      if (error instanceof WgslError && error.kind === 'override') continue;
      const { message } = error as Error;
      // The back end refuses with a plain error that starts with the place.
      const refused = (error instanceof WgslError && error.kind === 'subset') || /^\d+:\d+: /.test(message);
      return { verdict: refused ? 'refused' : 'fault', reason: withoutPlace(message) };
    }
  }
  return { verdict: entryPoints.length > 0 ? 'compiles' : 'checked', reason: '' };
}

const withoutPlace = (message: string): string =>
  message
    .split('\n')[0]
    .replace(/^\d+:\d+: /, '')
    .replace(/^(unsupported|error): /, '');
