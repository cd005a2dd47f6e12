import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { phantomDataset, saveDataset } from '@glassbox/medmnist';
import { parseSafetensors } from '@glassbox/nn';
import { expect } from 'vitest';
import { scalarsOf } from '../../../logs/test/reader.ts';
import type { RunResults } from '../../src/report/index.ts';

/** The program under test. */
export const cli = join(import.meta.dirname, '../../src/cli/practical.ts');

/** A temporary folder and what removes it. */
export function workFolder(): { work: string; remove: () => void } {
  const work = mkdtempSync(join(tmpdir(), 'glassbox-practical-'));
  return { work, remove: () => rmSync(work, { recursive: true, force: true }) };
}

/** Training images of small data sets: the fewest of which the few labels are a part. */
const fewLabelsAndMore = { chest: 320, pneumonia: 160 };

/** Writes both data sets, small ones. @returns the flags that name them. */
export async function smallData(folder: string, train = fewLabelsAndMore): Promise<string[]> {
  const chest = join(folder, 'chest.npz');
  const pneumonia = join(folder, 'pneumonia.npz');
  await saveDataset(
    chest,
    phantomDataset({ domain: 'chest', counts: { train: train.chest, val: 60, test: 40 }, seed: 3 }),
  );
  await saveDataset(
    pneumonia,
    phantomDataset({ domain: 'pneumonia', counts: { train: train.pneumonia, val: 60, test: 40 }, seed: 3 }),
  );
  return ['--chest', chest, '--pneumonia', pneumonia];
}

/** Where no server listens: no test asks the network for data. */
const nowhere = 'http://127.0.0.1:9';

/** Runs the practical to its end. */
export function practical(...args: string[]) {
  return practicalWith({}, ...args);
}

/** Runs it with further environment variables. */
export function practicalWith(env: Readonly<Record<string, string>>, ...args: string[]) {
  return spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    timeout: 280_000,
    env: { ...process.env, MEDMNIST_MIRROR: nowhere, ...env },
  });
}

/** A run's results as they lie in its folder. */
export function resultsOf(folder: string): RunResults {
  return JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as RunResults;
}

/** Reads every file of a run folder that has a format. @throws Error that names a torn one. */
export function expectWholeFiles(folder: string): number {
  let read = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    try {
      if (entry.name.endsWith('.json')) JSON.parse(readFileSync(path, 'utf8'));
      else if (entry.name.endsWith('.safetensors')) parseSafetensors(readFileSync(path), path);
      else continue;
      read++;
    } catch (error) {
      throw new Error(`${path} is torn: ${(error as Error).message}`);
    }
  }
  return read;
}

/** Every epoch stands once in each form of the metrics, and is that of the results. */
export function expectSameMetrics(folder: string): void {
  const rowsOf = (name: string) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
  const records = rowsOf('metrics.jsonl').map((line) => JSON.parse(line));
  const inTable = rowsOf('metrics.csv')
    .slice(1)
    .map((line) => line.split(','));
  expect(inTable.map(([training, epoch, loss]) => [training, Number(epoch), Number(loss)])).toEqual(
    records.map(({ training, epoch, trainLoss }) => [training, epoch, trainLoss]),
  );
  const histories = resultsOf(folder).rows.flatMap(({ history }) =>
    history.map(({ trainLoss }) => trainLoss),
  );
  expect(records.map(({ trainLoss }) => trainLoss)).toEqual(histories);
  for (const training of new Set(records.map(({ training }) => training as string))) {
    const own = records.filter((record) => record.training === training);
    expect(own.map(({ epoch }) => epoch)).toEqual(own.map((_, i) => i + 1));
    const shown = scalarsOf(join(folder, 'tensorboard', training)) as { step: number; trainLoss: number }[];
    expect(shown.map(({ step, trainLoss }) => [step, trainLoss])).toEqual(
      own.map(({ epoch, trainLoss }) => [epoch, Math.fround(trainLoss)]),
    );
  }
}

/** Random numbers in [0, 1) that a seed repeats: GLASSBOX_SEED, else 1, or any under GLASSBOX_SOAK. */
export function seededRandom(): { seed: number; next: () => number } {
  const wanted = Number(process.env.GLASSBOX_SEED ?? Number.NaN);
  const any = process.env.GLASSBOX_SOAK ? Math.floor(Math.random() * 2 ** 31) : 1;
  const seed = Number.isInteger(wanted) ? wanted : any;
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, next };
}
