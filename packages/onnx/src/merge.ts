/**
 * Two passes with different batch sizes as one graph for every batch size: what is the same in both is written as it
 * is, and a size that grows with the batch becomes a size that the graph computes.
 */
import { integers, type Literal, type Operand, type ShapeOperand, type TracedNode } from './graph.ts';
import type { DataType, Initializer, OnnxGraph, OnnxNode, ValueInfo } from './model.ts';
import type { Trace } from './trace.ts';

/** A constant of a pass, on the host. */
export interface HostConstant {
  readonly type: Exclude<DataType, 'i64'>;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint32Array;
}

/** A pass, with its constants by name. */
export interface Pass extends Trace {
  readonly constants: ReadonlyMap<string, HostConstant>;
}

/** A size: a number, or so many times the batch. */
type Size = number | { readonly times: number };

/**
 * @param input shape of one example
 * @throws Error that names the op and the module, if the passes differ in another way
 */
export function merge(name: string, a: Pass, b: Pass, input: readonly number[]): OnnxGraph {
  const merged = new Merged(a, b);
  for (const constant of a.constants.keys()) merged.addConstant(constant);
  for (const [index, node] of a.graph.nodes.entries()) merged.addNode(node, b.graph.nodes[index]);
  if (a.graph.nodes.length !== b.graph.nodes.length || a.value !== b.value) {
    throw otherPass(b.graph.nodes[a.graph.nodes.length], a, b);
  }
  const shape = merged.sizes(a.shape, b.shape, 'the output').map((size) => dimension(size));
  const output: ValueInfo = { name: 'output', type: a.type, shape };
  return {
    name,
    nodes: endingIn('output', a.value, merged.nodes),
    initializers: merged.initializers,
    input: { name: 'input', type: 'f32', shape: ['N', ...input] },
    output,
  };
}

const dimension = (size: Size) =>
  typeof size === 'number' ? size : size.times === 1 ? 'N' : `${size.times}*N`;

/** The nodes, with one value renamed; it is copied where no node computes it. */
function endingIn(name: string, value: string, nodes: readonly OnnxNode[]): OnnxNode[] {
  if (!nodes.some(({ output }) => output === value)) {
    return [...nodes, { op: 'Identity', inputs: [value], output: name, attributes: {} }];
  }
  const renamed = (one: string) => (one === value ? name : one);
  return nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(renamed),
    output: renamed(node.output),
  }));
}

/** Names that are made here begin with a dot, as no name of a module, parameter or node does. */
class Merged {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: Initializer[] = [];
  readonly #a: Pass;
  readonly #b: Pass;
  /** What was written already, by name. */
  readonly #written = new Set<string>();

  constructor(a: Pass, b: Pass) {
    this.#a = a;
    this.#b = b;
  }

  /** A constant of both passes. One that has a row for each example, all alike, is stretched to the batch. */
  addConstant(name: string): void {
    const [one, other] = [this.#a, this.#b].map(({ constants }) => constants.get(name));
    if (!one || !other || one.type !== other.type) throw otherPass(undefined, this.#a, this.#b);
    const sizes = this.sizes(one.shape, other.shape, `the constant '${name}'`);
    const along = sizes.findIndex((size) => typeof size !== 'number');
    if (along < 0) {
      if (!sameNumbers(one.data, other.data)) throw changing(name);
      this.initializers.push({ name, ...one });
      return;
    }
    const [row, otherRow] = [alike(one, along), alike(other, along)];
    if (!row || !otherRow || !sameNumbers(row.data, otherRow.data)) throw changing(name);
    const short = `.${name}_row`;
    this.initializers.push({ name: short, ...row });
    this.#add('Expand', [short, this.#computed(sizes)], name);
  }

  /** A node of both passes. */
  addNode(node: TracedNode, twin: TracedNode | undefined): void {
    const same =
      twin &&
      node.op === twin.op &&
      node.output === twin.output &&
      node.inputs.length === twin.inputs.length &&
      JSON.stringify(node.attributes) === JSON.stringify(twin.attributes);
    if (!same) throw otherPass(node, this.#a, this.#b);
    const inputs = node.inputs.map((input, index) => this.#operand(node, input, twin.inputs[index]));
    this.#add(node.op, inputs, node.output, node.attributes);
  }

  /** @throws RangeError if a size neither stays nor grows with the batch */
  sizes(one: readonly number[], other: readonly number[], what: string): Size[] {
    const [small, large] = [this.#a.batch, this.#b.batch];
    const fits = one.every(
      (size, d) => size === other[d] || (size % small === 0 && size * large === other[d] * small),
    );
    if (one.length !== other.length || !fits) {
      throw new RangeError(
        `toOnnx: ${what} has shape [${one}] for a batch of ${small} and [${other}] for a batch of ${large}; ` +
          'a size can stay or be a multiple of the batch',
      );
    }
    return one.map((size, d) => (size === other[d] ? size : { times: size / small }));
  }

  #operand(node: TracedNode, one: Operand, other: Operand): string {
    if (typeof one === 'object' && 'sizes' in one) {
      return this.#shape(node, this.sizes(one.sizes, (other as ShapeOperand).sizes, node.from));
    }
    if (JSON.stringify(one) !== JSON.stringify(other)) {
      throw new Error(
        `toOnnx: ${node.from} (${node.op}) uses numbers that depend on the batch size: ${shown(one)} for a batch of ` +
          `${this.#a.batch}, ${shown(other)} for ${this.#b.batch}; a graph for every batch size cannot hold them`,
      );
    }
    return typeof one === 'string' ? one : this.#literal(one);
  }

  #shape({ op }: TracedNode, sizes: readonly Size[]): string {
    const free = sizes.filter((size) => typeof size !== 'number').length;
    // Reshape finds one size by itself.
    if (free === 0 || (op === 'Reshape' && free === 1)) {
      return this.#literal(integers(...sizes.map((size) => (typeof size === 'number' ? size : -1))));
    }
    return this.#computed(sizes);
  }

  /** A shape that is computed from the input's. */
  #computed(sizes: readonly Size[]): string {
    const batch = this.#add('Shape', ['input'], '.batch', { start: 0, end: 1 });
    const parts = sizes.map((size) => {
      if (typeof size === 'number') return this.#literal(integers(size));
      if (size.times === 1) return batch;
      return this.#add('Mul', [batch, this.#literal(integers(size.times))], `.${size.times}*N`);
    });
    const name = `.[${sizes.map((size) => dimension(size)).join(', ')}]`;
    return this.#add('Concat', parts, name, { axis: 0 });
  }

  /** A node, once. @returns its output */
  #add(
    op: string,
    inputs: readonly string[],
    output: string,
    attributes: OnnxNode['attributes'] = {},
  ): string {
    if (!this.#written.has(output)) this.nodes.push({ op, inputs, output, attributes });
    this.#written.add(output);
    return output;
  }

  /** Numbers of the graph's own, once for all of their uses. */
  #literal({ type, values }: Literal): string {
    const list = [values].flat();
    const shape = typeof values === 'number' ? [] : [list.length];
    const name = `.${type} ${typeof values === 'number' ? values : `[${values}]`}`;
    if (this.#written.has(name)) return name;
    this.#written.add(name);
    const data = type === 'f32' ? Float32Array.from(list) : BigInt64Array.from(list, BigInt);
    this.initializers.push({ name, type, shape, data });
    return name;
  }
}

const shown = (operand: Operand) =>
  typeof operand === 'object' && 'values' in operand ? `[${operand.values}]` : JSON.stringify(operand);

function otherPass(node: TracedNode | undefined, a: Pass, b: Pass): Error {
  return new Error(
    `toOnnx: forward does something else for a batch of ${a.batch} than for a batch of ${b.batch}` +
      `${node ? `, from ${node.from} on` : ''}; a graph has no branches`,
  );
}

function changing(name: string): Error {
  return new Error(
    `toOnnx: a tensor that forward makes ('${name}') has other values for another batch size, or at each call; ` +
      'a graph has constants and its input only',
  );
}

function sameNumbers(a: HostConstant['data'], b: HostConstant['data']): boolean {
  return a === b || (a.length === b.length && a.every((value, index) => Object.is(value, b[index])));
}

/** The first slice along a dimension, if all are the same. */
function alike({ type, shape, data }: HostConstant, along: number): HostConstant | undefined {
  const inner = shape.slice(along + 1).reduce((product, size) => product * size, 1);
  const period = inner * shape[along];
  const first = (index: number) => Math.floor(index / period) * period + (index % inner);
  if (!data.every((value, index) => Object.is(value, data[first(index)]))) return undefined;
  return {
    type,
    shape: shape.map((size, d) => (d === along ? 1 : size)),
    data: data.filter((_, index) => index === first(index)),
  };
}
