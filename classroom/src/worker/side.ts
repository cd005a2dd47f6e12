/** One run as the page follows it: its training, and what the page has been told of it. */
import { type KeptTimeline, Timeline } from '../playground/timeline.ts';
import type { Training } from '../playground/training.ts';
import type { Scored, SideNews, Tested } from './messages.ts';

/** Steps between two points of the curve of accuracy. */
const scoreEvery = 20;

/** What is kept of a run over a reload. */
export interface KeptSide extends KeptTimeline {
  readonly scores: readonly Scored[];
}

export class Side {
  readonly timeline: Timeline;
  #scores: Scored[] = [];
  #test: Tested | undefined;
  #sent = { losses: 0, scores: 0, test: -1 };

  private constructor(timeline: Timeline) {
    this.timeline = timeline;
  }

  static async of(training: Training): Promise<Side> {
    const side = new Side(await Timeline.of(training));
    await side.#score();
    return side;
  }

  get at(): number {
    return this.timeline.at;
  }

  async step(): Promise<void> {
    await this.timeline.step();
    if (this.at % scoreEvery === 0) await this.#score();
  }

  /** Measures the test images where the run stands, unless that is what was measured last. */
  async test(): Promise<Tested> {
    if (this.#test?.step !== this.at) {
      const { accuracy, logOdds } = await this.timeline.training.test();
      this.#test = { step: this.at, accuracy, logOdds };
    }
    return this.#test;
  }

  async #score(): Promise<void> {
    const { step, accuracy } = await this.test();
    if (step > (this.#scores.at(-1)?.step ?? -1)) this.#scores.push({ step, accuracy });
  }

  /** What is new since the last call. */
  news(): SideNews {
    const { losses, last } = this.timeline;
    const sent = this.#sent;
    this.#sent = { losses: losses.length, scores: this.#scores.length, test: this.#test?.step ?? -1 };
    return {
      steps: this.at,
      last,
      losses: losses.slice(sent.losses),
      scores: this.#scores.slice(sent.scores),
      test: this.#test?.step === sent.test ? undefined : this.#test,
      trace: this.timeline.training.trace,
    };
  }

  keep(bytes: number): KeptSide {
    return { ...this.timeline.keep(bytes), scores: this.#scores };
  }

  takeOver({ scores, ...kept }: KeptSide, steps: number): void {
    this.timeline.takeOver(kept, steps);
    this.#scores = scores.filter(({ step }) => step <= steps);
  }

  dispose(): void {
    this.timeline.dispose();
  }
}
