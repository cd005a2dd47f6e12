/** What the room knows, and what it asks of its Workers. */
import { batch, computed, effect, signal } from '@preact/signals';
import { proxy } from 'comlink';
import { problemOf, type Spec } from '../../playground/spec.ts';
import * as page from '../../store.ts';
import type { OpenedDevice } from '../../worker/messages.ts';
import { openRemote, type RemoteWorker } from '../../worker/remote.ts';
import { featuresOf, maxFeatures } from './epochs.ts';
import { type Fields, readFields, writeFields } from './fields.ts';
import type { ProjectionApi } from './projection-worker.ts';
import {
  fewestForTsne,
  type Layout,
  type Neighbourhoods,
  type Plane,
  type Projected,
} from './projections.ts';
import type { EpochNews, LatentApi } from './worker.ts';

const opened = readFields(page.roomFields.peek());
/** What the address carries; change it with `setFields`. */
export const fields = signal<Fields>(opened.fields);
if (opened.problems.length > 0) page.problems.value = [...page.problems.peek(), ...opened.problems];

export const device = signal<OpenedDevice | undefined>(undefined);
/** Why the room cannot go on; empty while it can. */
export const failure = signal('');
/** Nets and images as each epoch saw them, from before training on. */
export const epochs = signal<readonly EpochNews[]>([]);
export const trained = computed(() => epochs.value.length === fields.value.epochs + 1);
/** Coordinates on the principal components of the last epoch, for each epoch. */
export const planes = signal<readonly Projected[]>([]);
/** t-SNE, for the epochs that it has reached. */
export const neighbourhoods = signal<readonly Neighbourhoods[]>([]);
/** Why PCA or t-SNE cannot be drawn. */
export const projectionProblem = signal('');

/** The image that is pointed at; undefined for none. */
export const pointed = signal<number | undefined>(undefined);
export const playing = signal(false);

/** The epoch that is shown: the one that is asked for, or the newest. */
export const shown = computed(() => {
  const newest = epochs.value.length - 1;
  return Math.min(fields.value.epoch ?? newest, newest);
});
export const now = computed<EpochNews | undefined>(() => epochs.value[shown.value]);
export const neighbourhood = computed(
  () => neighbourhoods.value[Math.min(shown.value, neighbourhoods.value.length - 1)],
);
/** The image that is chosen, if there are so many. */
export const chosen = computed(() => {
  const { image } = fields.value;
  return image !== undefined && image < page.images.value.length ? image : undefined;
});
/**
 * Where the images lie in each epoch, as it is drawn. Principal components are in units of the epoch's own spread: a
 * net before training makes numbers so small that nothing else could be seen.
 */
export const layouts = computed<readonly Layout[]>(() =>
  fields.value.projection === 'pca'
    ? planes.value.map((plane) => plane.layout.map((value) => value / (plane.spread || 1)))
    : neighbourhoods.value.map((each) => each.layout),
);
/** That of the shown epoch, or of the last one that there is; undefined while there is none. */
export const layout = computed<Layout | undefined>(
  () => layouts.value[Math.min(shown.value, layouts.value.length - 1)],
);

/** Milliseconds from a change to the address: a browser refuses many changes in a row. */
const addressAfter = 300;
let addressTimer: ReturnType<typeof setTimeout> | undefined;
let written = page.roomFields.peek();

export function setFields(part: Partial<Fields>): void {
  fields.value = { ...fields.peek(), ...part };
  clearTimeout(addressTimer);
  addressTimer = setTimeout(() => {
    batch(() => {
      for (const [key, value] of Object.entries(writeFields(fields.peek()))) {
        page.setField(`latent.${key}`, value);
      }
    });
    written = page.roomFields.peek();
  }, addressAfter);
}

let worker: RemoteWorker<LatentApi> | undefined;
let projector: RemoteWorker<ProjectionApi> | undefined;
/** Counts what was asked for: answers to older questions are dropped. */
let asked = 0;

/** The Worker that looks at images; undefined while there is none. */
export const latentWorker = () => worker?.api;

function closeWorkers(): void {
  asked++;
  const old = [worker, projector];
  worker = undefined;
  projector = undefined;
  for (const each of old) each?.end('closed');
}

/** Opens the device, and trains from the beginning. */
export async function open(): Promise<void> {
  closeWorkers();
  failure.value = '';
  device.value = undefined;
  const fail = (reason: string) => {
    if (worker === own) failure.value = reason;
  };
  const own = openRemote<LatentApi>(
    new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }),
    fail,
  );
  worker = own;
  try {
    const found = await own.api.open(page.wish.peek());
    if (worker !== own) return;
    device.value = found;
  } catch (error) {
    fail((error as Error).message);
    return;
  }
  await train();
}

/** Trains the net of the settings, where that has not been done, and shows the images to the nets of all epochs. */
async function train(): Promise<void> {
  const mine = ++asked;
  const spec = page.spec.peek();
  const features = featuresOf(spec);
  batch(() => {
    epochs.value = [];
    forgetProjections();
    failure.value = '';
    tooWide.value = features > maxFeatures ? features : undefined;
  });
  if (!worker || !device.peek() || tooWide.peek() !== undefined) return;
  const images = page.images.peek();
  const size = images[0].pixels.length;
  const pixels = new Uint8Array(size * images.length);
  for (const [n, image] of images.entries()) pixels.set(image.pixels, n * size);
  const tell = proxy((news: EpochNews) => {
    if (mine === asked) epochs.value = [...epochs.peek(), news];
  });
  try {
    const done = await worker.api.train(spec, fields.peek().epochs, pixels, tell);
    if (done && mine === asked) await projectAll(images.length);
  } catch (error) {
    if (mine === asked) failure.value = (error as Error).message;
  }
}

/** Features of a net that has too many. */
export const tooWide = signal<number | undefined>(undefined);

function forgetProjections(): void {
  planes.value = [];
  neighbourhoods.value = [];
  projectionProblem.value = '';
  projector?.end('closed');
  projector = undefined;
}

/** One plane for all epochs, that of the last one; then t-SNE from epoch to epoch. */
async function projectAll(count: number): Promise<void> {
  const mine = asked;
  if (count < 2) return;
  forgetProjections();
  const own = openRemote<ProjectionApi>(
    new Worker(new URL('./projection-worker.ts', import.meta.url), { type: 'module' }),
  );
  projector = own;
  try {
    const all = epochs.peek();
    const plane: Plane = await own.api.planeOf(all.at(-1)!.embedding, count);
    if (mine !== asked) return;
    const projected: Projected[] = [];
    for (const { embedding } of all) projected.push(await own.api.project(embedding, count, plane));
    if (mine !== asked) return;
    planes.value = projected;
    if (count < fewestForTsne) return;
    let before: Layout | undefined;
    for (const [epoch, { embedding }] of all.entries()) {
      const found = await own.api.neighbourhoodsOf(embedding, count, before, planes.value[epoch].layout);
      if (mine !== asked) return;
      before = found.layout;
      neighbourhoods.value = [...neighbourhoods.peek(), found];
    }
  } catch (error) {
    if (mine === asked) projectionProblem.value = (error as Error).message;
  }
}

/** Trains more epochs, or shows fewer. */
export function setEpochs(count: number): void {
  setFields({ epochs: count, epoch: undefined });
  void train();
}

/** Begins when the room is opened first. Later the Worker rests while the room is not seen. */
let begun = false;

export function enterRoom(): () => void {
  if (!begun) void open();
  begun = true;
  void worker?.api.pause(false).catch(() => {});
  const stops = [follow(), play()];
  return () => {
    for (const stop of stops) stop();
    playing.value = false;
    void worker?.api.pause(true).catch(() => {});
  };
}

const isSameSpec = (a: Spec, b: Spec) => JSON.stringify(a) === JSON.stringify(b);

let seen = { spec: page.spec.peek(), images: page.images.peek(), wish: page.wish.peek() };

/** Follows what the page as a whole is set to, also what was changed in other rooms meanwhile. */
function follow(): () => void {
  const stops = [
    effect(() => {
      const next = { spec: page.spec.value, images: page.images.value, wish: page.wish.value };
      const before = seen;
      seen = next;
      if (next.wish !== before.wish) void open();
      else if (!isSameSpec(next.spec, before.spec) && !problemOf(next.spec)) void train();
      else if (next.images !== before.images) void train();
    }),
    effect(() => {
      const from = page.roomFields.value;
      if (from === written) return;
      written = from;
      const { fields: read, problems } = readFields(from);
      if (problems.length > 0) page.problems.value = [...page.problems.peek(), ...problems];
      const more = read.epochs !== fields.peek().epochs;
      fields.value = read;
      if (more) void train();
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Milliseconds for which an epoch is shown while it plays. */
export const epochTime = 900;

/** From epoch to epoch; at the end it stops. */
function play(): () => void {
  return effect(() => {
    if (!playing.value) return undefined;
    const timer = setInterval(() => {
      const next = shown.peek() + 1;
      if (next < epochs.peek().length) setFields({ epoch: next });
      else playing.value = false;
    }, epochTime);
    return () => clearInterval(timer);
  });
}

export function togglePlay(): void {
  const atEnd = shown.peek() >= epochs.peek().length - 1;
  if (!playing.peek() && atEnd) setFields({ epoch: 0 });
  playing.value = !playing.peek();
}
