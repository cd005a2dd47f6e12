/**
 * Stores to neighbouring vectors are brought together: `x[v]` and `x[v + 1]` one after the other, with nothing that
 * reads or writes memory between them. V8 can pack two such stores, and the two halves of all that leads to them, into
 * 256-bit operations (`--experimental-wasm-revectorize`). Nothing else changes: an access moves only past accesses
 * that it cannot touch.
 */
import type { Builder } from './builder.ts';
import type { IfItem, Item, Node, PhiSet, Region } from './graph.ts';
import { Halves } from './halves.ts';
import { differenceOf } from './linear.ts';
import { walkRegions } from './liveness.ts';

const VECTOR_BYTES = 16;

const isBranch = (item: Item | undefined) => item?.kind === 'branch' || item?.kind === 'trap';

/** Whether control always arrives after the region. */
const fallsThrough = (region: Region | null) => !region || !(region.escaped || isBranch(region.items.at(-1)));

function phisSetIn(region: Region | null, phis: Set<Node>): void {
  for (const item of region?.items ?? []) {
    if (item.kind === 'sets') for (const { phi } of item.list as readonly PhiSet[]) phis.add(phi);
  }
}

/** Whether the nodes may be computed before the branch that they follow. */
function moveBefore(nodes: readonly Node[], { taken, otherwise }: IfItem): boolean {
  const waiting = new Set<Node>();
  phisSetIn(taken, waiting);
  phisSetIn(otherwise, waiting);
  return nodes.every(
    (node) =>
      !node.effect &&
      (node.constantLoad || !node.op.includes('load')) &&
      !node.args.some((arg) => waiting.has(arg)),
  );
}

/** One branch in place of several in a row that ask the same: `if (inside) { y[0] = … } if (inside) { y[1] = … }`. */
function joinBranches(region: Region): void {
  const items: Item[] = [];
  /** Where the last branch is in `items`: only computed values follow it. */
  let last = -1;
  for (const item of region.items) {
    if (item.kind === 'if') {
      const before = items[last] as IfItem | undefined;
      const between = items.slice(last + 1) as Node[];
      if (
        before?.condition === item.condition &&
        fallsThrough(before.taken) &&
        fallsThrough(before.otherwise) &&
        moveBefore(between, before)
      ) {
        append(before.taken, item.taken);
        const otherwise = before.otherwise ?? item.otherwise;
        if (before.otherwise && item.otherwise) append(before.otherwise, item.otherwise);
        items.splice(last, items.length, ...between, { ...before, otherwise });
      } else items.push(item);
      last = items.length - 1;
    } else {
      if (item.kind !== 'node') last = items.length;
      items.push(item);
    }
  }
  region.items = items;
}

/** What is set for nobody would stand between stores. */
function dropDeadSets(region: Region): void {
  region.items = region.items.filter(
    (item) => item.kind !== 'sets' || item.list.some(({ phi, value }) => phi.live && phi !== value),
  );
}

function append(region: Region, next: Region): void {
  for (const item of next.items) {
    if (item.kind === 'node') item.region = region;
    region.items.push(item);
  }
  if (next.escaped) region.escaped = true;
}

const isStore = (item: Item): item is Node => item.kind === 'node' && item.op === 'v128.store';

const touchesMemory = (node: Node) => node.effect || (node.op.includes('load') && !node.constantLoad);

/** Whether a vector store and another access may touch the same bytes. */
function mayOverlap(store: Node, other: Node): boolean {
  if (!other.memory || !store.memory || !/load|store/.test(other.op) || other.op.includes('atomic'))
    return true;
  if (other.memory !== store.memory) return false;
  const difference = differenceOf(store.args[0], other.args[0]);
  return difference === null || Math.abs((difference + store.imm - other.imm) | 0) < VECTOR_BYTES;
}

/** The store that each store of the run should stand beside: those of one base in the order of their offsets. */
function partners(run: readonly Item[]): Map<Node, Node> {
  const stores = run.filter(isStore).sort((a, b) => a.args[0].id - b.args[0].id || a.imm - b.imm);
  const found = new Map<Node, Node>();
  for (let i = 1; i < stores.length; i++) {
    const [first, second] = [stores[i - 1], stores[i]];
    if (first.args[0] !== second.args[0] || second.imm - first.imm !== VECTOR_BYTES) continue;
    found.set(first, second).set(second, first);
    i++;
  }
  return found;
}

/**
 * A run of nodes in which a store waits for its partner, unless something comes that may touch the same bytes. Pairs
 * wait for others that began before they were complete: the loads of those should have no store between them either.
 */
function pairStores(run: readonly Item[]): readonly Item[] {
  const pairs = partners(run);
  if (pairs.size === 0) return run;
  const items: Item[] = [];
  const waiting = new Set<Node>();
  const complete: Node[] = [];
  const releasePairs = () => {
    for (const store of complete.splice(0)) items.push(store);
  };
  const release = (store: Node) => {
    waiting.delete(store);
    pairs.delete(pairs.get(store)!);
    items.push(store);
  };
  for (const item of run) {
    const node = item as Node;
    const partner = pairs.get(node);
    if (node.live && touchesMemory(node)) {
      if (complete.some((store) => mayOverlap(store, node))) releasePairs();
      for (const store of waiting) if (store !== partner && mayOverlap(store, node)) release(store);
    }
    if (!partner) items.push(node);
    else if (!waiting.delete(partner)) waiting.add(node);
    else {
      // The higher one first: V8 then packs without another store of the lower half, which a trap would need.
      complete.push(...(partner.imm > node.imm ? [partner, node] : [node, partner]));
      if (waiting.size === 0) releasePairs();
    }
  }
  releasePairs();
  for (const store of waiting) release(store);
  return items;
}

function pairInRegion(region: Region): void {
  const items: Item[] = [];
  let run: Item[] = [];
  const flush = () => {
    for (const item of pairStores(run)) items.push(item);
    run = [];
  };
  for (const item of region.items) {
    if (item.kind === 'node') run.push(item);
    else {
      flush();
      items.push(item);
    }
  }
  flush();
  region.items = items;
}

/** Gives the stores addresses in which V8 finds no neighbours. */
function keepApart(b: Builder, stores: readonly Node[]): void {
  for (const store of stores) {
    if (store.imm === 0) continue;
    const [base, value] = store.args;
    const address = b.make('i32.add', 'i32', [base, b.i32(store.imm)], store.region);
    address.live = true;
    address.pos = store.pos;
    address.users.push(store);
    base.users.push(address);
    const { items } = store.region;
    items.splice(items.indexOf(store), 0, address);
    store.args = [address, value];
    store.imm = 0;
  }
}

export function pairNeighbours(b: Builder, entry: Region): void {
  walkRegions(entry, dropDeadSets);
  walkRegions(entry, joinBranches);
  walkRegions(entry, pairInRegion);
  const halves = new Halves();
  let whole = true;
  const stores: Node[] = [];
  walkRegions(entry, ({ items }) => {
    const runs = runsOf(items);
    for (const run of runs) {
      for (const [first, second] of partners(run)) {
        if (first.imm < second.imm) whole = halves.add(first, second) && whole;
      }
      stores.push(...run.filter(isStore));
    }
  });
  if (!whole || !halves.isWhole()) keepApart(b, stores);
}

/** Items without control flow between them. */
function runsOf(items: readonly Item[]): Item[][] {
  const runs: Item[][] = [[]];
  for (const item of items) {
    if (item.kind === 'node') runs.at(-1)!.push(item);
    else runs.push([]);
  }
  return runs;
}
