/**
 * Whether V8 packs a function into 256-bit operations without a rest. Where a packed value is also used as it was, in
 * 128 bits, V8 14 has been seen to compute wrong numbers (test/wide/mixed.wgsl). So stores are offered to it in pairs
 * only if all that leads to them, and all uses of that, can be packed; else they are kept apart.
 */
import { isConstant, type Node } from './graph.ts';

/** What V8 packs besides loads, constants, splats and phis. */
const PACKED =
  /^(f32x4\.(add|sub|mul|div|p?min|p?max|eq|ne|lt|gt|le|ge|abs|neg|sqrt|relaxed_n?madd|convert_i32x4_[su])|i32x4\.(add|sub|mul|eq|ne|[gl][te]_[su]|shl|shr_[su]|min_[su]|max_[su]|abs|neg)|v128\.(and|andnot|or|xor|not|bitselect))$/;

export class Halves {
  /** The other half of each packed value, and whether it is the upper one. */
  readonly #others = new Map<Node, { readonly other: Node; readonly upper: boolean }>();

  /** Takes two stores and all that leads to them in. @returns whether both halves do the same everywhere. */
  add(lower: Node, upper: Node): boolean {
    this.#note(lower, upper);
    return this.#pack(lower.args[1], upper.args[1]);
  }

  #note(lower: Node, upper: Node): void {
    this.#others.set(lower, { other: upper, upper: false });
    this.#others.set(upper, { other: lower, upper: true });
  }

  #pack(a: Node, b: Node): boolean {
    if (a === b) return isConstant(a) || a.op.endsWith('splat');
    if (a.op !== b.op || a.region !== b.region || a.type !== 'v128') return false;
    if (isConstant(a)) return true;
    const [known, taken] = [this.#others.get(a), this.#others.get(b)];
    if (known || taken) return known?.other === b && !known.upper;
    this.#note(a, b);
    if (a.op === 'v128.load') return a.args[0] === b.args[0] && b.imm - a.imm === 16;
    if (a.op === 'phi') {
      const [first, second] = [a.sources!, b.sources!];
      return (
        first.length === second.length && first.every(({ value }, i) => this.#pack(value, second[i].value))
      );
    }
    if (!PACKED.test(a.op)) return false;
    return a.args.every((arg, i) => (arg.type === 'v128' ? this.#pack(arg, b.args[i]) : arg === b.args[i]));
  }

  /** Whether nothing else uses a packed value. To be asked when all stores were added. */
  isWhole(): boolean {
    const uses = new Map<Node, number>();
    for (const node of this.#others.keys()) {
      for (const { value } of node.sources ?? []) uses.set(value, (uses.get(value) ?? 0) + 1);
    }
    for (const node of this.#others.keys()) {
      if (node.type === null) continue;
      if (!node.users.every((user) => !user.live || this.#others.has(user))) return false;
      if (node.otherUses !== (uses.get(node) ?? 0)) return false;
    }
    return true;
  }
}
