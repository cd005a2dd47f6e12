/** From what a command leaves in its run folder to the scores, curves and cost of a cell. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchmarkResults, OwnResults, RunResults } from '@glassbox/experiments';
import { inputOf } from '@glassbox/experiments/sweep-parts';
import type { RunKind } from './file.ts';

/** What a cell gave. Everything but times: the same wherever it ran. */
export interface CellScores {
  /** By name, such as `test.auc` or `best.test.auc`. What is not defined is left out. */
  readonly scores: Readonly<Record<string, number>>;
  /** A value for each epoch. */
  readonly curves: Readonly<Record<string, readonly number[]>>;
  readonly cost: {
    /** Of the net; of the largest one of several. */
    readonly parameters?: number;
    /** Of a forward pass of one image: half of its kernels' floating-point operations. */
    readonly multiplications?: number;
  };
}

/** The results of a run; undefined if there are none, or it was interrupted. @throws Error that names a damaged file */
export function readResults(run: string): unknown {
  const path = join(run, 'results.json');
  if (!existsSync(path)) return undefined;
  try {
    const results = JSON.parse(readFileSync(path, 'utf8')) as { readonly complete?: boolean };
    return results.complete === false ? undefined : results;
  } catch (error) {
    throw new Error(
      `${path} cannot be read (${(error as Error).message}); delete it, and run the cell again`,
    );
  }
}

/** Seconds of training that the results know of, those of earlier attempts included. */
export function trainSeconds(kind: RunKind, results: unknown): number {
  if (kind === 'train') return (results as OwnResults).trainSeconds;
  const { cells = [], rows = [] } = results as Partial<BenchmarkResults & RunResults>;
  return [...cells, ...rows].reduce((sum, each) => sum + each.trainSeconds, 0);
}

/** @throws Error if these are no results of such a run */
export async function scoresOf(kind: RunKind, results: unknown): Promise<CellScores> {
  if (kind === 'medmnist') return ofBenchmark(results as BenchmarkResults);
  return kind === 'train' ? ofOwnImages(results as OwnResults) : ofPractical(results as RunResults);
}

/** Numbers of a record, with a name in front of theirs. */
function numbers(
  prefix: string,
  record: object,
  names: Readonly<Record<string, string>>,
): [string, number][] {
  return Object.entries(names).flatMap(([name, short]): [string, number][] => {
    const value = (record as Record<string, unknown>)[name];
    return typeof value === 'number' ? [[`${prefix}${short}`, value]] : [];
  });
}

const scoreNames = { auc: 'auc', accuracy: 'acc' };
const curveNames = {
  trainLoss: 'train.loss',
  valLoss: 'val.loss',
  trainAccuracy: 'train.acc',
  valAccuracy: 'val.acc',
  valAuc: 'val.auc',
} as const;

/** Curves of the names that every epoch has. */
export function curvesOf(
  history: readonly Partial<Record<keyof typeof curveNames, number | null>>[],
  prefix = '',
): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(curveNames).flatMap(([name, short]) => {
      const values = history.flatMap((epoch) => epoch[name as keyof typeof curveNames] ?? []);
      return values.length === history.length && values.length > 0 ? [[`${prefix}${short}`, values]] : [];
    }),
  );
}

async function ofBenchmark({ cells, sets, protocol }: BenchmarkResults): Promise<CellScores> {
  // The compiler is loaded only where a training has ended.
  const { multiplications } = await import('./multiplications.ts');
  const several = cells.length > 1;
  const scores: [string, number][] = [];
  const curves: Record<string, number[]> = {};
  for (const { mode, kept, history } of cells) {
    const prefix = several ? `${mode}.` : '';
    for (const [epoch, { val, test }] of Object.entries(kept)) {
      scores.push(...numbers(`${prefix}${epoch}.val.`, val.scores, scoreNames));
      scores.push(...numbers(`${prefix}${epoch}.test.`, test.scores, scoreNames));
      if (epoch === 'best') scores.push(...numbers(`${prefix}test.`, test.scores, scoreNames));
    }
    Object.assign(curves, curvesOf(history, prefix));
  }
  const [{ form, parameters }] = cells;
  const [{ channels, classes, size }] = sets;
  const about = { channels, imageSize: size, labelNames: classes };
  const { outputs, channels: seen, pixels } = inputOf(about, protocol, protocol.enlargedTo ?? undefined);
  return {
    scores: Object.fromEntries(scores),
    curves,
    cost: {
      parameters,
      multiplications: await multiplications(form, {
        numClasses: outputs,
        inChannels: seen,
        imageSize: pixels,
      }),
    },
  };
}

async function ofOwnImages(results: OwnResults): Promise<CellScores> {
  const { multiplications } = await import('./multiplications.ts');
  const { val, test, history, parameters, net, classes, channels, size } = results;
  return {
    scores: Object.fromEntries([
      ...numbers('val.', val, scoreNames),
      ...numbers('test.', test.scores, scoreNames),
    ]),
    curves: curvesOf(history),
    cost: {
      parameters,
      multiplications: await multiplications(net, {
        numClasses: classes.length,
        inChannels: channels,
        imageSize: size,
      }),
    },
  };
}

function ofPractical({ rows, autoencoders }: RunResults): CellScores {
  const scores = rows.flatMap(({ variant, val, test }) => [
    ...numbers(`${variant}.val.`, val, scoreNames),
    ...numbers(`${variant}.test.`, test, scoreNames),
  ]);
  for (const autoencoder of autoencoders) {
    scores.push(...numbers('autoencoder.test.', autoencoder, { psnr: 'psnr', ssim: 'ssim' }));
  }
  const parameters = rows.flatMap(({ training }) => training.totalParameters ?? []);
  return {
    scores: Object.fromEntries(scores),
    curves: Object.assign({}, ...rows.map(({ variant, history }) => curvesOf(history, `${variant}.`))),
    cost: parameters.length === 0 ? {} : { parameters: Math.max(...parameters) },
  };
}
