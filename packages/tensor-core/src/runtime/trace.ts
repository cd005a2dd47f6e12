import type { Kernel } from '@glassbox/wgsl-kernels';
import type { Watched } from './garbage.ts';
import type { Operation } from './pending.ts';
import { type HostArray, Storage } from './storage.ts';

/** Data that the host gives to a step, at each replay anew. */
export interface StepInput {
  readonly storage: Storage;
  readonly compute: () => HostArray;
  /** What `compute` gave last. */
  last: HostArray;
  /**
   * How often it gave the same as before, one time after another from the first; undefined once it gave something
   * else.
   */
  repeats: number | undefined;
  /**
   * 1: a check found that the step's function would give other numbers by now; 2: and `compute` still gave the old
   * ones since.
   */
  doubt: 0 | 1 | 2;
}

/** What the host does in a step and again before each replay: filling an input, or a hook. */
export type HostWork = StepInput | { readonly hook: () => void };

/** Everything that a step's function asked for, in order. */
export interface Trace {
  /** Without those that only compute what `Runtime.keep` keeps: the function asks for them once. */
  readonly operations: readonly Operation[];
  /** With those. */
  readonly asked: readonly Operation[];
  /** Memory of the step's own. What has its place in an arena is not among it. */
  readonly own: ReadonlySet<Storage>;
  /** Data that the host uploads once, when the step is recorded. */
  readonly uploads: ReadonlyMap<Storage, HostArray>;
  readonly hostWork: readonly HostWork[];
  /** Memory of what the function returned. */
  readonly results: readonly Storage[];
}

/** What a step's function has made. */
export interface Made {
  readonly storages: ReadonlySet<Storage>;
  readonly hostWork: readonly HostWork[];
  /** Memory that outlives the step by `Runtime.keep`. */
  readonly kept: ReadonlySet<Storage>;
}

/** Notes what a step's function asked for, before any of it has run. */
export function traceOf(
  asked: readonly Operation[],
  { storages, hostWork, kept }: Made,
  result: unknown,
): Trace {
  const own = new Set([...storages].filter(({ pinned }) => !pinned));
  const inputs = new Set(inputsOf(hostWork).map(({ storage }) => storage));
  const uploads = new Map<Storage, HostArray>();
  for (const storage of own) {
    if (storage.upload && !inputs.has(storage)) uploads.set(storage, storage.upload);
  }
  const results = [...new Set(tensorsOf(result).map(({ storage }) => storage))];
  const operations = withoutKept(asked, kept, own, results);
  return { operations, asked, own, uploads, hostWork, results };
}

/** Leaves out kernels whose results are kept, or used by such kernels alone. */
function withoutKept(
  operations: readonly Operation[],
  kept: ReadonlySet<Storage>,
  own: ReadonlySet<Storage>,
  results: readonly Storage[],
): readonly Operation[] {
  if (kept.size === 0) return operations;
  const used = new Set(results);
  const feeds = new Set<Storage>();
  const isOnce = (storage: Storage) =>
    kept.has(storage) || (feeds.has(storage) && own.has(storage) && !used.has(storage));
  const repeated = operations.toReversed().filter(({ kernel, operands }) => {
    const once = operands.every(
      (storage, index) => kernel.bindings[index].access === 'read' || isOnce(storage),
    );
    for (const storage of operands) (once ? feeds : used).add(storage);
    return !once;
  });
  return repeated.toReversed();
}

/** Every tensor in a result: a tensor, or arrays, maps and objects of tensors. */
export function tensorsOf(value: unknown): { readonly storage: Storage; readonly watched?: Watched }[] {
  const found: { readonly storage: Storage }[] = [];
  const seen = new Set<unknown>();
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part) || seen.has(part)) return;
    seen.add(part);
    const { storage } = part as { storage?: unknown };
    if (storage instanceof Storage) found.push(part as { readonly storage: Storage });
    else {
      for (const member of part instanceof Map || part instanceof Set ? part.values() : Object.values(part))
        visit(member);
    }
  };
  visit(value);
  return found;
}

export function inputsOf(hostWork: readonly HostWork[]): StepInput[] {
  return hostWork.filter((work): work is StepInput => 'compute' in work);
}

/**
 * The same step, with each of its own memories beside the recorded one that stands for it; or what changed, in words.
 */
export type Comparison = { readonly twins: ReadonlyMap<Storage, Storage> } | { readonly change: string };

/** Compares what a step's function asks for now with what was recorded. */
export function compareTraces(recorded: Trace, found: Trace): Comparison {
  // A replay runs none of these kernels: what they compute would never be there.
  if (found.operations.length < found.asked.length)
    return { change: 'it computes something anew that it keeps by runtime.keep()' };
  const twins = new Map<Storage, Storage>();
  const taken = new Map<Storage, Storage>();
  const inputs = new Map<Storage, Storage>();
  const [before, now] = [inputsOf(recorded.hostWork), inputsOf(found.hostWork)];
  for (const [index, { storage }] of now.entries())
    if (before[index]) inputs.set(storage, before[index].storage);

  /** What is different about a memory in one place of both; undefined if nothing is. */
  const differs = (was: Storage, is: Storage): string | undefined => {
    if (!recorded.own.has(was)) {
      if (samePlace(was, is)) return undefined;
      return was.moved
        ? 'lies elsewhere now: an optimiser was made since for this parameter; record the step again'
        : 'is another tensor than was recorded';
    }
    if (!found.own.has(is)) {
      // What was uploaded when the step was recorded and kept since is the same, if nobody else made it.
      const kept = was === is && recorded.uploads.has(was);
      return kept ? undefined : 'comes from outside of the step now';
    }
    if (twins.get(is) === was) return undefined;
    if (twins.has(is) || taken.has(was)) return 'is computed by another kernel than was recorded';
    if (was.words !== is.words) return `has ${is.words} words, and had ${was.words}`;
    const [old, data] = [recorded.uploads.get(was), found.uploads.get(is)];
    if (old && data) {
      if (!sameData(old, data)) return `holds other numbers: ${describeData(old, data)}`;
    } else if (old || data || inputs.get(is) !== inputOf(before, was)) {
      return 'is not made in the same way (by a kernel, an upload or stepInput) as was recorded';
    }
    twins.set(is, was);
    taken.set(was, is);
    return undefined;
  };

  const count = recorded.operations.length;
  for (const [index, { kernel, operands }] of found.operations.entries()) {
    const old = recorded.operations[index];
    if (!old) break;
    const where = `kernel ${index + 1} of ${count}, '${old.kernel.name}'`;
    if (!sameKernel(old.kernel, kernel))
      return { change: `${where}: ${describeKernels(old.kernel, kernel)}` };
    for (const [k, storage] of operands.entries()) {
      const difference = differs(old.operands[k], storage);
      if (difference) return { change: `${where}: its '${kernel.bindings[k].name}' ${difference}` };
    }
  }
  if (found.operations.length !== count) {
    const extra = (found.operations[count] ?? recorded.operations[found.operations.length]).kernel;
    const verb = found.operations.length > count ? 'is new' : 'is missing';
    return {
      change: `it has ${found.operations.length} kernels now and had ${count}: ${named(extra)} ${verb}`,
    };
  }
  const kinds = (work: readonly HostWork[]) =>
    work.map((one) => ('compute' in one ? `stepInput of ${one.storage.words} words` : 'eachStep'));
  if (String(kinds(recorded.hostWork)) !== String(kinds(found.hostWork))) {
    return {
      change: `its work on the host is [${kinds(found.hostWork)}] now and was [${kinds(recorded.hostWork)}]`,
    };
  }
  if (recorded.results.length !== found.results.length) {
    return {
      change: `it returns ${found.results.length} tensors now and returned ${recorded.results.length}`,
    };
  }
  for (const [index, storage] of found.results.entries()) {
    const difference = differs(recorded.results[index], storage);
    if (difference) return { change: `tensor ${index + 1} of what it returns ${difference}` };
  }
  return { twins };
}

function inputOf(inputs: readonly StepInput[], storage: Storage): Storage | undefined {
  return inputs.find((input) => input.storage === storage)?.storage;
}

function samePlace(a: Storage, b: Storage): boolean {
  if (a === b) return true;
  return a.pinned && b.pinned && a.buffer === b.buffer && a.offset === b.offset && a.words === b.words;
}

function sameKernel(a: Kernel, b: Kernel): boolean {
  return a === b || (a.wgsl === b.wgsl && String(a.workgroups) === String(b.workgroups));
}

/** True if all bits are the same. */
export function sameData(a: HostArray, b: HostArray): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  const [x, y] = [a, b].map(({ buffer, byteOffset, length }) => new Uint32Array(buffer, byteOffset, length));
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}

/** `0.5 when it was recorded, 0.25 now (element 3, and 8 more)`. */
export function describeData(was: HostArray, is: HostArray): string {
  if (was.length !== is.length) return `${was.length} of them when it was recorded, ${is.length} now`;
  const changed = [...is.keys()].filter((i) => !Object.is(was[i], is[i]));
  const first = changed[0] ?? 0;
  const others = changed.length > 1 ? `, and ${changed.length - 1} more` : '';
  const where = first > 0 || others ? ` (element ${first}${others})` : '';
  return `${shown(was[first])} when it was recorded, ${shown(is[first])} now${where}`;
}

/** A 32-bit float in the digits that its writer used. */
function shown(value: number): string {
  return String(Number(value.toPrecision(7)));
}

function named({ name }: Kernel): string {
  // The commonest of all mistakes: a step that neither begins nor ends without gradients.
  return name === 'axpy'
    ? "'axpy' (it adds to a gradient of the step before: call zeroGrad() in the step, or set grad to null)"
    : `'${name}'`;
}

function describeKernels(was: Kernel, is: Kernel): string {
  if (was.name !== is.name) return `${named(is)} stands in its place now`;
  const [old, now] = [was, is].map(({ wgsl }) =>
    wgsl.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('//')),
  );
  const at = now.findIndex((line, index) => line !== old[index]);
  if (at < 0) return 'it has another number of invocations or lines now';
  return `its text has "${cut(now[at])}" now where "${cut(old[at] ?? '')}" was recorded`;
}

function cut(line: string): string {
  const text = line.trim();
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
