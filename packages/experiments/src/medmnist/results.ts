/** What a run of the benchmark gives: kept as results.json, from which everything in the report can be computed. */

import type { ImageSize, SplitName } from '@glassbox/medmnist';
import type { MedmnistIntervals } from '@glassbox/metrics';
import type { LoggedEpoch } from '../report/results.ts';
import type { Cell } from './cells.ts';
import type { Kept, ProtocolName } from './protocol.ts';
import type { PublishedCell } from './published.ts';
import type { KeptScores } from './scores.ts';

/** Predictions of one split by one of the kept epochs. */
export interface KeptSplit {
  /** File of the predictions, in the run's folder. */
  readonly file: string;
  readonly scores: KeptScores;
  /** 95 % bootstrap intervals over the images; of the test split only. */
  readonly intervals?: MedmnistIntervals;
}

/** What a cell gave. */
export interface CellResult extends Cell {
  /** The net in the form that was trained, as `makeNet` knows it. */
  readonly form: string;
  readonly parameters: number;
  readonly trainableParameters: number;
  /** The weights that it began with, in words. */
  readonly start: string;
  /** Empty where nothing is trained. */
  readonly history: readonly LoggedEpoch[];
  /** The epoch with the best validation, from 1; 0 where nothing is trained. */
  readonly bestEpoch: number;
  readonly stopReason: 'limit' | 'patience' | 'none';
  /** Of all epochs, those before a resume included. */
  readonly trainSeconds: number;
  readonly kept: Readonly<Partial<Record<Kept, Readonly<Record<SplitName, KeptSplit>>>>>;
}

/** A set as the report names it. */
export interface SetSummary {
  readonly set: string;
  readonly size: ImageSize;
  readonly file: string;
  readonly md5: string;
  readonly published: boolean;
  /** False for generated images. */
  readonly real: boolean;
  readonly task: string;
  readonly channels: 1 | 3;
  readonly classes: readonly string[];
  /** Images by split, and of each class or finding. */
  readonly counts: Readonly<Record<SplitName, number>>;
  readonly classCounts: Readonly<Record<SplitName, readonly number[]>>;
}

/** One score over the seeds. */
export interface SeedScore {
  /** One for each seed, in their order. Undefined scores are left out. */
  readonly values: readonly number[];
  readonly mean: number;
  /** Sample deviation; 0 for one seed. */
  readonly deviation: number;
  /** 95 % interval of the mean by Student's t; absent for one seed. */
  readonly interval?: readonly [low: number, high: number];
  readonly published?: number;
  /** Whether the published value lies in the interval; absent without either. */
  readonly inside?: boolean;
}

/** A net on a set, by one of the kept epochs, over all seeds. */
export interface Summary extends Omit<Cell, 'id' | 'seed'> {
  readonly kept: Kept;
  readonly seeds: readonly number[];
  /** Absent if no seed defines it. */
  readonly auc?: SeedScore;
  readonly accuracy: SeedScore;
  readonly meanRecall?: SeedScore;
  readonly calibrationError: SeedScore;
  readonly publishedIn?: PublishedCell['source'];
}

/** Everything that the report shows, but for figures. */
export interface BenchmarkResults {
  readonly kind: 'medmnist';
  /** Of this form. */
  readonly version: 1;
  readonly startedAt: string;
  /** Of the process that wrote this. */
  readonly durationSeconds: number;
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly device: string;
  readonly adapter: string;
  readonly protocol: {
    readonly name: ProtocolName;
    readonly epochs: number;
    readonly enlargedTo: number | null;
    readonly words: readonly (readonly [choice: string, value: string])[];
  };
  readonly sets: readonly SetSummary[];
  readonly cells: readonly CellResult[];
  readonly summaries: readonly Summary[];
  readonly warnings: readonly string[];
  /** False if the run was interrupted. */
  readonly complete: boolean;
}
