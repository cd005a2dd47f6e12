import { bar, type ProgressStream, StatusLine } from '@glassbox/host';

/** How far a training is: what `fit` tells while it runs. */
export interface FitProgress {
  /** The running epoch, from 1. */
  readonly epoch: number;
  /** The epoch limit. */
  readonly epochs: number;
  /** Batches done in this epoch. */
  readonly step: number;
  /**
   * Batches that it has: as many as the epoch before, where an iterable makes them; undefined in the first epoch of
   * one that does not say how many it gives.
   */
  readonly steps: number | undefined;
  /** Training images per second over this call of `fit`, validation included. */
  readonly imagesPerSecond: number;
  /** Seconds until the epoch limit at this speed; early stopping may end sooner. NaN while `steps` is not known. */
  readonly secondsLeft: number;
  /** Mean training loss of the last whole epoch, and the validation loss, where there are any. */
  readonly trainLoss?: number;
  /** Mean validation loss after the last whole epoch. */
  readonly valLoss?: number;
}

/** Puts together what `fit` tells after a step. */
export function progressAt({
  at,
  images,
  seconds,
  last,
}: {
  readonly at: Pick<FitProgress, 'epoch' | 'epochs' | 'step' | 'steps'>;
  /** Images trained on in this call of `fit`, and those of an epoch, if that is known. */
  readonly images: { readonly done: number; readonly inEpoch: number | undefined };
  /** Since this call of `fit` began. */
  readonly seconds: number;
  /** The last whole epoch. */
  readonly last: Pick<FitProgress, 'trainLoss' | 'valLoss'> | undefined;
}): FitProgress {
  const imagesPerSecond = images.done / seconds;
  const { steps = Number.NaN } = at;
  const inEpoch = images.inEpoch ?? Number.NaN;
  const epochsLeft = at.epochs - at.epoch + (steps - at.step) / steps;
  return {
    ...at,
    imagesPerSecond,
    secondsLeft: (epochsLeft * inEpoch) / imagesPerSecond,
    ...(last ? { trainLoss: last.trainLoss, valLoss: last.valLoss } : {}),
  };
}

/**
 * One line that shows progress in at most `columns` characters: `epoch 3/20 [####......] loss 0.412 …`. Where it is
 * narrow, the bar goes first, then the speed, then most of the label, then the losses.
 *
 * @param left the time left in words; by default that of this training
 */
export function progressLine(
  progress: FitProgress,
  columns = 80,
  label = '',
  left = Number.isNaN(progress.secondsLeft) ? '' : `at most ${duration(progress.secondsLeft)} left`,
): string {
  const { epoch, epochs, step, steps, imagesPerSecond, trainLoss, valLoss } = progress;
  // Without a known number of batches there is no bar, and the batches are counted.
  const at = `epoch ${epoch}/${epochs}${steps === undefined ? ` batch ${step}` : ''}`;
  const losses = [
    trainLoss === undefined ? '' : `loss ${shortNumber(trainLoss)}`,
    valLoss === undefined ? '' : `val ${shortNumber(valLoss)}`,
  ];
  const head = label ? `${label} ${at}` : at;
  const words = [...losses, `${shortNumber(imagesPerSecond)} images/s`, left].filter(Boolean).join(', ');
  const room = columns - head.length - words.length - 4;
  if (room >= 5 && steps !== undefined) {
    const width = Math.min(room, 30);
    return `${head} ${bar(step / Math.max(1, steps), width)} ${words}`;
  }
  if (head.length + 1 + words.length <= columns) return `${head} ${words}`;
  const roomBeside = (tail: string) => columns - tail.length - 1;
  const withLosses = `${at} ${[...losses, left].filter(Boolean).join(', ')}`;
  const tail = roomBeside(withLosses) >= Math.min(label.length, leastLabel) ? withLosses : `${at} ${left}`;
  const most = roomBeside(tail);
  const short = label.length > most ? `${label.slice(0, Math.max(0, most - 1))}…` : label;
  return (most > 1 && label ? `${short} ${tail}` : tail).slice(0, columns);
}

/** A label keeps as many characters before the losses go. */
const leastLabel = 30;

/** Seconds for a person: 45 s, 3 min 20 s, 2 h 5 min. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A progress line that redraws itself. */
export interface ProgressDisplay {
  /** Give this to `fit`. */
  readonly update: (progress: FitProgress) => void;
  /** Removes the line; call it before printing anything else. */
  readonly clear: () => void;
}

/**
 * Progress on a terminal, redrawn at most ten times a second; nothing at all where the stream is no terminal (a file,
 * a pipe).
 * @param label shown first, such as the name of the run.
 * @param left the time left in words; by default that of this training
 */
export function terminalProgress(
  stream: ProgressStream,
  label = '',
  left?: (progress: FitProgress) => string,
): ProgressDisplay {
  const line = new StatusLine(stream);
  return {
    update: (progress) =>
      line.draw(
        () => progressLine(progress, line.columns, label, left?.(progress)),
        progress.steps !== undefined && progress.step >= progress.steps,
      ),
    clear: () => line.clear(),
  };
}
