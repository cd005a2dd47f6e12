import type { Storage, Tensor } from '@glassbox/tensor-core';
import type { Attribute } from './model.ts';

/** Numbers of the graph's own, as an operand: one, or a list. */
export interface Literal {
  readonly type: 'f32' | 'i64';
  readonly values: number | readonly number[];
}

/** A shape as an operand. What it has of the batch is found out when two passes are compared. */
export interface ShapeOperand {
  readonly sizes: readonly number[];
}

/** A named value, or one of these. */
export type Operand = string | Literal | ShapeOperand;

export interface TracedNode {
  readonly op: string;
  readonly inputs: readonly Operand[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** For errors: the kernel that it is from, and in which module that was launched. */
  readonly from: string;
}

export const scalar = (values: number): Literal => ({ type: 'f32', values });
export const integers = (...values: readonly number[]): Literal => ({ type: 'i64', values });

/** What is known of a scale that evaluation mode makes of batch norm's weight (`batchNormScale`). */
interface Scale {
  readonly weight: Tensor;
  readonly variance: Tensor;
  readonly eps: number;
}

/** Names of the graph's input and output: a parameter that is called so gets another one. */
const ends: ReadonlySet<string> = new Set(['input', 'output']);

/** The graph of one forward pass, as it grows: rows of the table write to it (`rows.ts`). */
export class Graph {
  readonly opset: number;
  readonly nodes: TracedNode[] = [];
  /** Every tensor that no kernel of this pass has computed, by name: parameters, buffers, what `forward` made. */
  readonly constants = new Map<string, Tensor>();
  /** Which kernel of which module is being written. */
  from = '';
  /** The module's name. */
  path = '';
  readonly scales = new Map<Storage, Scale>();
  readonly #values = new Map<Storage, string>();
  readonly #taken: Set<string>;
  /** Names of the net's parameters and buffers. */
  readonly #named: ReadonlyMap<Storage, string>;
  /** Memory that the host fills anew for each step. */
  readonly #stepInputs = new Set<Storage>();

  constructor(input: Tensor, named: ReadonlyMap<Storage, string>, opset: number) {
    this.opset = opset;
    this.#named = named;
    this.#taken = new Set([...ends, ...named.values()]);
    this.#values.set(input.storage, 'input');
  }

  /** The name of a tensor's value in the graph. @throws Error if it differs from step to step */
  valueOf(x: Tensor): string {
    const known = this.#values.get(x.storage);
    if (known !== undefined) return known;
    if (this.#stepInputs.has(x.storage)) {
      throw new Error(
        `toOnnx: ${this.from} reads a stepInput, which the host computes anew for each step; a graph has constants ` +
          'and its input only',
      );
    }
    const own = this.#named.get(x.storage);
    const name = own && !ends.has(own) ? own : this.#unused(own ?? `constant_${this.constants.size + 1}`);
    this.constants.set(name, x);
    this.#values.set(x.storage, name);
    return name;
  }

  /** A tensor's value from now on. */
  assign(y: Tensor, value: string): void {
    this.#values.set(y.storage, value);
  }

  /** Writes a node. @returns the name of its result */
  emit(op: string, inputs: readonly Operand[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const output = this.#unused(this.path === '' ? op : `${this.path}/${op}`);
    this.nodes.push({ op, inputs, output, attributes, from: this.from });
    return output;
  }

  noteStepInput(storage: Storage): void {
    this.#stepInputs.add(storage);
  }

  #unused(wanted: string): string {
    let name = wanted;
    for (let count = 2; this.#taken.has(name); count++) name = `${wanted}_${count}`;
    this.#taken.add(name);
    return name;
  }
}
