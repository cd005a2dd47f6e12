/** Finds values that were computed before: a hash table over operation, operands and immediate. */
import type { Opcode } from '../encode/opcodes.ts';
import type { Node, Region } from './graph.ts';

export function hashOf(op: Opcode, args: readonly Node[], imm: number, bytes: Uint8Array | null): number {
  let hash = Math.imul(op.index + 1, 0x9e3779b1) ^ Math.imul(imm, 0x85ebca6b);
  for (const arg of args) hash = Math.imul(hash ^ arg.id, 0xc2b2ae35) ^ (hash >>> 15);
  if (bytes) for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash | 0;
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === b) return true;
  if (!a || !b) return false;
  for (let i = 0; i < 16; i++) if (a[i] !== b[i]) return false;
  return true;
}

function sameNodes(a: readonly Node[], b: readonly Node[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether what was computed in the region is known at the place where code is being written now. */
function isKnown(start: Region): boolean {
  let region = start;
  while (!region.open) {
    if (!region.merged) return false;
    region = region.parent!;
  }
  return true;
}

export class ValueTable {
  readonly #heads = new Map<number, Node>();

  find(hash: number, op: string, args: readonly Node[], imm: number, bytes: Uint8Array | null): Node | null {
    let node = this.#heads.get(hash) ?? null;
    for (; node; node = node.next) {
      if (node.imm !== imm || !sameNodes(node.args, args) || node.op !== op) continue;
      if (!sameBytes(node.bytes, bytes)) continue;
      if (isKnown(node.region)) return node;
    }
    return null;
  }

  add(hash: number, node: Node): void {
    let head = this.#heads.get(hash) ?? null;
    // A region that is closed stays closed: what is no longer known is dropped.
    while (head && !isKnown(head.region)) head = head.next;
    node.next = head;
    this.#heads.set(hash, node);
  }
}
