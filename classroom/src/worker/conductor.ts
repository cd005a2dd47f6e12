import type { Runtime } from '@glassbox/tensor-core';
import { bounds } from '../playground/spec.ts';
import { Training, type Walk } from '../playground/training.ts';
import type { News, Order, Scored } from './messages.ts';

/** Steps between two looks at the accuracy. */
const scoreEvery = 20;
/** Milliseconds between two snapshots while it plays: about eight pictures in a second. */
const pictureEvery = 120;
/** Milliseconds of training between two looks at what the page has asked for. */
const slice = 40;

/**
 * Does what the page asks for, one thing after another: orders only say what is wanted, and one loop does it. So no
 * order ever meets a half-done step.
 */
export class Conductor {
  readonly #runtime: Runtime;
  readonly #tell: (news: News, transfer: Transferable[]) => void;
  #training: Training | undefined;
  #wanted: (Order & { kind: 'build' }) | undefined;
  #build = 0;
  #target = 0;
  #playing = false;
  #pace = Number.POSITIVE_INFINITY;
  #image: Uint8Array | undefined;
  /** Something that the page has not been shown. */
  #changed = false;
  /** The page is drawing the last snapshot. */
  #drawing = false;
  #losses: number[] = [];
  #scores: Scored[] = [];
  #lastPicture = 0;
  #began = { time: 0, step: 0 };
  #wake: () => void = () => {};

  constructor(runtime: Runtime, tell: (news: News, transfer: Transferable[]) => void) {
    this.#runtime = runtime;
    this.#tell = tell;
  }

  take(order: Exclude<Order, { kind: 'open' }>): void {
    if (order.kind === 'build') this.#wanted = order;
    if (order.kind === 'play') this.#start();
    if (order.kind === 'pause') this.#stop();
    if (order.kind === 'step' && !this.#playing) this.#target = Math.min(this.#steps + 1, bounds.steps.high);
    if (order.kind === 'look') this.#image = order.image;
    if (order.kind === 'pace') {
      this.#pace = order.stepsPerSecond;
      this.#start(this.#playing);
    }
    if (order.kind === 'drawn') this.#drawing = false;
    else this.#changed = true;
    this.#wake();
  }

  /** Works until something fails. */
  async run(): Promise<never> {
    for (;;) {
      if (this.#wanted) await this.#rebuild(this.#wanted);
      await this.#train();
      await this.#show();
      await this.#rest();
    }
  }

  get #steps(): number {
    return this.#training?.steps ?? 0;
  }

  #start(playing = true): void {
    this.#playing = playing && this.#steps < bounds.steps.high;
    this.#began = { time: performance.now(), step: this.#steps };
  }

  #stop(): void {
    this.#playing = false;
    this.#target = this.#steps;
  }

  async #rebuild({ spec, steps }: Order & { kind: 'build' }): Promise<void> {
    this.#wanted = undefined;
    this.#training?.dispose();
    this.#training = new Training(this.#runtime, spec);
    this.#build++;
    this.#target = steps;
    this.#playing = false;
    this.#began = { time: performance.now(), step: 0 };
    this.#losses = [];
    this.#scores = [];
    this.#lastPicture = 0;
    if (this.#image) await this.#score();
  }

  /** Steps that may be done now: up to the target, or as many as the pace has let come due. */
  #due(): number {
    const steps = this.#steps;
    if (!this.#playing) return Math.max(0, this.#target - steps);
    if (this.#pace === Number.POSITIVE_INFINITY) return this.#pace;
    const passed = (performance.now() - this.#began.time) / 1000;
    return Math.max(0, this.#began.step + 1 + Math.floor(passed * this.#pace) - steps);
  }

  async #train(): Promise<void> {
    const training = this.#training;
    const end = performance.now() + slice;
    while (training && !this.#wanted && this.#due() > 0 && performance.now() < end) {
      this.#losses.push(await training.step());
      this.#changed = true;
      if (training.steps % scoreEvery === 0) await this.#score();
      // An address carries no more.
      if (training.steps === bounds.steps.high) this.#stop();
    }
  }

  async #score(): Promise<void> {
    const { steps } = this.#training!;
    this.#scores.push({ step: steps, accuracy: await this.#training!.accuracy() });
  }

  async #show(): Promise<void> {
    const training = this.#training;
    const soon = this.#due() > 0 && performance.now() - this.#lastPicture < pictureEvery;
    if (!training || !this.#image || !this.#changed || this.#drawing || soon) return;
    this.#changed = false;
    if (training.steps === 0 && this.#scores.length === 0) await this.#score();
    const walk = await training.walk(this.#image);
    const seconds = (performance.now() - this.#began.time) / 1000;
    const snapshot = {
      build: this.#build,
      steps: training.steps,
      stepsPerEpoch: training.stepsPerEpoch,
      playing: this.#playing || this.#due() > 0,
      losses: this.#losses,
      scores: this.#scores,
      trace: training.trace,
      stepsPerSecond: (training.steps - this.#began.step) / Math.max(seconds, 0.001),
      walk,
    };
    this.#losses = [];
    this.#scores = [];
    this.#drawing = true;
    this.#lastPicture = performance.now();
    this.#tell({ kind: 'snapshot', snapshot }, buffersOf(walk));
  }

  /** Lets orders come in, and sleeps while there is nothing to do. */
  async #rest(): Promise<void> {
    const idle = !this.#wanted && this.#due() === 0;
    const waiting = this.#changed && !this.#drawing && this.#image && this.#training;
    const sleep = idle && !waiting ? (this.#playing ? 1000 / this.#pace : 60_000) : 0;
    await new Promise<void>((done) => {
      const timer = setTimeout(done, sleep);
      this.#wake = () => {
        clearTimeout(timer);
        done();
      };
    });
    this.#wake = () => {};
  }
}

/** Memory that goes over to the page without a copy. */
function buffersOf({ input, layers }: Walk): Transferable[] {
  const values = [input, ...layers.flatMap(({ output, weight, bias }) => [output, weight, bias])];
  return [...new Set(values.flatMap((each) => (each ? [each.values.buffer as ArrayBuffer] : [])))];
}
