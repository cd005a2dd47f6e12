import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { Device } from '../../src/device/device.ts';

/**
 * With `GLASSBOX_COVERAGE=FILE` in the environment, tests note what they ran and how far it was from its oracle:
 * `npm run coverage:ops` makes the table in docs/coverage.md of it. Without, nothing here costs anything.
 */
const file = process.env.GLASSBOX_COVERAGE;

/** One line of the notes. */
export interface Observation {
  readonly kind: 'kernel' | 'op';
  /** A kernel's name, or an op's exported name. */
  readonly name: string;
  /** What was compared: a kernel's output, an op's value, an op's gradient. */
  readonly what: 'output' | 'value' | 'gradient';
  /** Kind of device. */
  readonly device: string;
  /** Test file, relative to the workspace's root. */
  readonly test: string;
  /** Comparisons. */
  readonly count: number;
  /** Largest error divided by the largest value of the oracle; null if only bits were compared or none was. */
  readonly worst: number | null;
}

interface Source {
  readonly kind: 'kernel' | 'op';
  readonly names: readonly string[];
  readonly what: Observation['what'];
  readonly device: string;
}

const sources = new WeakMap<object, Source>();
const notes = new Map<
  string,
  { observation: Omit<Observation, 'count' | 'worst'>; count: number; worst: number }
>();

if (file) {
  afterAll(() => {
    const lines = [...notes.values()].map(({ observation, count, worst }) => {
      const line: Observation = { ...observation, count, worst: worst < 0 ? null : worst };
      return `${JSON.stringify(line)}\n`;
    });
    appendFileSync(file, lines.join(''));
    notes.clear();
  });
}

/** Remembers which kernels, run on which device, an array came from. */
export function fromKernels<T extends object>(result: T, device: Device, names: readonly string[]): T {
  if (file) {
    const source: Source = { kind: 'kernel', names, what: 'output', device: device.info.kind };
    sources.set(result, source);
    note(source, -1);
  }
  return result;
}

/** Remembers that an array is an op's value or gradient. */
export function fromOp<T extends object>(
  result: T,
  device: Device,
  name: string,
  what: 'value' | 'gradient',
): T {
  if (file) sources.set(result, { kind: 'op', names: [name], what, device: device.info.kind });
  return result;
}

/** Says that `copy` holds values of `original`. */
export function sameSource<T extends object>(copy: T, original: object): T {
  const source = sources.get(original);
  if (source) sources.set(copy, source);
  return copy;
}

/** Notes a comparison of an array with its oracle. */
export function observe(actual: ArrayLike<number>, expected: ArrayLike<number>, scale: number): void {
  const source = sources.get(actual as unknown as object);
  if (!source) return;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
  note(source, worst / scale);
}

function note({ kind, names, what, device }: Source, worst: number): void {
  const test = relative(process.cwd(), expect.getState().testPath ?? '').replaceAll('\\', '/');
  for (const name of names) {
    const key = `${kind} ${name} ${what} ${device} ${test}`;
    const known = notes.get(key) ?? { observation: { kind, name, what, device, test }, count: 0, worst: -1 };
    if (worst >= 0) known.count++;
    known.worst = Math.max(known.worst, worst);
    notes.set(key, known);
  }
}
