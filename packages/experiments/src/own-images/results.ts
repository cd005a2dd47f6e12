/** What a training on own images gives: kept as results.json. */
import type { NetName } from '@glassbox/classifier';
import type { EvaluatedClasses, MulticlassMetrics } from '@glassbox/metrics';
import type { StopReason } from '@glassbox/nn';
import type { LoggedEpoch } from '../report/results.ts';
import type { Augmentation } from './augment.ts';
import type { SplitName } from './find.ts';

/** The data as the report names them. */
export interface DataSummary {
  /** The last name of the folder or table. */
  readonly name: string;
  /** SHA-256 over names, labels, splits and pixels of all images. */
  readonly sha256: string;
  /** Images by split, then by class. */
  readonly counts: Readonly<Record<SplitName, readonly number[]>>;
  /** Splits that were drawn by the seed; the others are the data's own. */
  readonly drawn: readonly SplitName[];
  /** True if images of one group stay together. */
  readonly grouped: boolean;
  /** Files left aside because they are no pictures by their names, and those that cannot be read. */
  readonly others: number;
  readonly unreadable: readonly string[];
}

/** What the net said of one test image. */
export interface TestAnswer {
  /** Path from the folder of images. */
  readonly name: string;
  /** Number of its class. */
  readonly label: number;
  /** The net's outputs, seven significant digits. */
  readonly logits: readonly number[];
}

/** Everything that the report shows, but for the pictures. */
export interface OwnResults {
  readonly kind: 'own-images';
  readonly startedAt: string;
  /** Of the process that finished the run. */
  readonly durationSeconds: number;
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly device: string;
  readonly adapter: string;
  readonly net: NetName;
  readonly parameters: number;
  readonly classes: readonly string[];
  readonly size: number;
  readonly channels: 1 | 3;
  readonly seed: number;
  readonly training: {
    readonly optimizer: string;
    readonly learningRate: number;
    readonly batchSize: number;
    readonly epochLimit: number;
    readonly patience: number;
    readonly classWeights: 'none' | 'balanced';
    readonly augment: readonly Augmentation[];
  };
  readonly data: DataSummary;
  readonly history: readonly LoggedEpoch[];
  readonly bestEpoch: number;
  readonly stopReason: StopReason;
  /** Of all epochs, those before a resume included. */
  readonly trainSeconds: number;
  readonly val: MulticlassMetrics;
  readonly test: EvaluatedClasses;
  readonly answers: readonly TestAnswer[];
  readonly warnings: readonly string[];
}

/** A wrong answer. */
export interface WrongAnswer {
  /** Place among the answers. */
  readonly index: number;
  readonly name: string;
  readonly label: number;
  readonly answer: number;
  /** Probability of the answer, and of what is right. */
  readonly sure: number;
  readonly right: number;
}

/** All wrong answers of the test images, the most confident first. */
export function wrongAnswers({ answers }: Pick<OwnResults, 'answers'>): WrongAnswer[] {
  const wrong = answers.flatMap(({ name, label, logits }, index) => {
    const largest = Math.max(...logits);
    const answer = logits.indexOf(largest);
    if (answer === label) return [];
    const sum = logits.reduce((total, z) => total + Math.exp(z - largest), 0);
    const right = Math.exp(logits[label] - largest) / sum;
    return [{ index, name, label, answer, sure: 1 / sum, right, margin: largest - logits[label] }];
  });
  // Sorted by logits: probabilities of confident nets round to 1 and tie.
  wrong.sort((a, b) => b.margin - a.margin || a.index - b.index);
  return wrong.map(({ margin: _, ...one }) => one);
}
