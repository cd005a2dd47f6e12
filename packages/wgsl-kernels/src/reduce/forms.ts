import type { Coordinates } from '../elementwise/coordinates.ts';
import { laneIndices } from '../elementwise/map.ts';
import type { Layout } from '../layout.ts';
import { type ReducedLoops, stepOffset } from './loops.ts';

/** How the four neighbouring results of an invocation are accumulated. */
export interface Accumulators {
  readonly elementType: 'vec4<f32>' | 'f32';
  /** Strides of the loops are counted in units of so many elements. */
  readonly unit: 1 | 4;
  /** Coordinates and first indices of what is read. */
  readonly dims: readonly number[];
  readonly bases: readonly string[];
  /**
   * For each accumulator: what it takes in at a step, the first element that belongs to it, and the companion's value
   * that goes with it.
   */
  readonly takes: readonly { readonly x: string; readonly first: string; readonly c: string }[];
  /** WGSL `vec4<f32>`: the four results from the accumulators `name(0), name(1), …`. */
  readonly results: (name: (a: number) => string) => string;
}

/** What is reduced, and where its results lie. */
export interface Source {
  readonly operand: string;
  /** Distances along the dimensions that are kept; 0 for the others. */
  readonly strides: readonly number[];
  readonly output: Layout;
  readonly place: Coordinates;
  readonly steps: ReducedLoops;
  readonly op: 'sum' | 'max' | 'min';
}

interface ReduceForm {
  readonly when: (source: Source) => boolean;
  readonly accumulate: (source: Source) => Accumulators;
}

/** The first one that fits is chosen. */
export const reduceForms: Readonly<Record<'lanesReduced' | 'lanesKept' | 'gathered', ReduceForm>> = {
  /**
   * The dimension along the lanes is reduced: each result has an accumulator of its own, whose four lanes are combined
   * at the end.
   */
  lanesReduced: {
    when: ({ steps }) => steps.alongLanes,
    accumulate: ({ operand, strides, output, place, steps, op }) => {
      const { indices, dims } = laneIndices(strides, output, place, 4);
      const step = stepOffset(steps.loops, 4);
      const takes = indices.map((_, a) => ({
        x: `${operand}[base${a}${step}]`,
        first: `vec4<f32>(${operand}[base${a}].x)`,
        c: `vec4<f32>(c[${a}])`,
      }));
      const total = (acc: string) =>
        op === 'sum' ? `(${acc}.x + ${acc}.y) + (${acc}.z + ${acc}.w)` : `extremeLane(${acc})`;
      const results = (name: (a: number) => string) =>
        `vec4<f32>(${[0, 1, 2, 3].map((a) => (a < indices.length ? total(name(a)) : '0f')).join(', ')})`;
      return { elementType: 'vec4<f32>', unit: 4, dims, bases: indices, takes, results };
    },
  },
  /** It is kept, and four results read four neighbours: one accumulator holds all four. */
  lanesKept: {
    when: ({ strides, output, place }) => laneIndices(strides, output, place).lanes === 'vector',
    accumulate: ({ operand, strides, output, place, steps }) => {
      const { indices, dims } = laneIndices(strides, output, place);
      const x = `${operand}[base0${stepOffset(steps.loops, 4)}]`;
      const takes = [{ x, first: `${operand}[base0]`, c: 'c' }];
      return { elementType: 'vec4<f32>', unit: 4, dims, bases: indices, takes, results: (name) => name(0) };
    },
  },
  /** Input and output lie in different orders: one accumulator, its lanes read one by one. */
  gathered: {
    when: () => true,
    accumulate: ({ operand, strides, output, place, steps }) => {
      const { indices, dims } = laneIndices(strides, output, place);
      const lanes = (offset: string) =>
        `vec4<f32>(${indices.map((_, a) => `${operand}[base${a}${offset}]`).join(', ')})`;
      const takes = [{ x: lanes(stepOffset(steps.loops, 1)), first: lanes(''), c: 'c' }];
      return { elementType: 'f32', unit: 1, dims, bases: indices, takes, results: (name) => name(0) };
    },
  },
};

export function accumulate(source: Source): Accumulators {
  return Object.values(reduceForms)
    .find(({ when }) => when(source))!
    .accumulate(source);
}
