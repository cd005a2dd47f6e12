/** The part of `npm run test:packages` that runs programs by Node, Bun and Deno. */
import { agrees, computedBy } from './check-webgpu-cpu.ts';
import { type Engine, runWith } from './runtimes.ts';
import type { Say } from './verdicts.ts';

/** What programs say in Node: every engine has to say the same. */
export interface Expected {
  /** threads.mjs. */
  readonly trained: string;
  /** printing.mjs. */
  readonly printed: string;
  /** computing.mjs: of the first engine, and of the first that rounds otherwise (`agrees`). */
  readonly computed: string[];
}

export function checkEngine(engine: Engine, project: string, expected: Expected, say: Say): void {
  /** Runs a program, which has to end by itself without a word of warning, and judges what it prints. */
  const check = (what: string, file: string, isRight: (stdout: string) => boolean) => {
    const { status, stdout, stderr } = runWith(engine, project, file);
    const well = status === 0 && stderr === '' && isRight(stdout);
    say(
      `${engine.name}, ${what}`,
      well ? '' : `${stdout}${stderr}`,
      stdout.match(/[^\n]*% right/)?.[0] ?? stdout.trim(),
    );
  };
  const learns = (stdout: string) => Number(stdout.match(/([\d.]+) % right/)?.[1]) > 70;
  check('train.mjs', 'train.mjs', learns);
  check('fit.mjs', 'fit.mjs', learns);
  check('readme.mjs', 'readme.mjs', solvesXor);
  check('two threads', 'threads.mjs', (stdout) => stdout.trim() === expected.trained);
  const computed = computedBy(engine, project);
  say(
    `${engine.name}, webgpu-cpu on one thread and two`,
    agrees(computed, expected.computed) ? '' : computed,
    computed,
  );
  check('printing', 'printing.mjs', (stdout) => stdout === expected.printed);
  check('unused memory', 'garbage.mjs', (stdout) => stdout.trim() === 'freed');
  check('a checkpoint', 'files.mjs', (stdout) => stdout.trim() === 'the same');
  check('without webgpu', 'no-dawn.mjs', (stdout) => /^DeviceError: .*`npm i webgpu`/.test(stdout));
  check('without the worker', 'no-worker.mjs', (stdout) => /did not start \(there is no file/.test(stdout));
}

/** Whether the program of the README prints logits with the right class for each of four points. */
export function solvesXor(stdout: string): boolean {
  const logits = [...stdout.matchAll(/-?\d+\.\d+/g)].map(Number);
  return [0, 1, 1, 0].every((wanted, row) => Number(logits[2 * row + 1] > logits[2 * row]) === wanted);
}
