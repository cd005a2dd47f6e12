/** A training that can go to any of its steps again. */
import { bytesOf, type TrainingState } from './state.ts';
import type { Training } from './training.ts';

/** Steps between two checkpoints, as long as there is room for all of them. */
export const checkpointEvery = 25;
/** Checkpoints that a training keeps, and bytes that they may take: then every other one goes. */
export const room = { checkpoints: 512, bytes: 64 * 2 ** 20 };

/**
 * States of a training, evenly spaced: every 25 steps, and every 50, 100, … where there would be too many. So going to
 * a step repeats at most 25 steps of a training of up to 12,800 steps, and 200 of one of 100,000 (of small nets; the
 * largest net of the playground with Adam has room for about 50 states).
 */
export class Checkpoints {
  readonly #states = new Map<number, TrainingState>();
  readonly #first: number;
  #every = checkpointEvery;

  /** @param first the step that the training begins at. */
  constructor(first: number) {
    this.#first = first;
  }

  /** Steps of which there is a state, rising. */
  get steps(): number[] {
    return [...this.#states.keys()].sort((a, b) => a - b);
  }

  get(step: number): TrainingState | undefined {
    return this.#states.get(step);
  }

  /** True if this step's state should be added. */
  wants(step: number): boolean {
    return this.#isPlace(step) && !this.#states.has(step);
  }

  add(state: TrainingState): void {
    this.#states.set(state.steps, state);
    const most = Math.max(2, Math.min(room.checkpoints, Math.floor(room.bytes / bytesOf(state))));
    while (this.#states.size > most) {
      this.#every *= 2;
      for (const step of this.#states.keys()) if (!this.#isPlace(step)) this.#states.delete(step);
    }
  }

  /** The last state at or before a step. */
  before(step: number): TrainingState {
    const nearest = this.steps.findLast((each) => each <= step) ?? this.#first;
    return this.#states.get(nearest)!;
  }

  #isPlace(step: number): boolean {
    return (step - this.#first) % this.#every === 0;
  }
}

/** What is kept of a training over a reload. */
export interface KeptTimeline {
  readonly losses: Float32Array;
  readonly checkpoints: readonly TrainingState[];
}

/** A step gave another loss than the first time. */
export class NotRepeated extends Error {
  override readonly name = 'NotRepeated';
}

export class Timeline {
  readonly training: Training;
  /** The step that it begins at. */
  readonly first: number;
  readonly #losses: number[] = [];
  readonly #checkpoints: Checkpoints;

  private constructor(training: Training) {
    this.training = training;
    this.first = training.steps;
    this.#checkpoints = new Checkpoints(this.first);
  }

  /** Of a training as it stands. */
  static async of(training: Training): Promise<Timeline> {
    const timeline = new Timeline(training);
    timeline.#checkpoints.add(await training.state());
    return timeline;
  }

  /** The step that the training stands at. */
  get at(): number {
    return this.training.steps;
  }

  /** The furthest step that it has been at. */
  get last(): number {
    return this.first + this.#losses.length;
  }

  /** Losses of the steps after `first`, as far as it has been. */
  get losses(): readonly number[] {
    return this.#losses;
  }

  /**
   * Does the next step, for the first time or again.
   * @throws NotRepeated if it gives another loss than the first time.
   */
  async step(): Promise<void> {
    const { training } = this;
    const loss = await training.step();
    const index = training.steps - this.first - 1;
    if (index === this.#losses.length) this.#losses.push(loss);
    else if (!Object.is(this.#losses[index], loss)) {
      throw new NotRepeated(
        `step ${training.steps} gave the loss ${loss} now and ${this.#losses[index]} before; ` +
          'this device does not repeat its results',
      );
    }
    if (this.#checkpoints.wants(training.steps)) this.#checkpoints.add(await training.state());
  }

  /** Goes to the checkpoint from which the fewest steps lead to `step`, or stays if that is here. */
  approach(step: number): void {
    const state = this.#checkpoints.before(step);
    if (this.at <= step && this.at >= state.steps) return;
    this.training.restore(state);
  }

  /** Goes to a step from `first` on, one that it has been at or a later one. */
  async goTo(step: number): Promise<void> {
    this.approach(step);
    while (this.at < step) await this.step();
  }

  /** What to keep: the losses, and checkpoints at even distances, with the last one, in about so many bytes. */
  keep(bytes: number): KeptTimeline {
    const all = this.#checkpoints.steps.map((step) => this.#checkpoints.get(step)!);
    const most = Math.max(1, Math.floor(bytes / bytesOf(all[0])));
    const every = 2 ** Math.max(0, Math.ceil(Math.log2(all.length / most)));
    const checkpoints = all.filter((_, index) => index % every === 0 || index === all.length - 1);
    return { losses: Float32Array.from(this.#losses), checkpoints };
  }

  /**
   * Takes over what was kept of the same training, up to so many steps. It stands at the last checkpoint before that,
   * so that the next steps show whether this device repeats what was kept.
   */
  takeOver({ losses, checkpoints }: KeptTimeline, steps: number): void {
    this.#losses.splice(0, this.#losses.length, ...losses.subarray(0, steps - this.first));
    for (const state of checkpoints) {
      if (state.steps <= steps && this.#checkpoints.wants(state.steps)) this.#checkpoints.add(state);
    }
    this.training.restore(this.#checkpoints.before(Math.max(this.first, this.last - 1)));
  }

  dispose(): void {
    this.training.dispose();
  }
}
