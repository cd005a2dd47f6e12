/** A stack of four lanes each: bits, and the node that each number is. Scalars are in the first lane. */
import type { Arithmetic } from './arithmetic.ts';
import { fusedMultiplyAdd } from './fused-multiply-add.ts';
import { type NodeOp, Nodes, tested } from './nodes.ts';

/** Values that the stack has room for, times four. */
const room = 4 * 1024;

export class LaneStack {
  readonly nodes = new Nodes();
  readonly bits = new Int32Array(room);
  /** The same lanes as floats. */
  readonly floats = new Float32Array(this.bits.buffer);
  readonly node = new Int32Array(room);
  /** Where the next value goes, in lanes. */
  top = 0;
  protected readonly constant: NodeOp = this.nodes.number('constant');
  protected readonly fused: boolean;

  /** @param fused a multiply-add rounds once. */
  constructor(fused: boolean) {
    this.fused = fused;
  }

  move(from: number, to: number): void {
    this.bits.copyWithin(to, from, from + 4);
    this.node.copyWithin(to, from, from + 4);
  }

  /** The node of a lane; a number that nothing is known of becomes a constant. */
  known(lane: number): number {
    const node = this.node[lane];
    return node > tested ? node : this.nodes.add(this.constant, this.bits[lane]);
  }

  /**
   * One of two numbers, into the first one's lane. Where both were computed and the choice hangs on what was, the other
   * is remembered, too.
   */
  choose(lane: number, other: number, condition: number): void {
    const node = this.node;
    const [chosen, left] = this.bits[condition] !== 0 ? [lane, other] : [other, lane];
    const computed = Math.min(node[chosen], node[left]) > tested && node[condition] !== 0;
    const both = computed && node[chosen] !== node[left];
    const bits = this.bits[chosen];
    node[lane] = both
      ? this.nodes.add(this.nodes.number('select'), bits, node[chosen], node[left])
      : node[chosen];
    this.bits[lane] = bits;
  }

  /** Arithmetic, lane by lane. */
  compute(arithmetic: Arithmetic): void {
    switch (arithmetic.kind) {
      case 'fused':
        this.#multiplyAdd(arithmetic.sign);
        break;
      case 'float1':
        this.#float1(arithmetic);
        break;
      case 'float2':
        this.#float2(arithmetic);
        break;
      case 'bitselect':
        this.#bitselect();
        break;
      case 'compared':
        this.#compare(arithmetic);
        break;
      case 'moved':
        break;
      case 'integer1':
        this.#integer1(arithmetic);
        break;
      case 'integer2':
        this.#integer2(arithmetic);
        break;
    }
  }

  #bitselect(): void {
    this.top -= 8;
    for (let lane = this.top - 4; lane < this.top; lane++) {
      const mask = this.bits[lane + 8];
      if (mask === 0 || mask === -1) this.choose(lane, lane + 4, lane + 8);
      else {
        this.#set(lane, 'bits', (this.bits[lane] & mask) | (this.bits[lane + 4] & ~mask), lane, lane + 4);
      }
    }
  }

  #compare({ compute, count }: Extract<Arithmetic, { kind: 'compared' }>): void {
    this.top -= 4;
    for (let lane = this.top - 4; lane < this.top - 4 + count; lane++) {
      const holds = compute(this.floats[lane], this.floats[lane + 4]);
      this.bits[lane] = count === 1 ? Number(holds) : -Number(holds);
      this.node[lane] = this.node[lane] || this.node[lane + 4] ? tested : 0;
    }
  }

  #integer1({ compute, count, converts }: Extract<Arithmetic, { kind: 'integer1' }>): void {
    for (let lane = this.top - 4; lane < this.top - 4 + count; lane++) {
      const result = compute(this.bits[lane], this.floats[lane]);
      if (converts && this.node[lane]) this.#set(lane, 'convert', result, lane);
      else this.#plain(lane, result, lane, lane);
    }
  }

  #integer2({ compute, count, shift, test }: Extract<Arithmetic, { kind: 'integer2' }>): void {
    this.top -= 4;
    for (let lane = this.top - 4; lane < this.top - 4 + count; lane++) {
      const other = shift ? this.top : lane + 4;
      const result = compute(this.bits[lane], this.bits[other]);
      this.#plain(lane, test ? -result : result, lane, other);
    }
  }

  #set(lane: number, name: string, bits: number, a: number, b = -1): void {
    const first = this.known(a);
    const second = b < 0 ? 0 : this.known(b);
    this.bits[lane] = bits;
    this.node[lane] = this.nodes.add(this.nodes.number(name), bits, first, second);
  }

  /** A result of integer arithmetic: a number that is only kept or masked out stays what it was. */
  #plain(lane: number, result: number, a: number, b: number): void {
    const node = this.node;
    if (node[a] === 0 && node[b] === 0) {
      this.bits[lane] = result;
      node[lane] = 0;
      return;
    }
    const kept =
      result === this.bits[a] && node[a] ? node[a] : result === this.bits[b] && node[b] ? node[b] : 0;
    if (kept || result === 0) {
      this.bits[lane] = result;
      node[lane] = kept;
    } else this.#set(lane, 'bits', result, a, b);
  }

  #multiplyAdd(sign: 1 | -1): void {
    const floats = this.floats;
    this.top -= 8;
    const fused = this.nodes.number(sign < 0 ? 'fusedSubtract' : 'fusedAdd');
    const apart = this.nodes.number(sign < 0 ? 'subtract' : 'add');
    const product = this.nodes.number('multiply');
    for (let lane = this.top - 4; lane < this.top; lane++) {
      const x = this.known(lane);
      const y = this.known(lane + 4);
      const z = this.known(lane + 8);
      if (this.fused) {
        floats[lane] = fusedMultiplyAdd(sign * floats[lane], floats[lane + 4], floats[lane + 8]);
        this.node[lane] = this.nodes.add(fused, this.bits[lane], x, y, z);
      } else {
        floats[lane] *= floats[lane + 4];
        const made = this.nodes.add(product, this.bits[lane], x, y);
        floats[lane] = sign < 0 ? floats[lane + 8] - floats[lane] : floats[lane + 8] + floats[lane];
        this.node[lane] = this.nodes.add(apart, this.bits[lane], z, made);
      }
    }
  }

  #float1({ compute, count, name }: Extract<Arithmetic, { kind: 'float1' }>): void {
    const made = this.nodes.number(name);
    for (let lane = this.top - 4; lane < this.top - 4 + count; lane++) {
      const constant = this.node[lane] === 0;
      const before = this.known(lane);
      this.floats[lane] = compute(this.floats[lane]);
      this.node[lane] = constant ? 0 : this.nodes.add(made, this.bits[lane], before);
    }
  }

  #float2({ compute, count, name }: Extract<Arithmetic, { kind: 'float2' }>): void {
    const node = this.node;
    const made = this.nodes.number(name);
    this.top -= 4;
    for (let lane = this.top - 4; lane < this.top - 4 + count; lane++) {
      const constant = node[lane] === 0 && node[lane + 4] === 0;
      const x = constant ? 0 : this.known(lane);
      const y = constant ? 0 : this.known(lane + 4);
      this.floats[lane] = compute(this.floats[lane], this.floats[lane + 4]);
      node[lane] = constant ? 0 : this.nodes.add(made, this.bits[lane], x, y);
    }
  }
}
