/** How far a whole run is: which training of how many, and about how long the rest takes. */
import type { ProgressStream } from '@glassbox/host';
import { type FitProgress, type ProgressDisplay, terminalProgress } from '@glassbox/nn';

/** A training that a run will do. */
export interface PlannedTraining {
  /** As its stage is called in the run's folder. */
  readonly id: string;
  /** Trainings of a kind cost alike for an image. */
  readonly kind: string;
  /** Cost of an image against that of the others, about: what is believed until one of the kind was measured. */
  readonly cost: number;
  /** Images of an epoch. */
  readonly images: number;
  /** Epochs at most, over all phases. */
  readonly epochs: number;
  /** True if nothing stops it before these epochs. */
  readonly fixed?: boolean;
  /** Finished by an earlier process. */
  readonly done: boolean;
}

/** Cost of an image in the practical's trainings (`wasm` on two cores): all layers, the head alone, the autoencoder. */
export const cost = { net: 1, head: 0.6, autoencoder: 1.5 } as const;
/** Early stopping uses about this share of the epochs; the trainings of the run itself soon say better. */
const usualShare = 0.7;

/** Trainings counted and timed as they come. */
export class RunProgress {
  readonly #planned: readonly PlannedTraining[];
  /** Seconds that come after the last training, about. */
  readonly #after: number;
  readonly #stream: ProgressStream;
  readonly #watch: ((progress: FitProgress) => void) | undefined;
  /** Images a second of each kind, as last seen, and what an image of it costs. */
  readonly #speed = new Map<string, { readonly speed: number; readonly cost: number }>();
  /** Of the trainings that ended: epochs done over epochs allowed. */
  readonly #shares: number[] = [];
  /** Place of the running training in the plan; -1 before the first. */
  #at = -1;
  /** Epochs that the running training has done, in all its phases. */
  #epochs = 0;
  #running = false;

  /**
   * @param planned every training, in the order in which they come
   * @param after seconds that follow the last of them, about
   * @param stream where a line is drawn while a training runs; nothing where it is no terminal
   * @param watch hears of the same
   */
  constructor(
    planned: readonly PlannedTraining[],
    after = 0,
    stream: ProgressStream = process.stderr,
    watch?: (progress: FitProgress) => void,
  ) {
    this.#planned = planned;
    this.#after = after;
    this.#stream = stream;
    this.#watch = watch;
  }

  /** `training 3 of 14`. */
  get place(): string {
    return `training ${this.#at + 1} of ${this.#planned.length}`;
  }

  /** The next training begins. */
  begin(id: string): void {
    this.#at = this.#planned.findIndex((one) => one.id === id);
    this.#epochs = 0;
    this.#running = true;
  }

  /** The training that began has ended. */
  end(): void {
    const { epochs: limit, fixed } = this.#planned[this.#at] ?? {};
    if (limit && !fixed && this.#epochs > 0) this.#shares.push(this.#epochs / limit);
    this.#running = false;
  }

  /** The line on the terminal for one phase of the running training. */
  display(name: string): ProgressDisplay {
    const before = this.#epochs;
    const line = terminalProgress(this.#stream, `${this.place}, ${name}`, () => this.left());
    return {
      update: (progress) => {
        const { kind = 'net', cost = 1 } = this.#planned[this.#at] ?? {};
        this.#speed.set(kind, { speed: progress.imagesPerSecond, cost });
        const { epoch, step, steps = 1 } = progress; // of examples they are known
        this.#epochs = before + epoch - 1 + step / Math.max(1, steps);
        line.update(progress);
        this.#watch?.(progress);
      },
      clear: line.clear,
    };
  }

  /** `about 4 min left in all`; empty while no training has shown how fast it is. */
  left(): string {
    const seconds = this.secondsLeft();
    return seconds === undefined ? '' : `about ${roughly(seconds)} left in all`;
  }

  /** Seconds until the end of the run, about. */
  secondsLeft(): number | undefined {
    const each = this.secondsLeftOfEach();
    return each && this.#after + each.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** Seconds that each training still takes, about: 0 for those that have ended. */
  secondsLeftOfEach(): { readonly id: string; readonly seconds: number }[] | undefined {
    const [known] = this.#speed.values();
    if (!known) return undefined;
    const share = (usualShare + this.#shares.reduce((sum, one) => sum + one, 0)) / (1 + this.#shares.length);
    return this.#planned.map(({ id, kind, cost, images, epochs, fixed, done }, place) => {
      if (done || place < this.#at || (place === this.#at && !this.#running)) return { id, seconds: 0 };
      const did = place === this.#at ? this.#epochs : 0;
      // A training that has gone on for longer than most may go on to its limit.
      const left = fixed ? epochs - did : Math.max(share * epochs - did, 0.1 * (epochs - did));
      const speed = this.#speed.get(kind)?.speed ?? (known.speed * known.cost) / cost;
      return { id, seconds: (left * images) / speed };
    });
  }

  /** Tells how fast this machine is before a training has shown it. @param imagesPerSecond of a whole net's training */
  assume(imagesPerSecond: number): void {
    this.#speed.set('net', { speed: imagesPerSecond, cost: cost.net });
  }
}

/** Seconds for a person who need not know them exactly: 25 s, 4 min, 1 h 10 min. */
export function roughly(seconds: number): string {
  if (seconds < 100) return `${Math.max(5, 5 * Math.round(seconds / 5))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100
    ? `${minutes} min`
    : `${Math.floor(minutes / 60)} h ${10 * Math.floor((minutes % 60) / 10)} min`;
}
