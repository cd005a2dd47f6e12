/** What the room knows of the run, and what it asks of the Worker. */
import { computed, effect, signal } from '@preact/signals';
import { proxy } from 'comlink';
import { notice, problems, roomFields, setField, wish } from '../../store.ts';
import { useStrings } from '../../strings/room.ts';
import { takers } from '../../view/drops.ts';
import { openRemote, type RemoteWorker } from '../../worker/remote.ts';
import { fieldsOf, readFields } from './address.ts';
import { type Target, targetOf } from './file-names.ts';
import type { Choice, FoundData, Keeping, News, PracticalApi, RunView, Trouble } from './messages.ts';
import { strings } from './strings.ts';

/** `elsewhere`: another tab has the run. */
export const opening = signal<'opening' | 'open' | 'elsewhere' | 'lost'>('opening');
export const keeping = signal<Keeping>({ lasts: true });
export const view = signal<RunView | undefined>(undefined);
export const trouble = signal<Trouble | undefined>(undefined);
const asked = readFields(roomFields.peek());
if (asked.problems.length > 0) problems.value = [...problems.peek(), ...asked.problems];
export const choice = signal<Choice>(asked.choice);
/** What the next run would use; undefined while files are read. */
export const found = signal<readonly FoundData[] | undefined>(undefined);
export const estimate = signal<string | undefined>(undefined);
/** Whether the page asks before it removes the run. */
export const asking = signal(false);

export const busy = computed(() =>
  ['opening', 'running', 'pausing', 'reporting'].includes(view.value?.stage ?? 'empty'),
);

let remote: RemoteWorker<PracticalApi> | undefined;
let dropped: Partial<Record<Target, File>> = {};

/** Opens the Worker, unless it is open, and finds out what is kept. */
export async function openRoom(): Promise<void> {
  if (remote) return;
  opening.value = 'opening';
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const mine = openRemote<PracticalApi>(worker, (reason) => {
    if (remote !== mine) return;
    remote = undefined;
    opening.value = 'lost';
    trouble.value = { kind: 'failed', reason };
    if (view.value) view.value = { ...view.value, stage: 'paused' };
  });
  remote = mine;
  const opened = await call(() => mine.api.open(proxy(take)));
  if (remote !== mine) return;
  if (!opened) {
    mine.end('');
    remote = undefined;
    opening.value = 'elsewhere';
    return;
  }
  keeping.value = opened.keeping;
  view.value = opened.view;
  opening.value = 'open';
  if (opened.view) choice.value = opened.view.choice;
  else await look();
}

function take({ view: next, trouble: said }: News): void {
  view.value = next ?? view.peek();
  if (said) trouble.value = said;
}

/** The answer of a call; what went wrong is shown, and the answer is undefined. */
async function call<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (opening.peek() !== 'lost') trouble.value = { kind: 'failed', reason: (error as Error).message };
    return undefined;
  }
}

/** Reads the dropped files and says how long a run takes. */
async function look(): Promise<void> {
  found.value = undefined;
  const data = await call(() => remote!.api.look(dropped));
  if (!data) {
    // What cannot be read is not used.
    dropped = {};
    found.value = await call(() => remote!.api.look(dropped));
  } else {
    found.value = data;
  }
  await estimateAgain();
}

async function estimateAgain(): Promise<void> {
  estimate.value = undefined;
  if (!remote || view.peek()) return;
  const [now, device] = [choice.peek(), wish.peek()];
  if (now.tasks.length === 0) return;
  const time = await call(() => remote!.api.estimate(now, device));
  if (now === choice.peek() && device === wish.peek()) estimate.value = time;
}

export function choose(change: Partial<Choice>): void {
  choice.value = { ...choice.peek(), ...change };
  for (const [name, value] of Object.entries(fieldsOf(choice.peek()))) {
    setField(name as `practical.${string}`, value);
  }
  void estimateAgain();
}

/** Takes npz files; what their names do not tell is said. */
export async function takeFiles(files: readonly File[]): Promise<void> {
  const unknown: string[] = [];
  const taken: Partial<Record<Target, File>> = {};
  for (const file of files) {
    const target = targetOf(file.name);
    if (target) taken[target] = file;
    else unknown.push(file.name);
  }
  notice.value = unknown.length > 0 ? useStrings(strings).wrongFiles(unknown.slice(0, 3).join(', ')) : '';
  if (Object.keys(taken).length === 0 || !remote || busy.peek()) return;
  trouble.value = undefined;
  dropped = { ...dropped, ...taken };
  await look();
}

export function takePhantoms(): void {
  dropped = {};
  void look();
}

/** Begins, or goes on with, the run; the promise is kept when it rests. */
async function run(work: () => Promise<void>): Promise<void> {
  trouble.value = undefined;
  asking.value = false;
  await call(work);
}

export const start = () => run(() => remote!.api.start(choice.peek(), wish.peek()));
export const pause = () => call(() => remote!.api.pause() as unknown as Promise<void>);

export async function goOn(): Promise<void> {
  if (!remote) await openRoom();
  if (remote && view.peek()) await run(() => remote!.api.resume());
}

export async function discard(): Promise<void> {
  asking.value = false;
  trouble.value = undefined;
  if (!remote) await openRoom();
  if (!remote) return;
  await call(() => remote!.api.discard());
  view.value = undefined;
  dropped = {};
  await look();
}

/** A file of the run. */
export const fileOf = (name: string) => call(() => remote!.api.file(name));
export const zipOf = () => call(() => remote!.api.zip());

takers.practical = takeFiles;

// An address that is opened while the page is open.
effect(() => {
  const { choice: wanted } = readFields(roomFields.value);
  if (!view.peek() && JSON.stringify(wanted) !== JSON.stringify(choice.peek())) {
    choice.value = wanted;
    void estimateAgain();
  }
});

// Another device has another speed.
effect(() => {
  if (wish.value) void estimateAgain();
});
