/** An expression in a few arrays, so that one with 100,000 parts goes from the Worker to the page at once. */
import type { Expression, Place } from '../../model/index.ts';

/** A tensor that elements of an expression belong to. */
export interface TensorName {
  readonly layer: string;
  readonly what: string;
  readonly shape: readonly number[];
}

/** What `pack` makes; read it with `Formula`. */
export interface Packed {
  readonly tensors: readonly TensorName[];
  readonly names: readonly string[];
  readonly kinds: Uint8Array<ArrayBuffer>;
  readonly values: Float64Array<ArrayBuffer>;
  /** Three numbers for each part; what they are depends on its kind. */
  readonly parts: Int32Array<ArrayBuffer>;
  /** Arguments of operations, one after another. */
  readonly args: Int32Array<ArrayBuffer>;
  /** Of terms: two parts (-1 for none), and what they are: 1 for taken away, 2 for rounded once. */
  readonly terms: Int32Array<ArrayBuffer>;
  readonly sums: Float64Array<ArrayBuffer>;
}

const kindNames = ['element', 'constant', 'sum', 'operation'] as const;

/**
 * @param shapeOf the shape of a tensor, by layer and kind.
 * @param placeOf what the page calls the place of an element.
 */
export function pack(
  root: Expression,
  shapeOf: (layer: string, what: string) => readonly number[],
  placeOf: (place: Place) => Place = (place) => place,
): Packed & { readonly root: number } {
  const tensors: TensorName[] = [];
  const names: string[] = [];
  const kinds: number[] = [];
  const values: number[] = [];
  const parts: number[] = [];
  const args: number[] = [];
  const terms: number[] = [];
  const sums: number[] = [];
  const seen = new Map<Expression, number>();

  const nameOf = (name: string | undefined) => {
    if (name === undefined) return -1;
    const at = names.indexOf(name);
    return at < 0 ? names.push(name) - 1 : at;
  };
  const tensorOf = (layer: string, what: string) => {
    const at = tensors.findIndex((tensor) => tensor.what === what && tensor.layer === layer);
    return at < 0 ? tensors.push({ layer, what, shape: shapeOf(layer, what) }) - 1 : at;
  };
  const part = (expression: Expression): number => {
    const known = seen.get(expression);
    if (known !== undefined) return known;
    const [a, b, c] = numbersOf(expression);
    const id = kinds.push(kindNames.indexOf(expression.kind)) - 1;
    values.push(expression.value);
    parts.push(a, b, c);
    // An element is an object of its own wherever it is read.
    if (expression.kind !== 'element') seen.set(expression, id);
    return id;
  };
  const numbersOf = (expression: Expression): readonly [number, number, number] => {
    switch (expression.kind) {
      case 'element': {
        const { layer, what, index } = placeOf(expression.place);
        const at = tensorOf(layer, what);
        return [at, flatIndex(tensors[at].shape, index), 0];
      }
      case 'constant':
        return [nameOf(expression.name), 0, 0];
      case 'operation': {
        const own = expression.args.map(part);
        return [args.push(...own) - own.length, own.length, nameOf(expression.name)];
      }
      case 'sum': {
        const start = part(expression.start);
        // Sums inside this one come first: its own terms stand in a row.
        const own = expression.terms.map(({ factors: [x, y] }) => [part(x), y ? part(y) : -1] as const);
        const first = sums.length;
        for (const [at, { sign, fused, sum }] of expression.terms.entries()) {
          terms.push(own[at][0], own[at][1], (sign < 0 ? 1 : 0) + (fused ? 2 : 0));
          sums.push(sum);
        }
        return [first, own.length, start];
      }
    }
  };

  return {
    root: part(root),
    tensors,
    names,
    kinds: Uint8Array.from(kinds),
    values: Float64Array.from(values),
    parts: Int32Array.from(parts),
    args: Int32Array.from(args),
    terms: Int32Array.from(terms),
    sums: Float64Array.from(sums),
  };
}

/** Memory that goes to the page without a copy. */
export const buffersOf = ({ kinds, values, parts, args, terms, sums }: Packed): ArrayBuffer[] =>
  [kinds, values, parts, args, terms, sums].map(({ buffer }) => buffer);

/** Row-major. */
export function flatIndex(shape: readonly number[], index: readonly number[]): number {
  let flat = 0;
  for (let dim = 0; dim < shape.length; dim++) flat = flat * shape[dim] + index[dim];
  return flat;
}

/** The index of an element that is at a place of the row-major order. */
export function indexOf(shape: readonly number[], flat: number): number[] {
  const index = new Array<number>(shape.length);
  let rest = flat;
  for (let dim = shape.length - 1; dim >= 0; dim--) {
    index[dim] = rest % shape[dim];
    rest = Math.floor(rest / shape[dim]);
  }
  return index;
}

/** A part of a formula; `id`s are numbers of other parts. */
export type Part = { readonly id: number; readonly value: number } & (
  | { readonly kind: 'element'; readonly tensor: TensorName; readonly flat: number }
  | { readonly kind: 'constant'; readonly name: string | undefined }
  | { readonly kind: 'operation'; readonly name: string; readonly args: readonly number[] }
  | { readonly kind: 'sum'; readonly start: number; readonly count: number }
);

export interface FormulaTerm {
  readonly left: number;
  readonly right: number | undefined;
  readonly minus: boolean;
  readonly fused: boolean;
  readonly sum: number;
}

/** Reads what `pack` wrote. */
export class Formula {
  readonly #packed: Packed;
  readonly root: number;

  constructor(packed: Packed & { readonly root: number }) {
    this.#packed = packed;
    this.root = packed.root;
  }

  part(id: number): Part {
    const { kinds, values, parts, args, names, tensors } = this.#packed;
    const kind = kindNames[kinds[id]];
    const value = values[id];
    const [a, b, c] = parts.subarray(3 * id, 3 * id + 3);
    if (kind === 'element') return { id, value, kind, tensor: tensors[a], flat: b };
    if (kind === 'constant') return { id, value, kind, name: a < 0 ? undefined : names[a] };
    if (kind === 'sum') return { id, value, kind, start: c, count: b };
    return { id, value, kind, name: names[c], args: [...args.subarray(a, a + b)] };
  }

  /** A term of a sum, counted from 0. */
  term(sum: number, number: number): FormulaTerm {
    const { parts, terms, sums } = this.#packed;
    const at = parts[3 * sum] + number;
    const [left, right, flags] = terms.subarray(3 * at, 3 * at + 3);
    return {
      left,
      right: right < 0 ? undefined : right,
      minus: (flags & 1) > 0,
      fused: (flags & 2) > 0,
      sum: sums[at],
    };
  }

  /** How many elements stand in it. */
  get elements(): number {
    return this.#packed.kinds.reduce((count, kind) => count + Number(kind === 0), 0);
  }
}
