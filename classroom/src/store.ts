/** What the page knows, and what it asks of the Worker. */
import { computed, effect, signal } from '@preact/signals';
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
import { fromPageAddress, type RoomFields, type RoomName, toPageAddress } from './rooms/address.ts';
import { type Language, languages } from './strings/index.ts';
import type { LessonView } from './worker/desk.ts';
import type { DeviceWish, News, OpenedDevice, Order, Scored, Snapshot } from './worker/messages.ts';

/** What is remembered from one visit to the next. */
function remembered<T extends string>(name: string, allowed: readonly T[]): T | undefined {
  try {
    const value = localStorage.getItem(name);
    return allowed.find((each) => each === value);
  } catch {
    return undefined; // storage is switched off: nothing is remembered
  }
}

function remember(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // storage is switched off
  }
}

export const themes = ['auto', 'light', 'dark'] as const;
export const wishes = ['auto', 'wasm', 'webgpu'] as const satisfies readonly DeviceWish[];
export const paces = [2, 10, 30, Number.POSITIVE_INFINITY];

const languageNames = Object.keys(languages) as Language[];
export const language = signal<Language>(
  remembered('language', languageNames) ?? (navigator.language.startsWith('de') ? 'de' : 'en'),
);
export const strings = computed(() => languages[language.value]);
export const theme = signal<(typeof themes)[number]>(remembered('theme', themes) ?? 'auto');
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(systemDark.matches);
systemDark.onchange = () => {
  systemIsDark.value = systemDark.matches;
};
export const dark = computed(() => (theme.value === 'auto' ? systemIsDark.value : theme.value === 'dark'));

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
/** What the charts draw: all losses and accuracies up to now. */
export interface Curves {
  readonly losses: readonly number[];
  readonly scores: readonly Scored[];
}
export const curves = signal<Curves>({ losses: [], scores: [] });
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

/** The step on one batch that is taken apart. */
export const lesson = signal<LessonView | undefined>(undefined);
export const lessonBusy = signal(false);

let losses: number[] = [];
let scores: Scored[] = [];
/** Milliseconds between two pictures of the charts while it plays: they take longer to draw than maps. */
const curvesEvery = 400;
let curvesDrawn = 0;

let worker: Worker | undefined;
let builds = 0;
/** Steps that the training was built to run at once. */
let goal = 0;

const order = (message: Order) => worker?.postMessage(message);

/** Opens the device anew, with the training where it was. */
export function open(steps = snapshot.peek()?.steps ?? opened.playground.steps): void {
  worker?.terminate();
  failure.value = '';
  device.value = undefined;
  worker = new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<News>) => take(data);
  worker.onerror = (event) => {
    failure.value = event.message || 'worker.js';
  };
  builds = 0;
  order({ kind: 'open', device: wish.peek() });
  order({ kind: 'pace', stepsPerSecond: pace.peek() });
  look();
  build(steps);
}

function take(news: News): void {
  if (news.kind === 'opened') device.value = news.device;
  if (news.kind === 'failed') failure.value = news.reason;
  if (news.kind === 'lesson' && lessonBusy.value) {
    lesson.value = news.view;
    lessonBusy.value = false;
  }
  if (news.kind !== 'snapshot') return;
  // Drawn in the next frame: the Worker never gets ahead of what a slow machine can draw.
  requestAnimationFrame(() => order({ kind: 'drawn' }));
  const next = news.snapshot;
  if (next.build !== builds) return;
  snapshot.value = next;
  losses.push(...next.losses);
  scores.push(...next.scores);
  const now = performance.now();
  if (next.playing && now - curvesDrawn < curvesEvery) return;
  curvesDrawn = now;
  curves.value = { losses, scores };
}

/** Begins the training of the spec anew and runs it up to so many steps; on a new device if the last one failed. */
function build(steps: number): void {
  goal = steps;
  if (failure.peek()) {
    open(steps);
    return;
  }
  builds++;
  losses = [];
  scores = [];
  curvesDrawn = 0;
  curves.value = { losses, scores };
  lesson.value = undefined;
  lessonBusy.value = false;
  order({ kind: 'build', spec: spec.peek(), steps });
}

function look(): void {
  const { pixels } = image.peek();
  order({ kind: 'look', image: pixels as Uint8Array<ArrayBuffer> });
}

export const play = () => order({ kind: 'play' });
export const pause = () => order({ kind: 'pause' });
export const step = () => order({ kind: 'step' });
/** Does the next part of a step on the training's first batch. */
export function lessonNext(): void {
  lessonBusy.value = true;
  order({ kind: 'lesson', spec: lesson.value ? undefined : spec.value });
}

export const restart = () => build(0);

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
  build(0);
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
  open();
}

export function setLanguage(choice: Language): void {
  language.value = choice;
  remember('language', choice);
}

export function setTheme(choice: (typeof themes)[number]): void {
  theme.value = choice;
  remember('theme', choice);
}

/** The part of the page's address after `#`, with the training after so many steps. */
const address = (steps: number) => {
  const playground: PlaygroundState = { spec: spec.value, steps, image: imageIndex.value };
  return toPageAddress({ room: room.value, playground, fields: roomFields.value });
};

/** The page's address with its state. */
export function link(): string {
  const { origin, pathname, search } = location;
  return `${origin}${pathname}${search}#${address(snapshot.value?.steps ?? 0)}`;
}

/** Milliseconds between two changes of the address while it plays: browsers refuse many in a row. */
const addressEvery = 2000;

/** Keeps the address in step with the state, so that a reload goes on where the training was. */
export function followAddress(): void {
  let written = 0;
  effect(() => {
    const now = snapshot.value;
    if (!now || problems.value.length > 0) return;
    if (now.playing && performance.now() - written < addressEvery) return;
    written = performance.now();
    // While it catches up with an address, that address stays.
    const caughtUp = now.build === builds && !(now.playing && now.steps < goal);
    const text = address(caughtUp ? now.steps : goal);
    if (location.hash.slice(1) === text) return;
    history.replaceState(null, '', text === '' ? location.pathname + location.search : `#${text}`);
  });
  globalThis.addEventListener('hashchange', () => {
    const { playground, problems: found, ...page } = fromPageAddress(location.hash.slice(1));
    problems.value = found;
    room.value = page.room;
    roomFields.value = page.fields;
    imageIndex.value = playground.image;
    look();
    const trained = snapshot.peek()?.steps ?? goal;
    if (toAddress({ ...playground, image: 0 }) === toAddress({ spec: spec.peek(), steps: trained, image: 0 }))
      return;
    spec.value = playground.spec;
    build(playground.steps);
  });
}

effect(() => {
  document.documentElement.lang = language.value;
  document.title = strings.value.title;
  document.documentElement.dataset.theme = dark.value ? 'dark' : 'light';
});
