/** What the room knows, and what it asks of its Worker. */
import { batch, effect, signal, untracked } from '@preact/signals';
import type { Place } from '../../model/index.ts';
import { roomFields, setField, spec } from '../../store.ts';
import { openRemote, type RemoteWorker } from '../../worker/remote.ts';
import type { RoomFields } from '../address.ts';
import type { Desk } from './desk.ts';
import { fromText, mostParts, partsOf, samePlace, toText } from './place.ts';
import type { Explained, LessonView, MapView } from './types.ts';

/** The step so far; undefined before its first part. */
export const lesson = signal<LessonView | undefined>(undefined);
/** A part of the step is being computed, or no lesson has begun. */
export const busy = signal(true);
/** The number that is looked at. */
export const at = signal<Place | undefined>(undefined);
/** Numbers that were looked at before it. */
export const trail = signal<readonly Place[]>([]);
/** The map that it is in. */
export const map = signal<MapView | undefined>(undefined);
/** Where a number comes from: of `at`, or of the one before while `at` is being explained. */
export const explained = signal<Explained | undefined>(undefined);
/** Why the lesson ended. */
export const failure = signal('');
/** What the address has that cannot be opened. */
export type Refusal =
  | { readonly kind: 'parts' | 'form'; readonly text: string }
  | { readonly kind: 'missing'; readonly text: string; readonly layers: readonly string[] };
export const refusal = signal<Refusal | undefined>(undefined);

const askedMark = 'number asked for';
export const shownMeasure = 'number explained';

/** Numbers that can be gone back to. */
const mostTrail = 50;

let remote: RemoteWorker<Desk> | undefined;
/** Counts lessons: what belongs to an older one is not shown. */
let lessons = 0;
/** The spec of the lesson that runs. */
let opened: typeof spec.value | undefined;

/** Begins a lesson with the parts and the number that the address has. */
export async function restart(): Promise<void> {
  opened = spec.peek();
  const own = ++lessons;
  const asked = readAddress();
  hide();
  lesson.value = undefined;
  failure.value = '';
  busy.value = true;
  remote ??= openRemote<Desk>(new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }), fail);
  await attempt(own, async ({ api }) => {
    const view = await api.open(opened!, asked.parts);
    if (own !== lessons) return;
    batch(() => {
      lesson.value = view;
      busy.value = false;
    });
    if (asked.place) openPlace(asked.place);
  });
}

function fail(reason: string): void {
  failure.value = reason;
  remote = undefined;
  busy.value = false;
  lessons++;
}

/** What the Worker refuses ends the lesson: the page checks what it asks for. */
async function attempt(own: number, work: (remote: RemoteWorker<Desk>) => Promise<void>): Promise<void> {
  try {
    await work(remote!);
  } catch (error) {
    if (own !== lessons) return;
    remote?.end((error as Error).message);
  }
}

/** The next part of a step. */
export async function next(): Promise<void> {
  const own = lessons;
  if (busy.peek() || failure.peek()) return;
  busy.value = true;
  await attempt(own, async ({ api }) => {
    const view = await api.part(lesson.peek()?.image ?? 0);
    if (own !== lessons) return;
    batch(() => {
      lesson.value = view;
      busy.value = false;
      map.value = undefined;
      explained.value = undefined;
      trail.value = [];
    });
    write({ parts: partsText(view.parts) });
    const place = at.peek();
    if (!place) return;
    if (!problemOf(place)) show(place);
    else {
      hide();
      write({ place: undefined });
    }
  });
}

/** Shows another image of the batch. */
export async function look(image: number): Promise<void> {
  const own = lessons;
  const place = at.peek();
  if (place && isActivation(place.what) && place.index.length > 0) {
    choose({ ...place, index: [image, ...place.index.slice(1)] }, false);
    return;
  }
  await attempt(own, async ({ api }) => {
    const view = await api.look(image);
    if (own === lessons && view.parts === lesson.peek()?.parts) lesson.value = view;
  });
}

export const isActivation = (what: string) => /^(in|out)put(Gradient)?$/.test(what);

/** Looks at a number. @param step remember the one before, to go back to. */
export function choose(place: Place, step = true): void {
  const before = at.peek();
  if (before && samePlace(before, place)) return;
  if (step && before) trail.value = [...trail.peek(), before].slice(-mostTrail);
  refusal.value = undefined;
  show(place);
}

/** Goes back to a number of the trail. */
export function back(to: number): void {
  const place = trail.peek()[to];
  trail.value = trail.peek().slice(0, to);
  show(place);
}

/** Looks at no number. */
function hide(): void {
  batch(() => {
    at.value = undefined;
    map.value = undefined;
    explained.value = undefined;
    trail.value = [];
  });
}

function show(place: Place): void {
  performance.mark(askedMark);
  at.value = place;
  write({ place: toText(place) });
  void work();
}

/** The lesson whose number is being explained. */
let working = 0;

/** Explains the number that is looked at: one after another, and of those that were asked for meanwhile the last. */
async function work(): Promise<void> {
  if (working === lessons || busy.peek()) return;
  const own = lessons;
  working = own;
  await attempt(own, async ({ api }) => {
    for (let place = at.peek(); place && !isShown(place) && own === lessons; place = at.peek()) {
      const { parts, image } = lesson.peek()!;
      if (!isInMap(place)) {
        const found = await api.map(place);
        if (own === lessons && at.peek() === place) map.value = found;
      }
      if (busy.peek()) break;
      if (isActivation(place.what) && place.index.length > 0 && place.index[0] !== image) {
        const view = await api.look(place.index[0]);
        if (own === lessons && view.parts === parts) lesson.value = view;
      }
      // The step goes on: what is looked at may be gone then, and `next` sees to that.
      if (busy.peek()) break;
      if (at.peek() !== place) continue;
      const found = await api.explain(place);
      // After another part of the step the number may be another one.
      if (own === lessons && lesson.peek()!.parts === parts && at.peek() === place) {
        explained.value = { ...found, place };
        measure();
      }
    }
  });
  if (working === own) working = 0;
}

/** Notes how long it took from the click to the picture, as browsers' tools show it. */
function measure(): void {
  requestAnimationFrame(() => {
    performance.clearMeasures(shownMeasure);
    performance.measure(shownMeasure, askedMark);
  });
}

const isShown = (place: Place) => explained.peek() !== undefined && explained.peek()!.place === place;

function isInMap({ layer, what, index }: Place): boolean {
  const shown = map.peek();
  if (!shown || shown.layer !== layer || shown.what !== what) return false;
  return shown.lead.every((each, dim) => each === index[dim]);
}

/** Why a number cannot be looked at; undefined if it can. */
function problemOf({ layer, what, index }: Place): Refusal | undefined {
  const layers = lesson.peek()?.layers ?? [];
  const tensors = layers.find(({ name }) => name === layer)?.known;
  const shape = tensors?.find((tensor) => tensor.what === what)?.shape;
  const fits = shape?.length === index.length && index.every((each, dim) => each < shape[dim]);
  if (fits) return undefined;
  const known = tensors ?? layers.flatMap((each) => each.known);
  return {
    kind: 'missing',
    text: toText({ layer, what, index }),
    layers: known.map((tensor) => `${tensor.layer}.${tensor.what} [${tensor.shape.join(', ')}]`),
  };
}

function openPlace(place: Place): void {
  const problem = problemOf(place);
  if (problem) {
    refusal.value = problem;
    hide();
  } else show(place);
}

/** What the address asks for, as far as it can be read. */
function readAddress(): { readonly parts: number; readonly place: Place | undefined } {
  const { 'numbers.parts': written = '0', 'numbers.at': placeText } = roomFields.peek();
  const parts = partsOf(written);
  known = ownFields(roomFields.peek());
  const place = placeText === undefined ? undefined : fromText(placeText);
  refusal.value = undefined;
  if (placeText !== undefined && !place) refusal.value = { kind: 'form', text: placeText.slice(0, 80) };
  if (parts === undefined) refusal.value = { kind: 'parts', text: written.slice(0, 80) };
  return { parts: parts ?? 0, place };
}

/** Follows the net and the address. @returns how to end that. */
export function follow(): () => void {
  return effect(() => {
    void spec.value;
    const fields = ownFields(roomFields.value);
    // Signals that are set here are not what it follows.
    untracked(() => {
      if (opened !== spec.value || failure.value) void restart();
      else if (fields.parts !== known.parts) void restart();
      else if (fields.place !== known.place) move();
    });
  });
}

/** What the address asked for last, or the room put into it. */
let known: ReturnType<typeof ownFields> = ownFields({});

function ownFields(fields: RoomFields) {
  return { parts: fields['numbers.parts'], place: fields['numbers.at'] };
}

/** Goes to the number of the address, in the step as it is. */
function move(): void {
  const { place } = readAddress();
  if (!lesson.peek()) return;
  if (place) openPlace(place);
  else hide();
}

function write(fields: Partial<ReturnType<typeof ownFields>>): void {
  known = { ...known, ...fields };
  setField('numbers.parts', known.parts);
  setField('numbers.at', known.place);
}

/** An address carries no more than so many parts. */
const partsText = (parts: number) => (parts > 0 && parts <= mostParts ? String(parts) : undefined);
