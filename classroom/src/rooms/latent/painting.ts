/** The X-ray that is painted on, and what the net of the shown epoch says of it. */
import { batch, computed, effect, signal } from '@preact/signals';
import { images } from '../../store.ts';
import { asBytes, type Brush, type Point, Stroke } from './brush.ts';
import type { Look } from './epochs.ts';
import { chosen, latentWorker, now, shown } from './store.ts';
import type { EpochNews } from './worker.ts';

export const overlays = ['none', 'gradient', 'size', 'cam'] as const;
export type Overlay = (typeof overlays)[number];

export const brush = signal<Brush>({ tool: 'lighten', radius: 4, opacity: 0.4 });
export const overlay = signal<Overlay>('cam');
export const overlayOpacity = signal(0.6);
/** The class whose logit is explained. */
export const target = signal(1);
/** The layer whose maps are shown; undefined for the last convolution. */
export const layer = signal<number | undefined>(undefined);

/** The number of the image that is painted on. */
export const subject = computed(() => chosen.value ?? 0);
export const original = computed(() => images.value[subject.value].pixels);
/** The picture as it is now. */
export const pixels = signal<Float32Array>(Float32Array.from(original.peek()));
export const history = signal<readonly Float32Array[]>([]);
/** What the net says of the picture, and of the original; undefined until it has. */
export const look = signal<Look | undefined>(undefined);
export const originalLook = signal<Look | undefined>(undefined);
export const lookProblem = signal('');

/** Milliseconds from each change of the picture to the frame that shows what the net says of it; the newest last. */
export const latencies: number[] = [];
let changedAt: number | undefined;

let stroke: Stroke | undefined;

export function paintTo(point: Point): void {
  if (!stroke) {
    history.value = [...history.peek().slice(-49), pixels.peek()];
    stroke = new Stroke(pixels.peek(), original.peek(), brush.peek());
  }
  changedAt ??= performance.now();
  pixels.value = stroke.to(point);
}

export function endStroke(): void {
  stroke = undefined;
}

export function undo(): void {
  endStroke();
  const before = history.peek().at(-1);
  if (!before) return;
  history.value = history.peek().slice(0, -1);
  pixels.value = before;
}

export function reset(): void {
  endStroke();
  history.value = [...history.peek().slice(-49), pixels.peek()];
  pixels.value = Float32Array.from(original.peek());
}

/** What is asked of the net: a look at a picture, with the net of an epoch. */
interface Question {
  readonly epoch: number;
  /** Another object after each training. */
  readonly net: EpochNews | undefined;
  readonly target: number;
  readonly layer: number | undefined;
  readonly picture: Float32Array | Uint8Array;
}

const isSame = (a: Question, b: Question | undefined) =>
  (Object.keys(a) as (keyof Question)[]).every((key) => a[key] === b?.[key]);

const ask = async ({ epoch, picture, target, layer }: Question) =>
  latentWorker()!.look(epoch, asBytes(picture), { target, layer });

let looking = false;
let answered: Question | undefined;
let originalAnswered: Question | undefined;

/** Asks the net about the newest picture; while it answers, newer ones take the place of each other. */
async function lookAgain(): Promise<void> {
  if (looking) return;
  looking = true;
  try {
    for (;;) {
      const about = { epoch: shown.peek(), net: now.peek(), target: target.peek(), layer: layer.peek() };
      const question = { ...about, picture: pixels.peek() };
      if (!latentWorker() || !question.net || isSame(question, answered)) break;
      const began = changedAt;
      changedAt = undefined;
      const base = { ...about, picture: original.peek() };
      if (!isSame(base, originalAnswered)) {
        originalLook.value = await ask(base);
        originalAnswered = base;
      }
      const found = await ask(question);
      answered = question;
      batch(() => {
        look.value = found;
        lookProblem.value = '';
      });
      if (began !== undefined) noteShown(began);
    }
  } catch (error) {
    lookProblem.value = (error as Error).message;
  }
  looking = false;
}

/** A timer that is set in a frame runs after the frame was painted. */
function noteShown(began: number): void {
  requestAnimationFrame(() => {
    setTimeout(() => {
      latencies.push(performance.now() - began);
      if (latencies.length > 1000) latencies.shift();
    });
  });
}

let shownOriginal = original.peek();

/** Follows the image, the epoch and the choices while the room is shown. */
export function followPainting(): () => void {
  const stops = [
    effect(() => {
      const bytes = original.value;
      if (bytes === shownOriginal) return;
      shownOriginal = bytes;
      endStroke();
      batch(() => {
        history.value = [];
        pixels.value = Float32Array.from(bytes);
      });
    }),
    effect(() => {
      // Each is a reason to look again.
      void [pixels.value, shown.value, now.value, target.value, layer.value];
      void lookAgain();
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
