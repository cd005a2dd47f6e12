/** What the room knows, and what it asks of its Worker. */
import { computed, effect, signal } from '@preact/signals';
import { proxy } from 'comlink';
import { roomFields, setField, wish } from '../../store.ts';
import { openRemote, type RemoteWorker } from '../../worker/remote.ts';
import type { Climbed, Comparison, Compiled, Described, Progress } from './bench.ts';
import {
  type FieldProblem,
  fromFields,
  type LadderName,
  parseSizes,
  type RoomState,
  type Target,
  toFields,
} from './target.ts';
import type { TimeApi } from './worker.ts';

const opened = fromFields(roomFields.peek());
export const target = signal<Target>(opened.target);
/** The text that somebody wrote in place of the built-in one. */
export const ownText = signal(opened.text);
export const grid = signal(opened.grid);
/** What of the address could not be used. */
export const fieldProblems = signal<readonly FieldProblem[]>(opened.problems);

/** The kernel that was asked for last and can be had. */
export const described = signal<{ readonly target: Target; readonly kernel: Described } | undefined>(
  undefined,
);
export const text = computed(() => ownText.value ?? described.value?.kernel.wgsl ?? '');
/** The text that was compiled last, and what came of it. */
export const compiled = signal<{ readonly text: string; readonly result: Compiled } | undefined>(undefined);
/** The last text that became WebAssembly. */
export const lastGood = signal<Compiled & { ok: true }>({ ok: true, text: [], lines: [] });
export const rounds = signal(30);
export const comparison = signal<Comparison | undefined>(undefined);
export const ladder = signal<LadderName>('conv2d');
export const climbed = signal<Partial<Record<LadderName, Climbed>>>({});
/** The room's device in a few words, once it is open. */
export const deviceTitle = signal('');
export interface Job {
  readonly what: 'compare' | 'climb';
  readonly now?: Progress;
}
export const job = signal<Job | undefined>(undefined);
/** What went wrong, in the words of whoever noticed. */
export const trouble = signal('');
/** The text is too long for a link. */
export const unlinked = computed(() => ownText.value !== undefined && toFields(state()).text === undefined);

const state = (): RoomState => ({ target: target.value, text: ownText.value, grid: grid.value });

// --- the Worker -------------------------------------------------------------------------------------------------

interface OpenBench {
  readonly worker: RemoteWorker<TimeApi>;
  /** The device is open. */
  readonly ready: Promise<void>;
}

let bench: OpenBench | undefined;

/** The Worker with an open device, a new one if there is none. */
function openBench(): OpenBench {
  if (bench) return bench;
  const worker = openRemote<TimeApi>(
    new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }),
    () => {
      if (bench?.worker === worker) bench = undefined; // the next piece of work gets a new one
    },
  );
  const ready = worker.api.open(wish.peek()).then((title) => {
    deviceTitle.value = title;
  });
  ready.catch(() => {}); // whoever waits for it says what happened
  bench = { worker, ready };
  return bench;
}

/** Ends the Worker; calls that wait fail with the reason. */
function closeBench(reason: string): void {
  bench?.worker.end(reason);
  bench = undefined;
}

/** A Worker that says nothing for so many milliseconds while it works is taken to be lost. */
const patience = 60_000;
const silent = 'the Worker did not answer for a minute';
/** The reason of calls that end because somebody wants it so. */
const stopped = 'stopped';

/** Does a piece of work in the Worker; after a failure the next one gets a new Worker. */
async function work<T>(
  what: Job['what'],
  call: (api: RemoteWorker<TimeApi>['api'], tell: (now: Progress) => void) => Promise<T>,
): Promise<T | undefined> {
  job.value = { what };
  trouble.value = '';
  const mine = openBench();
  let timer: ReturnType<typeof setTimeout>;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => mine.worker.end(silent), patience);
  };
  const tell = (now: Progress) => {
    wait();
    if (bench === mine) job.value = { what, now };
  };
  wait();
  try {
    await mine.ready;
    return await call(mine.worker.api, proxy(tell));
  } catch (error) {
    const { message } = error as Error;
    if (message !== stopped) trouble.value = message;
    if (bench === mine) closeBench(message);
    return undefined;
  } finally {
    clearTimeout(timer!);
    job.value = undefined;
  }
}

/** Ends what is being measured. */
export const stop = () => closeBench(stopped);

export async function compare(): Promise<void> {
  comparison.value = undefined;
  const sizes = parseSizes(grid.peek());
  const workgroups = sizes && ([sizes[0], sizes[1], sizes[2]] as const);
  comparison.value = await work<Comparison>('compare', async (api, tell) => {
    return await api.compare(target.peek(), text.peek(), workgroups, rounds.peek(), tell);
  });
}

/** The most seconds for a version. */
const secondsEach = 0.5;

export async function climb(): Promise<void> {
  const name = ladder.peek();
  const result = await work('climb', (api, tell) => api.climb(name, secondsEach, tell));
  if (result) climbed.value = { ...climbed.peek(), [name]: result };
}

let describing = 0;

/** Asks for the kernel; if it cannot be had, the last one stays, and the room says why. */
async function describe(wanted: Target): Promise<void> {
  const mine = ++describing;
  try {
    const { worker, ready } = openBench();
    await ready;
    const kernel = await worker.api.describe(wanted);
    if (mine !== describing) return;
    described.value = { target: wanted, kernel };
    trouble.value = '';
  } catch (error) {
    const { message, name } = error as Error;
    if (mine !== describing || message === stopped) return;
    trouble.value = message;
    if (name !== 'RangeError') closeBench(message);
  }
}

async function compile(source: string): Promise<void> {
  if (source === '') return;
  try {
    const result = await openBench().worker.api.compile(source);
    if (text.peek() !== source) return;
    compiled.value = { text: source, result };
    if (result.ok) lastGood.value = result;
  } catch (error) {
    const { message } = error as Error;
    if (message !== stopped) trouble.value = message;
  }
}

// --- what somebody chooses ---------------------------------------------------------------------------------------

/** Shows another kernel, or the same at other shapes. A text of one's own fits no other shapes: it goes. */
export function choose(next: Target): void {
  fieldProblems.value = [];
  comparison.value = undefined;
  ownText.value = undefined;
  grid.value = '';
  target.value = next;
}

/** Takes the text of the editor, which also tells of what it was given: an empty one while no kernel is there. */
export function write(next: string): void {
  if (next === text.peek()) return;
  const builtIn = described.peek()?.kernel.wgsl;
  comparison.value = undefined;
  ownText.value = next === builtIn ? undefined : next;
}

/** Milliseconds after the last key before a text is compiled. */
const pause = 120;

/** Opens the room; returns what closes it. */
export function enterTime(): () => void {
  let typed: ReturnType<typeof setTimeout>;
  let written = JSON.stringify(toFields(state()));
  const ends = [
    effect(() => {
      // Another device may have another form of the kernel.
      closeBenchOfOther(wish.value);
      void describe(target.value);
    }),
    effect(() => {
      const source = text.value;
      clearTimeout(typed);
      typed = setTimeout(() => void compile(source), pause);
    }),
    effect(() => {
      const fields = toFields(state());
      written = JSON.stringify(fields);
      for (const [name, value] of Object.entries(fields)) setField(`time.${name}`, value);
    }),
    effect(() => {
      const read = fromFields(roomFields.value);
      if (JSON.stringify(toFields(read)) === written) return;
      fieldProblems.value = read.problems;
      comparison.value = undefined;
      grid.value = read.grid;
      ownText.value = read.text;
      if (JSON.stringify(read.target) !== JSON.stringify(target.peek())) target.value = read.target;
    }),
  ];
  return () => {
    for (const end of ends) end();
    clearTimeout(typed);
    closeBench(stopped);
    benchWish = undefined;
  };
}

let benchWish: string | undefined;

/** A Worker keeps its device: for another one it ends. */
function closeBenchOfOther(wanted: string): void {
  if (benchWish !== undefined && benchWish !== wanted) closeBench(stopped);
  benchWish = wanted;
}
