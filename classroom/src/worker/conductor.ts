import type { Runtime } from '@glassbox/tensor-core';
import { forkTraining } from '../playground/fork.ts';
import { bounds, type Fork, imageSize, type Spec } from '../playground/spec.ts';
import { NotRepeated } from '../playground/timeline.ts';
import { Training, type Walk } from '../playground/training.ts';
import { largestChanges } from './changes.ts';
import type { Keeper } from './keeper.ts';
import type { Comparison, News, Order, Other } from './messages.ts';
import { type KeptSide, Side } from './side.ts';

/** Milliseconds between two snapshots while it plays: about eight pictures in a second. */
const pictureEvery = 120;
/** Milliseconds of training between two looks at what the page has asked for. */
const slice = 40;

type Build = Order & { kind: 'build' };
type Tell = (news: News, transfer: Transferable[]) => void;

type Wish = Comparison & { readonly id: number };

/**
 * Does what the page asks for, one thing after another: orders only say what is wanted, and one loop does it. So no
 * order ever meets a half-done step.
 */
export class Conductor {
  readonly #runtime: Runtime;
  readonly #tell: Tell;
  readonly #keeper: Keeper | undefined;
  #first: Side | undefined;
  /** The second run, which follows the first. */
  #second: Side | undefined;
  /** The net at the pinned step. */
  #pinned: Side | undefined;
  /** The nets' weights where they part. */
  #parting: { readonly a: Walk; readonly b: Walk } | undefined;
  #compare: Comparison = {};
  /** What it shall be compared with from now on. */
  #wish: Wish | undefined;
  #keptSecond: KeptSide | undefined;
  #resumed: number | undefined;
  #wanted: Build | undefined;
  #last: Build | undefined;
  #asked = 0;
  #target = 0;
  /** The step that the training returns to, while something is made at another one. */
  #back: number | undefined;
  /** The step to show when the target is reached. */
  #then: number | undefined;
  /** The target lies where the training has been. */
  #seeking = false;
  #playing = false;
  #pace = Number.POSITIVE_INFINITY;
  #image: Uint8Array | undefined;
  /** Something that the page has not been shown. */
  #changed = false;
  /** The page is drawing the last snapshot. */
  #drawing = false;
  #lastPicture = { time: 0, step: -1 };
  #began = { time: 0, step: 0 };
  #wake: () => void = () => {};

  /** @param keeper keeps trainings over a reload of the page. */
  constructor(runtime: Runtime, tell: Tell, keeper?: Keeper) {
    this.#runtime = runtime;
    this.#tell = tell;
    this.#keeper = keeper;
  }

  take(order: Exclude<Order, { kind: 'open' }>): void {
    if (order.kind === 'build') this.#want(order);
    if (order.kind === 'play') this.#start();
    if (order.kind === 'pause') this.#aim(this.#wanted?.steps ?? this.#steps);
    if (order.kind === 'step' && !this.#playing) {
      this.#aim(Math.min(this.#goal + 1, bounds.steps.high));
    }
    if (order.kind === 'seek') {
      this.#aim(order.step);
      this.#seeking = true;
    }
    if (order.kind === 'compare') this.#wish = order;
    if (order.kind === 'look') this.#image = order.image;
    if (order.kind === 'pace') {
      this.#pace = order.stepsPerSecond;
      if (this.#playing) this.#start();
    }
    if (order.kind === 'drawn') this.#drawing = false;
    else this.#changed = true;
    this.#wake();
  }

  /** Works until something fails. */
  async run(): Promise<never> {
    for (;;) {
      try {
        if (this.#wanted) await this.#rebuild(this.#wanted);
        if (this.#wish) this.#compareWith(this.#wish);
        await this.#train();
      } catch (error) {
        // Another driver, say: what was kept does not go on here.
        if (
          !(error instanceof NotRepeated && this.#last && (await this.#keeper?.drop(this.#spec, this.#fork)))
        )
          throw error;
        if (!this.#wanted) this.#want(this.#last);
      }
      await this.#show();
      await this.#keep();
      await this.#rest();
    }
  }

  /** The step that the training stands at, also while it is elsewhere for a moment. */
  get #steps(): number {
    return this.#back ?? this.#first?.at ?? 0;
  }

  /** Where the training will stand if nothing else is asked for. A step that a pause met halfway is done, too. */
  get #goal(): number {
    const underWay = this.#wanted || this.#seeking || this.#due() > 0;
    return this.#then ?? (underWay ? this.#target : this.#steps);
  }

  get #spec(): Spec {
    return this.#last!.spec;
  }

  get #fork(): Fork | undefined {
    return this.#compare.fork;
  }

  #start(): void {
    this.#then = undefined;
    this.#playing = this.#steps < bounds.steps.high;
    this.#began = { time: performance.now(), step: this.#steps };
  }

  /** What is asked for from now on is meant for the training that is built next. */
  #want(build: Build): void {
    this.#wanted = build;
    this.#wish = undefined;
    this.#aim(build.steps);
    this.#then = build.at;
  }

  #aim(step: number): void {
    this.#playing = false;
    this.#then = undefined;
    this.#target = step;
  }

  #compareWith({ id, ...wish }: Wish): void {
    this.#asked = id;
    this.#wish = undefined;
    this.#compare = wish;
    this.#keptSecond = undefined;
    this.#second?.dispose();
    this.#pinned?.dispose();
    this.#second = undefined;
    this.#pinned = undefined;
  }

  async #rebuild(build: Build): Promise<void> {
    const { spec, steps, fork } = build;
    this.#back = undefined;
    this.#last = build;
    this.#first?.dispose();
    this.#compareWith(build);
    this.#first = await Side.of(new Training(this.#runtime, spec));
    // Another one may be wanted by now.
    if (this.#wanted === build) this.#wanted = undefined;
    this.#began = { time: performance.now(), step: 0 };
    this.#lastPicture = { time: 0, step: -1 };
    this.#resumed = undefined;
    const kept = await this.#keeper?.load(spec, fork, steps);
    if (!kept) return;
    this.#first.takeOver(kept.first, steps);
    this.#resumed = this.#steps;
    this.#keptSecond = kept.second;
    this.#seeking = true;
    this.#began.step = this.#steps;
  }

  /** Steps that may be done now: up to the target, or as many as the pace has let come due. */
  #due(): number {
    const steps = this.#steps;
    if (!this.#playing) return Math.max(0, this.#target - steps);
    if (this.#pace === Number.POSITIVE_INFINITY) return this.#pace;
    const passed = (performance.now() - this.#began.time) / 1000;
    const due = this.#began.step + 1 + Math.floor(passed * this.#pace) - steps;
    if (due <= this.#pace) return Math.max(0, due);
    // More than a second behind: the machine slept, or is too slow. Nothing is made up for.
    this.#start();
    return 1;
  }

  /** The step that the second run should stand at: that of the first, but not before they part. */
  get #secondGoal(): number {
    return Math.max(this.#second!.timeline.first, this.#steps);
  }

  get #busy(): boolean {
    return this.#due() > 0 || (this.#second !== undefined && this.#second.at !== this.#secondGoal);
  }

  async #train(): Promise<void> {
    const first = this.#first;
    const end = performance.now() + slice;
    if (this.#seeking) first?.timeline.approach(this.#target);
    this.#seeking = false;
    while (first && !this.#wanted) {
      await this.#meet(first);
      if (this.#second && this.#second.at !== this.#secondGoal) await this.#follow(this.#second);
      else if (this.#due() > 0) await first.step();
      else if (this.#then !== undefined) {
        this.#target = this.#then;
        this.#then = undefined;
        first.timeline.approach(this.#target);
      } else break;
      this.#changed = true;
      // An address carries no more.
      if (this.#playing && this.#steps === bounds.steps.high) this.#aim(this.#steps);
      if (performance.now() >= end) break;
    }
  }

  async #follow(second: Side): Promise<void> {
    const goal = this.#secondGoal;
    if (second.at !== goal - 1) second.timeline.approach(goal);
    if (second.at < goal) await second.step();
  }

  /** Makes what the first run is compared with, as soon as that has been where it begins. */
  async #meet(first: Side): Promise<void> {
    const { pin, fork } = this.#compare;
    const step = fork?.at ?? pin;
    if (step === undefined || this.#second || this.#pinned || first.timeline.last < step) return;
    this.#back = first.at;
    await first.timeline.goTo(step);
    const { training } = first.timeline;
    if (!fork) {
      const same = new Training(this.#runtime, this.#spec);
      same.restore(await training.state());
      this.#pinned = await Side.of(same);
    } else {
      const second = await forkTraining(training, fork);
      const blank = new Uint8Array(imageSize * imageSize);
      this.#parting = { a: await training.walk(blank), b: await second.walk(blank) };
      this.#second = await Side.of(second);
      if (this.#keptSecond) this.#second.takeOver(this.#keptSecond, Math.max(step, first.timeline.last));
      this.#keptSecond = undefined;
    }
    await first.timeline.goTo(this.#back);
    this.#back = undefined;
  }

  async #show(): Promise<void> {
    const first = this.#first;
    const image = this.#image;
    const soon = this.#busy && performance.now() - this.#lastPicture.time < pictureEvery;
    if (!first || !image || !this.#changed || this.#drawing || soon) return;
    this.#changed = false;
    const resting = !this.#busy && !this.#playing;
    // Maps first, so that a slider that is moved has them soon; the test images when it rests.
    if (resting && this.#lastPicture.step === first.at) {
      await first.test();
      await this.#second?.test();
    } else if (resting) this.#changed = true;
    const walk = await first.timeline.training.walk(image);
    const other = await this.#otherAt(image, walk);
    const seconds = (performance.now() - this.#began.time) / 1000;
    const snapshot = {
      build: this.#last!.id,
      asked: this.#asked,
      resumed: this.#resumed,
      stepsPerEpoch: first.timeline.training.stepsPerEpoch,
      playing: this.#playing || this.#busy,
      stepsPerSecond: (first.at - this.#began.step) / Math.max(seconds, 0.001),
      ...first.news(),
      walk,
      other,
    };
    this.#drawing = true;
    this.#lastPicture = { time: performance.now(), step: first.at };
    this.#tell({ kind: 'snapshot', snapshot }, [...buffersOf(walk), ...(other ? buffersOf(other.walk) : [])]);
  }

  /** What the first run is compared with; before a fork both are one. */
  async #otherAt(image: Uint8Array, own: Walk): Promise<Other | undefined> {
    const side = this.#pinned ?? this.#second;
    if (!side || (this.#second && this.#steps < side.timeline.first)) return undefined;
    const walk = await side.timeline.training.walk(image);
    const moved = this.#second && {
      a: largestChanges(this.#parting!.a, own),
      b: largestChanges(this.#parting!.b, walk),
    };
    return { kind: this.#second ? 'fork' : 'pin', ...side.news(), walk, moved };
  }

  async #keep(): Promise<void> {
    if (!this.#keeper || !this.#first || this.#wanted) return;
    await this.#keeper.keep(
      this.#spec,
      this.#fork,
      { first: this.#first, second: this.#second },
      !this.#busy,
    );
  }

  /** Lets orders come in, and sleeps while there is nothing to do. */
  async #rest(): Promise<void> {
    const idle = !this.#wanted && !this.#busy;
    const waiting = this.#changed && !this.#drawing && this.#image && this.#first;
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
