/** The numbers of a traced run: what made each, from which others, and its bits. */

/** What made a number. `read`: it was in memory before the kernel ran. */
export type NodeOp = number;

/** The node of what a comparison of computed numbers gave. */
export const tested = 1;

/** Numbers of a run, each by the index of its node. Node 0 is none. */
export class Nodes {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();
  op = new Uint8Array(1 << 12);
  args = new Int32Array(3 << 12);
  bits = new Int32Array(1 << 12);
  count = tested + 1;

  number(name: string): NodeOp {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.names.push(name) - 1;
      this.#numbers.set(name, number);
    }
    return number;
  }

  add(op: NodeOp, bits: number, a = 0, b = 0, c = 0): number {
    if (this.count === this.op.length) this.#grow();
    const node = this.count++;
    this.op[node] = op;
    this.bits[node] = bits;
    this.args[3 * node] = a;
    this.args[3 * node + 1] = b;
    this.args[3 * node + 2] = c;
    return node;
  }

  nameOf(node: number): string {
    return this.names[this.op[node]];
  }

  arg(node: number, index: number): number {
    return this.args[3 * node + index];
  }

  #grow(): void {
    const grown = <T extends Uint8Array | Int32Array>(array: T, into: T): T => {
      into.set(array);
      return into;
    };
    this.op = grown(this.op, new Uint8Array(2 * this.op.length));
    this.args = grown(this.args, new Int32Array(2 * this.args.length));
    this.bits = grown(this.bits, new Int32Array(2 * this.bits.length));
  }
}

const word = new DataView(new ArrayBuffer(4));

/** The float with these bits. */
export function floatOf(bits: number): number {
  word.setInt32(0, bits);
  return word.getFloat32(0);
}

/** The bits of a number, rounded to float32. */
export function bitsOf(value: number): number {
  word.setFloat32(0, value);
  return word.getInt32(0);
}
