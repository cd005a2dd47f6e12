/**
 * Infinity, NaN, signed zeros and the ends of float32's range, beside PyTorch: recorded by
 * ../../fixtures/special_values.py. The wasm device follows it in every case. WGSL lets a GPU assume that there is
 * neither NaN nor infinity, so that there only what has none of them, neither given nor in PyTorch's result, is
 * compared.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Device } from '../../../src/device/device.ts';
import { Runtime } from '../../../src/index.ts';
import { tensor } from '../../../src/tensor.ts';

export type Texts = readonly string[];
type Row = Readonly<Record<string, Texts>>;
interface Fixture {
  readonly unary: Readonly<Record<string, Row>>;
  readonly binary: Readonly<Record<string, Row>>;
  readonly compare: Readonly<Record<string, Row>>;
  readonly reductions: readonly (Readonly<Record<string, { y: Texts; dx: Texts }>> & {
    x: Texts;
    argmax: number;
    variance?: string;
  })[];
  readonly pools: readonly {
    x: Texts;
    window: { kernelSize: number; stride: number; padding: number };
    maxPool2d: { shape: number[]; y: Texts; dx: Texts };
    avgPool2d: { shape: number[]; y: Texts; dx: Texts };
  }[];
  readonly crossEntropy: readonly {
    x: Texts;
    classes: number;
    label: number;
    smoothing: number;
    weight: Texts | null;
    loss: string;
    dx: Texts;
  }[];
  readonly pointwise: readonly { loss: string; x: string; t: string; y: string; dx: string }[];
  readonly batchNorm: readonly (Readonly<Record<string, Texts>> & { training: boolean; relu: boolean })[];
  readonly optimizers: readonly { optimizer: 'SGD' | 'Adam' | 'AdamW'; gradients: Texts; steps: Texts[] }[];
  readonly empty: readonly {
    op: 'sum' | 'mean' | 'max' | 'min' | 'variance';
    shape: number[];
    dim: number[];
    y?: Texts;
  }[];
  readonly clipping: readonly { gradients: Texts; maxNorm: string; norm: string; clipped: Texts }[];
}

const file = new URL('../../fixtures/special-values.json', import.meta.url);
export const fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture;

export const numbers = (texts: Texts): number[] => texts.map(Number);
export const ordinary = (values: Iterable<number>): boolean => [...values].every(Number.isFinite);

/** Below it numbers lose digits, or may count as 0 on a GPU. */
const smallest = 2 ** -126;

interface Tolerance {
  /** Relative difference allowed between finite numbers. */
  readonly relative?: number;
  /** The sign of a zero counts. */
  readonly zeroSigns?: boolean;
}

/** One number: the same kind of number, and near. */
function same(found: number, wanted: number, { relative = 2e-6, zeroSigns = false }: Tolerance): boolean {
  if (!Number.isFinite(wanted)) return Object.is(found, wanted);
  if (zeroSigns && wanted === 0 && found === 0) return Object.is(found, wanted);
  return Math.abs(found - wanted) <= relative * Math.abs(wanted) + smallest;
}

/** What tests on a device compare with. */
export function comparison(device: Device) {
  const runtime = new Runtime(device);
  const exact = device.info.kind === 'wasm';
  const floats = (values: readonly number[], shape: readonly number[] = [values.length], layout = {}) =>
    tensor(runtime, values, shape, layout);
  let compared = 0;

  /** A result as PyTorch has it. Element i follows from `inputs(i)`. */
  function check(
    what: string,
    found: ArrayLike<number>,
    texts: Texts,
    inputs: (i: number) => readonly number[],
    how: Tolerance = {},
  ) {
    const wanted = numbers(texts);
    expect(found.length, what).toBe(wanted.length);
    const wrong = wanted.flatMap((value, i) => {
      const given = inputs(i);
      if (!exact && !ordinary([value, ...given])) return [];
      if (!exact && given.some((one) => one !== 0 && Math.abs(one) < smallest)) return [];
      compared++;
      return same(found[i], value, how) ? [] : [`${found[i]} instead of ${value} from ${given.join(', ')}`];
    });
    expect(wrong, what).toEqual([]);
  }

  return { runtime, exact, floats, check, compared: () => compared };
}
