/**
 * The textbook's formulas as pictures: which elements are multiplied with which, channel by channel or image by image.
 * The kernel may take another way to the same number (Winograd); its way is what `explain` tells.
 */
import type { StepTensor } from '../../model/index.ts';
import type { LayerKind } from '../../playground/net.ts';
import type { Block } from '../../playground/spec.ts';
import { foldedColumns, mapOf } from './maps.ts';
import { flatIndex } from './packed.ts';
import { between, outside, type Pairing, type Panel, type Patch } from './types.ts';

export interface PairingOf {
  readonly layer: string;
  readonly kind: LayerKind;
  /** Of a convolution. */
  readonly block: Block | undefined;
  readonly what: string;
  readonly index: readonly number[];
  readonly tensor: (layer: string, what: string) => StepTensor;
}

/** Width and height of filters. */
const taps = 3;

/** Undefined for what is no sum over channels, images or places. */
export function pairingOf(asked: PairingOf): Pairing | undefined {
  const { kind, what } = asked;
  if (kind === 'conv') return convolution[what]?.(asked);
  if (kind === 'linear') return linear[what]?.(asked);
  if (kind === 'norm') return norm(asked);
  return undefined;
}

type Way = (asked: PairingOf) => Pairing;

const plain = { turned: false, normalised: false, bias: undefined } as const;

const convolution: Readonly<Record<string, Way>> = {
  output({ layer, block, index: [n, k, p, q], tensor }) {
    const { stride, padding } = block!;
    const [x, weight, bias] = [tensor(layer, 'input'), tensor(layer, 'weight'), tensor(layer, 'bias')];
    const [, , height, width] = x.shape;
    const panels = count(x.shape[1]).map((c) =>
      panel(
        c,
        patch(
          x,
          taps,
          taps,
          (r, s) => {
            const [row, column] = [p * stride - padding + r, q * stride - padding + s];
            return inside(row, height) && inside(column, width) ? [n, c, row, column] : outside;
          },
          [n, c],
        ),
        patch(weight, taps, taps, (r, s) => [k, c, r, s]),
      ),
    );
    const start = { tensor: named(bias), flat: k, value: Number(bias.values[k]) };
    return { ...plain, over: 'channel', rows: taps, columns: taps, bias: start, panels };
  },

  inputGradient({ layer, block, index: [n, c, y, x], tensor }) {
    const { stride, padding } = block!;
    const [dy, weight] = [tensor(layer, 'outputGradient'), tensor(layer, 'weight')];
    const [, filters, height, width] = dy.shape;
    // The tap r of a filter touched this row for the output p = (y + padding - r) / stride, if that is whole.
    const reached = (at: number, r: number, size: number) => {
      const output = (at + padding - (taps - 1 - r)) / stride;
      return Number.isInteger(output) ? (inside(output, size) ? output : outside) : between;
    };
    const panels = count(filters).map((k) =>
      panel(
        k,
        patch(
          dy,
          taps,
          taps,
          (r, s) => {
            const [p, q] = [reached(y, r, height), reached(x, s, width)];
            if (p === between || q === between) return between;
            return p < 0 || q < 0 ? outside : [n, k, p, q];
          },
          [n, k],
        ),
        patch(weight, taps, taps, (r, s) => [k, c, taps - 1 - r, taps - 1 - s]),
      ),
    );
    return { ...plain, over: 'filter', rows: taps, columns: taps, turned: true, panels };
  },

  weightGradient({ layer, block, index: [k, c, r, s], tensor }) {
    const { stride, padding } = block!;
    const [x, dy] = [tensor(layer, 'input'), tensor(layer, 'outputGradient')];
    const [images, , rows, columns] = dy.shape;
    const [, , height, width] = x.shape;
    const panels = count(images).map((n) =>
      panel(
        n,
        patch(x, rows, columns, (p, q) => {
          const [row, column] = [p * stride - padding + r, q * stride - padding + s];
          return inside(row, height) && inside(column, width) ? [n, c, row, column] : outside;
        }),
        patch(dy, rows, columns, (p, q) => [n, k, p, q]),
      ),
    );
    return { ...plain, over: 'image', rows, columns, panels };
  },

  biasGradient: ({ layer, index: [k], tensor }) => summed(tensor(layer, 'outputGradient'), k),
};

const linear: Readonly<Record<string, Way>> = {
  output({ layer, index: [n, o], tensor }) {
    const [x, weight, bias] = [tensor(layer, 'input'), tensor(layer, 'weight'), tensor(layer, 'bias')];
    const start = { tensor: named(bias), flat: o, value: Number(bias.values[o]) };
    return {
      ...folded(
        x,
        (f) => [n, f],
        weight,
        (f) => [o, f],
        x.shape[1],
      ),
      bias: start,
    };
  },
  inputGradient({ layer, index: [n, f], tensor }) {
    const [dy, weight] = [tensor(layer, 'outputGradient'), tensor(layer, 'weight')];
    return folded(
      dy,
      (o) => [n, o],
      weight,
      (o) => [o, f],
      dy.shape[1],
    );
  },
  weightGradient({ layer, index: [o, f], tensor }) {
    const [x, dy] = [tensor(layer, 'input'), tensor(layer, 'outputGradient')];
    return folded(
      x,
      (n) => [n, f],
      dy,
      (n) => [n, o],
      dy.shape[0],
    );
  },
  biasGradient({ layer, index: [o], tensor }) {
    const dy = tensor(layer, 'outputGradient');
    return folded(dy, (n) => [n, o], undefined, undefined, dy.shape[0]);
  },
};

/** Batch norm: the sums over batch and places that its statistics and gradients are. */
function norm({ layer, what, index: [at], tensor }: PairingOf): Pairing | undefined {
  if (what === 'biasGradient') return summed(tensor(layer, 'outputGradient'), at);
  if (what === 'mean') return summed(tensor(layer, 'input'), at);
  if (what !== 'weightGradient') return undefined;
  const [x, dy, means, deviations] = ['input', 'outputGradient', 'mean', 'deviation'].map((each) =>
    tensor(layer, each),
  );
  const [images, , rows, columns] = dy.shape;
  const [mean, scale] = [Number(means.values[at]), Number(deviations.values[at])];
  const panels = count(images).map((n) => {
    const places = (p: number, q: number) => [n, at, p, q];
    const right = patch(x, rows, columns, places);
    const normalised = { ...right, values: right.values.map((value) => (value - mean) * scale) };
    return panel(n, patch(dy, rows, columns, places), normalised);
  });
  return { ...plain, over: 'image', rows, columns, normalised: true, panels };
}

/** All maps of one channel, summed. */
function summed(x: StepTensor, channel: number): Pairing {
  const [images, , rows, columns] = x.shape;
  const panels = count(images).map((n) =>
    panel(
      n,
      patch(x, rows, columns, (p, q) => [n, channel, p, q]),
      undefined,
    ),
  );
  return { ...plain, over: 'image', rows, columns, panels };
}

type Along = (at: number) => readonly number[];

/** Two rows of numbers, folded so that they can be seen. */
function folded(
  left: StepTensor,
  leftAt: Along,
  right: StepTensor | undefined,
  rightAt: Along | undefined,
  length: number,
): Pairing {
  const columns = foldedColumns(length);
  const rows = Math.ceil(length / columns);
  const take = (tensor: StepTensor, at: Along) =>
    patch(tensor, rows, columns, (row, column) => {
      const place = row * columns + column;
      return place < length ? at(place) : outside;
    });
  const panels = [panel(0, take(left, leftAt), right && take(right, rightAt!))];
  return { ...plain, over: 'all', rows, columns, panels };
}

const count = (length: number) => Array.from({ length }, (_, at) => at);
const inside = (at: number, size: number) => at >= 0 && at < size;
const named = ({ layer, what, shape }: StepTensor) => ({ layer, what, shape });

function patch(
  tensor: StepTensor,
  rows: number,
  columns: number,
  place: (row: number, column: number) => readonly number[] | number,
  /** Image and channel of the map that it is a part of, if that is to be shown, too. */
  lead?: readonly number[],
): Patch {
  const at = new Int32Array(rows * columns);
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const found = place(row, column);
      const flat = typeof found === 'number' ? found : flatIndex(tensor.shape, found);
      at[row * columns + column] = flat;
      if (flat >= 0) values[row * columns + column] = tensor.values[flat];
    }
  }
  if (!lead) return { ...named(tensor), at, values };
  const { rows: height, columns: width, values: whole } = mapOf(tensor, [...lead, 0, 0]);
  return { ...named(tensor), at, values, map: { lead, rows: height, columns: width, values: whole } };
}

function panel(number: number, left: Patch, right: Patch | undefined): Panel {
  let sum = 0;
  const products = left.values.map((value, at) => {
    const product = right ? value * right.values[at] : value;
    sum += product;
    return product;
  });
  return { number, left, right, products, sum };
}
