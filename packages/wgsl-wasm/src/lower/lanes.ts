/**
 * Loads made cheaper by how their values are used. A scalar that is only ever spread over a vector becomes
 * `v128.load32_splat`; a vector of which only single lanes are spread or read becomes one such load per lane (the
 * processor's load ports are idle beside multiply-adds, its shuffle port is not). Reads of constant memory move down
 * to their first use, which frees registers.
 */
import type { Builder } from './builder.ts';
import type { Item, Node, Region } from './graph.ts';
import { walkRegions } from './liveness.ts';

const isSplat = (node: Node) => node.op === 'f32x4.splat' || node.op === 'i32x4.splat';

/** The lane that a use of a vector reads alone: by extraction, or spread by a shuffle. -1: the use needs the vector. */
function laneOf(user: Node): number {
  if (user.op === 'f32x4.extract_lane' || user.op === 'i32x4.extract_lane') return user.imm;
  if (user.op !== 'i8x16.shuffle' || user.args[0] !== user.args[1]) return -1;
  const first = user.bytes![0];
  return user.bytes!.every((byte, i) => byte === first + (i & 3)) ? first >> 2 : -1;
}

/** Replaces `node` by `by` wherever it is used. */
function replace(node: Node, by: Node): void {
  for (const user of node.users) {
    user.args = user.args.map((arg) => (arg === node ? by : arg));
    by.users.push(user);
  }
  node.users = [];
  node.live = false;
}

const onlySplat = (load: Node) =>
  load.otherUses === 0 &&
  load.users.length > 0 &&
  load.users.every((user) => isSplat(user) && user.otherUses === 0);

function toSplat(load: Node): void {
  const splats = load.users;
  load.users = [];
  load.op = 'v128.load32_splat';
  load.type = 'v128';
  for (const splat of new Set(splats)) replace(splat, load);
}

/** One load per lane used, in place of the vector load. */
function splitLanes(b: Builder, load: Node): Node[] {
  const users = new Set(load.users);
  const parts: Node[] = [];
  const make = (lane: number, splat: boolean, float: boolean): Node => {
    const op = splat ? 'v128.load32_splat' : float ? 'f32.load' : 'i32.load';
    const imm = load.imm + 4 * lane;
    let part = parts.find((known) => known.op === op && known.imm === imm);
    if (!part) {
      const type = splat ? 'v128' : float ? 'f32' : 'i32';
      part = b.make(op, type, load.args, load.region, imm);
      part.constantLoad = load.constantLoad;
      part.memory = load.memory;
      part.pos = load.pos;
      part.live = true;
      parts.push(part);
      load.args[0].users.push(part);
    }
    return part;
  };
  for (const user of users) {
    const lane = laneOf(user);
    if (user.op === 'i8x16.shuffle') {
      replace(user, make(lane, true, true));
      continue;
    }
    const float = user.op === 'f32x4.extract_lane';
    if (onlySplat(user)) for (const splat of new Set(user.users)) replace(splat, make(lane, true, true));
    else replace(user, make(lane, false, float));
    user.live = false;
  }
  load.live = false;
  return parts;
}

function improve(b: Builder, region: Region): void {
  const items: Item[] = [];
  for (const item of region.items) {
    if (item.kind !== 'node' || !item.live || item.effect) {
      items.push(item);
      continue;
    }
    if ((item.op === 'f32.load' || item.op === 'i32.load') && onlySplat(item)) toSplat(item);
    if (
      item.op === 'v128.load' &&
      item.otherUses === 0 &&
      item.users.length > 0 &&
      item.users.every((user) => laneOf(user) >= 0 && user.otherUses === 0)
    ) {
      const parts = splitLanes(b, item);
      items.push(...parts);
      continue;
    }
    items.push(item);
  }
  region.items = items;
}

/** Moves reads of constant memory to just before their first use in the same region. */
function sink(region: Region): void {
  const movable = new Set<Node>();
  for (const item of region.items) {
    if (item.kind === 'node' && item.live && item.constantLoad && item.otherUses === 0) {
      if (item.users.every((user) => user.region === region && user.op !== 'phi')) movable.add(item);
    }
  }
  if (movable.size === 0) return;
  const items: Item[] = [];
  const settle = (node: Node) => {
    for (const arg of node.args) {
      if (movable.delete(arg)) {
        settle(arg);
        items.push(arg);
      }
    }
  };
  for (const item of region.items) {
    if (item.kind === 'node') {
      if (movable.has(item)) continue;
      if (item.live) settle(item);
    }
    items.push(item);
  }
  region.items = items;
}

/**
 * V8 adds the offset of a splat load to the base of the memory by an instruction of its own, one for each offset that
 * a loop body has. So the offset keeps only the lane (4, 8 or 12, shared by all), and the rest goes into the address
 * (shared by the four lanes).
 */
function shareOffsets(b: Builder, region: Region): void {
  const items: Item[] = [];
  const addresses = new Map<string, Node>();
  for (const item of region.items) {
    if (item.kind === 'node' && item.live && item.op === 'v128.load32_splat' && item.imm >= 16) {
      const block = item.imm & ~15;
      const [base] = item.args;
      const key = `${base.id},${block}`;
      let address = addresses.get(key);
      if (!address) {
        const constant = b.i32(block);
        address = b.make('i32.add', 'i32', [base, constant], region);
        address.live = true;
        address.pos = item.pos;
        base.users.push(address);
        addresses.set(key, address);
        items.push(address);
      }
      address.users.push(item);
      item.args = [address];
      item.imm &= 15;
    }
    items.push(item);
  }
  if (addresses.size > 0) region.items = items;
}

export function improveLoads(b: Builder, entry: Region): void {
  walkRegions(entry, (region) => improve(b, region));
  walkRegions(entry, (region) => shareOffsets(b, region));
  walkRegions(entry, sink);
}
