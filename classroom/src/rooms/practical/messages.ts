/** What the page and the practical's Worker tell each other. */
import type { Budget, LayerChange, TaskId } from '@glassbox/experiments/page';
import type { DeviceWish } from '../../worker/messages.ts';

/** What somebody wants to run. */
export interface Choice {
  readonly tasks: readonly TaskId[];
  readonly budget: Budget;
  /** Number of seeds. */
  readonly seeds: number;
}

/** Dropped files; a set without one is drawn. */
export interface DroppedFiles {
  readonly chest?: File;
  readonly pneumonia?: File;
}

/** A data set that may be used. */
export interface FoundData {
  readonly target: 'chest' | 'pneumonia';
  readonly file: string;
  readonly real: boolean;
  /** Whether somebody dropped it: phantoms can be drawn again, a file may have to be given again. */
  readonly dropped: boolean;
  /** Images to train with, to validate, to test; and without labels. */
  readonly images: {
    readonly train: number;
    readonly val: number;
    readonly test: number;
    readonly unlabelled: number;
  };
}

/** One training of a run. */
export interface TrainingView {
  /** As its files are called. */
  readonly id: string;
  readonly task: TaskId;
  readonly name: string;
  readonly seed: number;
  state: 'waiting' | 'running' | 'done';
  /** Epochs at most, over all phases, and those that are done. */
  readonly limit: number;
  epochs: number;
  /** Time left in words, about; undefined while nobody knows. */
  left?: string;
  /** The phase that runs or ran last: what it is called, its place from 0 (-1: none yet), and epochs before it. */
  phase: string;
  place: number;
  before: number;
  /** Each layer against the beginning of that phase. */
  layers: readonly LayerChange[];
  trainLoss: number[];
  valLoss: number[];
  /** On the test images. */
  result?:
    | { readonly auc: number; readonly accuracy: number }
    | { readonly psnr: number; readonly ssim: number };
}

/** A latent space that was looked at. */
export interface SpaceView {
  readonly id: string;
  readonly target: 'chest' | 'pneumonia';
  readonly title: string;
  readonly silhouette: number;
  readonly knn: number;
}

/** A figure that is ready: its picture is fetched by name. */
export interface FigureView {
  readonly id: string;
  /** Undefined: it shows more than one task. */
  readonly task?: TaskId;
  readonly title: string;
  readonly alt: string;
  /** When it was drawn, in ms since 1970: later ones show more. */
  readonly drawing: number;
}

/** Where a run is. */
export type Stage =
  /** Nothing has begun. */
  | 'empty'
  | 'opening'
  | 'running'
  | 'pausing'
  | 'paused'
  /** All trained: latent spaces, figures, report. */
  | 'reporting'
  | 'done';

/** All that the page shows of a run. */
export interface RunView {
  stage: Stage;
  choice: Choice;
  data: readonly FoundData[];
  trainings: TrainingView[];
  /** Latent spaces that there will be. */
  spaceCount: number;
  spaces: SpaceView[];
  figures: FigureView[];
  /** Time until the end in words, about. */
  left?: string;
  /** The device that the run began on, in words. */
  device: string;
}

/** What went wrong; what was finished is kept. */
export type Trouble =
  /** The same file has to be given again. */
  | { readonly kind: 'fileMissing'; readonly file: string }
  /** Another file than the run began with. */
  | { readonly kind: 'otherFile'; readonly file: string }
  | { readonly kind: 'storageFull' }
  | { readonly kind: 'notKept'; readonly file: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** How the page keeps a run. */
export interface Keeping {
  /** False: in memory only, for this reason; a reload loses it. */
  readonly lasts: boolean;
  readonly reason?: string;
}

/** What was found when the room was opened. */
export interface Opened {
  readonly keeping: Keeping;
  readonly view: RunView | undefined;
}

/** What the Worker tells, as often as the page can draw. */
export interface News {
  readonly view?: RunView;
  readonly trouble?: Trouble;
}

/** What the page calls. */
export interface PracticalApi {
  /**
   * Finds out what is kept here.
   * @returns undefined where another tab has the run
   */
  open(tell: (news: News) => void): Promise<Opened | undefined>;
  /** Reads files and says what they hold. @throws Error that says what is wrong with one */
  look(files: DroppedFiles): Promise<readonly FoundData[]>;
  /** About how long a run takes in this page, in words. */
  estimate(choice: Choice, device: DeviceWish): Promise<string>;
  /** Begins a run with the files that were looked at, in place of a kept one. */
  start(choice: Choice, device: DeviceWish): Promise<void>;
  /** Goes on. */
  resume(): Promise<void>;
  /** Stops after the running step. */
  pause(): void;
  /** Removes the run. */
  discard(): Promise<void>;
  /** A file of the run, such as `results.json`. */
  file(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Report, answers, figures and numbers in one zip. */
  zip(): Promise<Uint8Array<ArrayBuffer>>;
}
