/** What the room knows, and what it asks of its Workers. */
import { batch, effect, signal } from '@preact/signals';
import { proxy } from 'comlink';
import { problems, roomFields, setField, spec } from '../../store.ts';
import { useStrings } from '../../strings/room.ts';
import { openRemote, type RemoteWorker } from '../../worker/remote.ts';
import type { KernelDesk } from './desk.ts';
import { strings } from './strings.ts';
import { fromLetters, mostLetters, toLetters } from './text-address.ts';
import type { KernelInfo, Verdict } from './types.ts';

/** The kernel that the room opens with: the second convolution, whose input and output have channels. */
const firstKernel = 'conv2dForward-conv2';
/** Milliseconds that a text of one's own may run at least. */
const timeLimit = 1000;
/** On a slow or busy machine it may run this many times as long as the built-in text, which always ends. */
const timesBuiltIn = 20;
/** Milliseconds after a keystroke, within which the next one is awaited. */
const pause = 20;

export const kernels = signal<readonly KernelInfo[]>([]);
export const chosen = signal<KernelInfo | undefined>(undefined);
export const text = signal('');
/** `ended`: the text ran for longer than it may, and its Worker was ended. */
export const verdict = signal<Verdict | { readonly kind: 'ended' } | undefined>(undefined);
/** The verdict is not that of the text as it is now. */
export const waiting = signal(true);
export const failure = signal('');
/** The line of the last edit that came from a button. */
export const editedLine = signal<number | undefined>(undefined);

/** Texts that were changed, by kernel. */
const texts = new Map<string, string>();
let remote: RemoteWorker<KernelDesk> | undefined;
/** The spec whose kernels the Worker has. */
let opened: typeof spec.value | undefined;
/** Counts what was asked for: an answer to an older question is dropped. */
let asked = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** For tests: milliseconds from an edit to its verdict. */
export const latencies: number[] = [];
let editedAt = 0;

/** What this room wrote into the address last. */
let written = '';
const fieldsNow = () => `${roomFields.value['kernel.of']} ${roomFields.value['kernel.text']}`;

/** Follows the page's net, and the address, for as long as the room is open. @returns how to stop. */
export function enterRoom(): () => void {
  return effect(() => {
    const wanted = spec.value;
    const fields = fieldsNow();
    if (wanted !== opened || failure.peek()) {
      void open();
    } else if (fields !== written && chosen.peek()) {
      readAddress();
      void prepare();
    }
  });
}

/** Lists the kernels of the page's net, in a Worker of their own. */
export async function open(): Promise<void> {
  const question = ++asked;
  const wanted = spec.peek();
  failure.value = '';
  waiting.value = true;
  preparing = true;
  const own = newWorker();
  if (opened && wanted !== opened) forgetTexts();
  opened = wanted;
  try {
    const list = await own.api.open(wanted);
    if (question !== asked) return;
    kernels.value = list;
    readAddress();
    await prepare();
  } catch (error) {
    lost(own, error);
  }
}

/** Texts have the shapes of their net: they do not fit another one. */
function forgetTexts(): void {
  texts.clear();
  const of = roomFields.peek()['kernel.of'];
  written = `${of} undefined`;
  setField('kernel.text', undefined);
}

/** Takes kernel and text from the address, and says what it cannot use. */
function readAddress(): void {
  const { 'kernel.of': id, 'kernel.text': letters } = roomFields.peek();
  const list = kernels.peek();
  const named = list.find((kernel) => kernel.id === id);
  const wrong = (name: string, value: string, expected: string) => {
    const problem = { kind: 'choice', name, value: value.slice(0, 40), expected } as const;
    problems.value = [...problems.peek(), problem];
  };
  if (id !== undefined && !named) wrong('kernel.of', id, `${list[0].id}, …, ${list.at(-1)!.id}`);
  const kernel = named ?? list.find((each) => each.id === firstKernel) ?? list[0];
  let own = named ? undefined : texts.get(kernel.id);
  if (letters !== undefined && named) {
    own = fromLetters(letters);
    if (own === undefined) wrong('kernel.text', letters, useStrings(strings).ownTexts);
  }
  show(kernel, own ?? kernel.wgsl);
}

function show(kernel: KernelInfo, own: string): void {
  chosen.value = kernel;
  text.value = own;
  editedLine.value = undefined;
  verdict.value = undefined;
  builtInTook = Number.POSITIVE_INFINITY;
  keep();
}

/** Keeps kernel and text, also over a reload. */
function keep(): void {
  const kernel = chosen.peek()!;
  const changed = text.peek() !== kernel.wgsl;
  if (changed) texts.set(kernel.id, text.peek());
  else texts.delete(kernel.id);
  const of = kernel.id === firstKernel && !changed ? undefined : kernel.id;
  const letters = changed ? toLetters(text.peek()) : undefined;
  const short = letters && letters.length <= mostLetters ? letters : undefined;
  written = `${of} ${short}`;
  batch(() => {
    setField('kernel.of', of);
    setField('kernel.text', short);
  });
}

export function choose(kernel: KernelInfo): void {
  show(kernel, texts.get(kernel.id) ?? kernel.wgsl);
  void prepare();
}

/** A Worker is being made ready; what is judged then is the text as it is by then. */
let preparing = false;

/** Makes the Worker ready for the chosen kernel, and judges its text. */
async function prepare(): Promise<void> {
  const question = ++asked;
  const own = remote!;
  waiting.value = true;
  preparing = true;
  try {
    await own.api.choose(chosen.peek()!.id);
    if (question !== asked) return;
    preparing = false;
    await judge();
  } catch (error) {
    lost(own, error);
  }
}

/** Takes a text from the editor. */
export function edit(next: string): void {
  if (next === text.peek()) return;
  text.value = next;
  editedAt = performance.now();
  waiting.value = true;
  clearTimeout(timer);
  timer = setTimeout(() => void judge(), pause);
}

/** Takes a text from a button, and shows the line that is another one. */
export function replace(next: string): void {
  const [was, is] = [text.peek().split('\n'), next.split('\n')];
  editedLine.value = 1 + is.findIndex((line, index) => line !== was[index]);
  edit(next);
}

let judging = false;
/** The text that is judged is the built-in one. */
let judgesBuiltIn = true;
/** Milliseconds that the built-in text of the chosen kernel took to judge, at best: it is judged again and again. */
let builtInTook = Number.POSITIVE_INFINITY;
/** Ends the Worker when its time is over. */
let watch: ReturnType<typeof setTimeout> | undefined;

async function judge(): Promise<void> {
  keep();
  if (judging || preparing) return; // whatever comes last judges the text as it is then
  const own = remote!;
  const judged = text.peek();
  const kernel = chosen.peek()!;
  const isNow = () => text.peek() === judged && chosen.peek() === kernel;
  const from = editedAt;
  judging = true;
  judgesBuiltIn = judged === kernel.wgsl;
  const began = performance.now();
  let found: Verdict | { readonly kind: 'ended' };
  try {
    found = await own.api.judge(judged);
    if (judgesBuiltIn) builtInTook = Math.min(builtInTook, performance.now() - began);
  } catch (error) {
    if (own !== remote) return;
    if ((error as Error).message !== 'ended') {
      lost(own, error);
      return;
    }
    found = { kind: 'ended' };
  } finally {
    clearTimeout(watch);
    judging = false;
  }
  if (isNow()) {
    verdict.value = found;
    waiting.value = false;
    if (from > 0) latencies.push(performance.now() - from);
    editedAt = 0;
  }
  if (found.kind === 'ended') await openAgain(judged);
  else if (!isNow()) void judge();
  else if (found.kind === 'judged') void differ();
}

/** A new Worker, ready for the chosen kernel. The text that did not end is not run again. */
async function openAgain(unfit: string): Promise<void> {
  const own = newWorker();
  const question = ++asked;
  preparing = true;
  try {
    await own.api.open(opened!);
    await own.api.choose(chosen.peek()!.id);
    if (question !== asked) return;
    preparing = false;
    if (text.peek() !== unfit) await judge();
  } catch (error) {
    lost(own, error);
  }
}

/** Computes quotients of differences one by one while nothing else is asked for, and shows them. */
async function differ(): Promise<void> {
  const own = remote!;
  const question = asked;
  const judged = text.peek();
  try {
    const found = await own.api.nextQuotient();
    if (found && question === asked && text.peek() === judged) await judge();
  } catch (error) {
    lost(own, error);
  }
}

function newWorker(): RemoteWorker<KernelDesk> {
  remote?.end('replaced');
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const own = openRemote<KernelDesk>(worker, (reason) => {
    if (reason !== 'ended') lost(own, new Error(reason));
  });
  const begun = () => {
    clearTimeout(watch);
    // It may come after the verdict: they take different ways.
    if (own !== remote || !judging || judgesBuiltIn) return;
    watch = setTimeout(() => own.end('ended'), mayTake());
  };
  own.api.onBegun(proxy(begun)).catch((error) => lost(own, error));
  remote = own;
  return own;
}

/** Milliseconds for a text of one's own. A text out of an address may come before the built-in one was ever judged. */
function mayTake(): number {
  return Number.isFinite(builtInTook) ? Math.max(timeLimit, timesBuiltIn * builtInTook) : timeLimit;
}

function lost(own: RemoteWorker<KernelDesk>, error: unknown): void {
  if (own === remote) failure.value = (error as Error).message;
}
