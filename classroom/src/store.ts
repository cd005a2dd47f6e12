/** What the page knows, and what it asks of the Worker. */
import { batch, computed, effect, signal, untracked } from '@preact/signals';
import type { InspectedImage } from './images/inspected.ts';
import { phantoms } from './playground/data.ts';
import {
  imageSize,
  type PlaygroundState,
  type Problem,
  problemOf,
  type Spec,
  testImages,
  toAddress,
} from './playground/spec.ts';
import { remember, remembered, strings } from './preferences.ts';
import { fromPageAddress, type RoomFields, type RoomName, toPageAddress } from './rooms/address.ts';
import { whenGone } from './worker/alive.ts';
import type {
  Comparison,
  DeviceWish,
  News,
  OpenedDevice,
  Order,
  Scored,
  SideNews,
  Snapshot,
  Tested,
} from './worker/messages.ts';

export * from './preferences.ts';

export const wishes = ['auto', 'wasm', 'webgpu'] as const satisfies readonly DeviceWish[];
export const paces = [2, 10, 30, Number.POSITIVE_INFINITY];

const opened = fromPageAddress(location.hash.slice(1));
/** The room that is open. */
export const room = signal<RoomName>(opened.room);
/** What rooms keep in the address; change it with `setField`. */
export const roomFields = signal<RoomFields>(opened.fields);
export const spec = signal<Spec>(opened.playground.spec);
export const imageIndex = signal(opened.playground.image);
export const problems = signal<readonly Problem[]>(opened.problems);
/** A line that says what became of something: read aloud, too. */
export const notice = signal('');
export const failure = signal('');
export const wish = signal<DeviceWish>(remembered('device', wishes) ?? 'auto');
export const device = signal<OpenedDevice | undefined>(undefined);
export const pace = signal(30);
export const snapshot = signal<Snapshot | undefined>(undefined);
/** What the charts draw of a run: all losses and accuracies up to now, and its last look at the test images. */
export interface Curves {
  /** The step that it begins at. */
  readonly first: number;
  readonly losses: readonly number[];
  readonly scores: readonly Scored[];
  readonly test: Tested | undefined;
}
const noCurves: Curves = { first: 0, losses: [], scores: [], test: undefined };
export const curves = signal<Curves>(noCurves);
/** Those of the net that it is compared with. */
export const otherCurves = signal<Curves | undefined>(undefined);
/** What the training is compared with. */
export const comparison = signal<Comparison>({ pin: opened.playground.pin, fork: opened.playground.fork });
export const playing = computed(() => snapshot.value?.playing ?? false);

/** Which map is looked at closely: a layer of the walk, -1 for the image, and a channel. */
export const selected = signal({ layer: 0, channel: 0 });

function phantomImages(): InspectedImage[] {
  const { images, labels, count } = phantoms('test', testImages);
  const pixels = imageSize * imageSize;
  return Array.from({ length: count }, (_, n) => ({
    pixels: images.slice(n * pixels, (n + 1) * pixels),
    label: labels[n],
  }));
}

export const generated: readonly InspectedImage[] = phantomImages();
/** Images to choose from: those of somebody's own files, or the generated ones. */
export const images = signal<readonly InspectedImage[]>(generated);
export const ownImage = signal(0);
export const isOwn = computed(() => images.value !== generated);
export const imageNumber = computed(() => (isOwn.value ? ownImage.value : imageIndex.value));
export const image = computed(() => images.value[imageNumber.value]);

/** What the curves grow by, in place. */
let own = emptyCurves(0);
let other: ReturnType<typeof emptyCurves> | undefined;

function emptyCurves(first: number) {
  return { first, losses: [] as number[], scores: [] as Scored[], test: undefined as Tested | undefined };
}

function grow(grown: ReturnType<typeof emptyCurves>, { losses, scores, test }: SideNews): void {
  grown.losses.push(...losses);
  grown.scores.push(...scores);
  if (test) grown.test = test;
}

/** Milliseconds between two pictures of the charts while it plays: they take longer to draw than maps. */
const curvesEvery = 500;
let curvesDrawn = 0;

/** undefined until the room of the net is seen: other rooms have Workers of their own. */
let worker: Worker | undefined;
/** Ends the watch over the Worker's life. */
let watch = new AbortController();
/** Orders that have a number of their own. */
let orders = 0;
let built = 0;
let asked = 0;
/** Steps that the training was built to run at once, and the one to show then. */
let goal: Pick<PlaygroundState, 'steps' | 'at'> = {
  steps: opened.playground.steps,
  at: opened.playground.at,
};

const order = (message: Order) => worker?.postMessage(message);

/** Opens the device as soon as the room of the net is seen. */
export function openWhenSeen(): void {
  effect(() => {
    if (room.value === 'net' && !worker) untracked(() => open());
  });
}

/** Opens the device anew, with the training where it was. */
export function open(to = reached() ?? goal): void {
  watch.abort();
  watch = new AbortController();
  worker?.terminate();
  failure.value = '';
  device.value = undefined;
  worker = new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<News>) => take(data);
  worker.onerror = (event) => {
    failure.value = event.message || strings.peek().workerNotLoaded;
  };
  order({ kind: 'open', device: wish.peek() });
  order({ kind: 'pace', stepsPerSecond: pace.peek() });
  look();
  build(to, comparison.peek());
}

/** How far the training is, and the step that is shown. */
function reached(): Pick<PlaygroundState, 'steps' | 'at'> | undefined {
  const now = snapshot.peek();
  return now && { steps: now.last, at: now.steps === now.last ? undefined : now.steps };
}

function take(news: News): void {
  if (news.kind === 'living') {
    whenGone(news.lock, watch.signal, () => {
      failure.value ||= strings.peek().workerGone;
    });
  }
  if (news.kind === 'opened') device.value = news.device;
  if (news.kind === 'failed') failure.value = news.reason;
  if (news.kind !== 'snapshot') return;
  // Drawn in the next frame: the Worker never gets ahead of what a slow machine can draw.
  requestAnimationFrame(() => order({ kind: 'drawn' }));
  const next = news.snapshot;
  if (next.build !== built) return;
  snapshot.value = next.asked === asked ? next : { ...next, other: undefined };
  if (next.steps === sought.peek()) sought.value = undefined;
  grow(own, next);
  if (next.other && next.asked === asked) {
    other ??= emptyCurves(next.other.last - next.other.losses.length);
    grow(other, next.other);
  }
  const now = performance.now();
  if (next.playing && now - curvesDrawn < curvesEvery) return;
  curvesDrawn = now;
  curves.value = { ...own };
  otherCurves.value = other && { ...other };
}

/** Begins the training of the spec anew and runs it up to so many steps; on a new device if the last one failed. */
function build({ steps, at }: Pick<PlaygroundState, 'steps' | 'at'>, compared: Comparison): void {
  goal = { steps, at };
  comparison.value = compared;
  if (!worker) return;
  if (failure.peek()) {
    open(goal);
    return;
  }
  built = ++orders;
  asked = built;
  own = emptyCurves(0);
  other = undefined;
  curvesDrawn = 0;
  curves.value = noCurves;
  otherCurves.value = undefined;
  sought.value = undefined;
  order({ kind: 'build', id: built, spec: spec.peek(), steps, at, ...compared });
}

/** Compares the training with a step of its own, with a second run, or with nothing. */
export function compare(compared: Comparison): void {
  comparison.value = compared;
  asked = ++orders;
  other = undefined;
  otherCurves.value = undefined;
  order({ kind: 'compare', id: asked, ...compared });
}

/** The step that shall be shown, until it is. */
export const sought = signal<number | undefined>(undefined);

/** Shows another step of the training; it pauses there. */
export function seek(step: number): void {
  sought.value = step;
  order({ kind: 'seek', step });
}

function look(): void {
  const { pixels } = image.peek();
  order({ kind: 'look', image: pixels as Uint8Array<ArrayBuffer> });
}

function move(kind: 'play' | 'pause' | 'step'): void {
  sought.value = undefined;
  order({ kind });
}

export const play = () => move('play');
export const pause = () => move('pause');
export const step = () => move('step');

export const restart = () => build({ steps: 0 }, {});

/** Opens a room. The training of the net pauses while nobody sees it. */
export function enter(name: RoomName): void {
  if (name !== 'net' && playing.peek()) pause();
  room.value = name;
}

/** Keeps a text of a room in the address, under `ROOM.key`; undefined takes it out. */
export function setField(name: `${RoomName}.${string}`, value: string | undefined): void {
  const { [name]: was, ...others } = roomFields.peek();
  if (was === value) return;
  roomFields.value = value === undefined ? others : { ...others, [name]: value };
}

export function setPace(stepsPerSecond: number): void {
  pace.value = stepsPerSecond;
  order({ kind: 'pace', stepsPerSecond });
}

/** Takes a new spec and begins anew, unless it cannot be trained: then the page says why. */
export function change(part: Partial<Spec>): void {
  const next = { ...spec.value, ...part };
  const problem = problemOf(next);
  problems.value = problem ? [problem] : [];
  if (problem) return;
  spec.value = next;
  restart();
}

export function choose(number: number): void {
  if (isOwn.value) ownImage.value = number;
  else imageIndex.value = number;
  look();
}

/** Shows somebody's own images, or with none the generated ones again. */
export function showImages(own: readonly InspectedImage[]): void {
  images.value = own.length > 0 ? own : generated;
  ownImage.value = 0;
  look();
}

export function setDevice(choice: DeviceWish): void {
  wish.value = choice;
  remember('device', choice);
  if (worker) open();
}

/** The part of the page's address after `#`, with the training after so many steps. */
const address = (to: Pick<PlaygroundState, 'steps' | 'at'>) => {
  const { pin, fork } = comparison.value;
  const playground: PlaygroundState = { spec: spec.value, ...to, image: imageIndex.value, pin, fork };
  return toPageAddress({ room: room.value, playground, fields: roomFields.value });
};

/** The page's address with its state. */
export function link(): string {
  const { origin, pathname, search } = location;
  return `${origin}${pathname}${search}#${address(reached() ?? { steps: 0 })}`;
}

/** Milliseconds between two changes of the address while it plays: browsers refuse many in a row. */
const addressEvery = 2000;

/** Keeps the address in step with the state, so that a reload goes on where the training was. */
export function followAddress(): void {
  let written = 0;
  /** What was written last, or read. Another address is somebody's, and `hashchange` is about to bring it. */
  let known = location.hash;
  effect(() => {
    const now = snapshot.value;
    if ((worker && !now) || problems.value.length > 0) return;
    if (now?.playing && performance.now() - written < addressEvery) return;
    written = performance.now();
    // While it catches up with an address, or has not begun, that address stays.
    const caughtUp = now && now.build === built && !(now.playing && now.last < goal.steps);
    const text = address(caughtUp ? reached()! : goal);
    if (location.hash !== known || known.slice(1) === text) return;
    history.replaceState(null, '', text === '' ? location.pathname + location.search : `#${text}`);
    known = location.hash;
  });
  const follow = () => {
    known = location.hash;
    const { playground, problems: found, ...page } = fromPageAddress(known.slice(1));
    problems.value = found;
    room.value = page.room;
    roomFields.value = page.fields;
    imageIndex.value = playground.image;
    look();
    const trained = { spec: spec.peek(), ...(reached() ?? goal), image: 0, ...comparison.peek() };
    if (toAddress({ ...playground, image: 0 }) === toAddress(trained)) return;
    const { pin, fork } = playground;
    spec.value = playground.spec;
    build(playground, { pin, fork });
  };
  globalThis.addEventListener('hashchange', () => batch(follow));
}
