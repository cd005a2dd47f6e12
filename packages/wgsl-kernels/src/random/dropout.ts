import { type Kernel, linearKernel, reads, readsWrites, repeat } from '../kernel.ts';
import { elementCount, isPlanar, type Layout, sameLayout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { randomKernel } from './emit.ts';
import { numberingLayout, randomBits } from './numbering.ts';
import { checkWord, philoxWgsl, type RandomKey } from './philox.ts';

/** What is dropped, how much of it, and by which stream of random numbers. */
export interface DropoutSpec {
  /** Layout of x and y. */
  readonly layout: Layout;
  /** Share of the values that become 0, from 0 to 1. */
  readonly p: number;
  /** Tells users of the same seed apart (see `RandomKey`); constant in the kernel. */
  readonly stream: number;
}

/**
 * y = x/(1 - p) where the element's uniform number is at least p, else 0 (Srivastava et al., 2014).
 * The mask is a function of seed, stream, step and element and is never stored: the gradient is this very kernel
 * applied to dy with the same counter. Bindings: counter (`randomCounter`), x, y.
 * @throws RangeError unless 0 <= p <= 1.
 */
export function dropout(spec: DropoutSpec, machine: Machine = machines.gpu): Kernel {
  const { layout, p, stream } = spec;
  const { threshold, scale } = keep('dropout', p);
  return randomKernel(
    {
      name: 'dropout',
      about: `
y = x·${scale} where the upper 24 bits of the element's random word are >= ${threshold} = ${p}·2^24, else 0.
x, y: [${layout.shape}] in order ${layout.order}, padded [${layout.extents}]`,
      layout,
      stream,
      constants: { THRESHOLD: threshold },
      bindings: [reads('x', 'array<vec4<f32>>'), readsWrites('y', 'array<vec4<f32>>')],
      words: 'own',
      write: `
let kept = (word >> vec4<u32>(8u)) >= vec4<u32>(THRESHOLD);
y[v] = select(vec4<f32>(0.0), x[v] * ${scale}, kept);`,
      flop: elementCount(layout.shape),
      bytes: 8 * layout.size,
    },
    machine,
  );
}

/**
 * Dropout of whole channels of each sample (PyTorch's Dropout2d; Tompson et al., 2015), images in `imageLayout`.
 * Channel c of sample n has the random word that element (n, c) of a matrix [N,C] has. The gradient is this very kernel
 * applied to dy with the same counter. Bindings: counter, x, y.
 * @throws RangeError unless 0 <= p <= 1 and the layout is an image's.
 */
export function dropout2d(spec: DropoutSpec, { workgroupSize, invocations }: Machine = machines.gpu): Kernel {
  const { layout, p, stream } = spec;
  const { threshold, scale } = keep('dropout2d', p);
  checkWord('stream', stream);
  if (layout.shape.length !== 4 || !sameLayout(layout, numberingLayout(layout.shape))) {
    throw new RangeError(
      `dropout2d: expected an image in imageLayout, but got [${layout.shape}] in order [${layout.order}]; ` +
        'convert with relayout',
    );
  }
  const [n, c, h, w] = layout.shape;
  const planar = isPlanar(c);
  // A plane of vec4: the lines of one channel, or the pixels of a sample in all its groups of four channels.
  const plane = planar ? (h * layout.extents[3]) / 4 : h * w;
  const groups = planar ? 1 : layout.extents[1] / 4;
  const units = planar ? c : [4, 3, 2, 1].find((count) => groups % count === 0)!;
  const run = Math.min(plane, invocations === 'few' ? 64 : 8);
  const runs = Math.ceil(plane / run);
  const blocks = planar ? 1 : groups / units;
  const scaleOf = (u: number) =>
    planar
      ? `vec4<f32>(select(0.0, ${scale}, (words.${'abcd'[u]}.x >> 8u) >= THRESHOLD))`
      : `select(vec4<f32>(0.0), vec4<f32>(${scale}), (vec4<u32>(${['a', 'b', 'c', 'd']
          .map((word) => `words.${word}.${'xyzw'[u]}`)
          .join(', ')}) >> vec4<u32>(8u)) >= vec4<u32>(THRESHOLD))`;
  return linearKernel({
    name: 'dropout2d',
    about: `
y = x·${scale} in channels whose random word's upper 24 bits are >= ${threshold} = ${p}·2^24, else 0.
x, y: [${layout.shape}] in order ${layout.order}, padded [${layout.extents}]
counter: (seed low, seed high, step, 0); stream ${stream}; words as those of a matrix [${n},${c}]
One invocation writes ${run} vec4 of ${units} ${planar ? 'channels' : 'groups of four channels'}.`,
    bindings: [
      reads('counter', 'array<u32>'),
      reads('x', 'array<vec4<f32>>'),
      readsWrites('y', 'array<vec4<f32>>'),
    ],
    invocations: n * blocks * runs,
    workgroupSize,
    constants: {
      C: c,
      PLANE4: plane,
      GROUPS: groups,
      UNITS: units,
      RUN: run,
      RUNS: runs,
      BLOCKS: blocks,
      STREAM: stream,
      THRESHOLD: threshold,
    },
    declarations: philoxWgsl,
    body: `
let n = i / (BLOCKS * RUNS);
let part = (i / BLOCKS) % RUNS;
let group = (i % BLOCKS) * UNITS;
let blocks = n * GROUPS + group + vec4<u32>(0u, 1u, 2u, 3u);
let words = philox(blocks, STREAM, counter[2], vec2<u32>(counter[0], counter[1]));
${repeat(units, (u) => `let scale${u} = ${scaleOf(u)};`)}
for (var k = part * RUN; k < min(part * RUN + RUN, PLANE4); k++) {
${repeat(units, (u) => {
  const at = planar ? `(n * C + ${u}u) * PLANE4 + k` : `(n * PLANE4 + k) * GROUPS + group + ${u}u`;
  return `  y[${at}] = x[${at}] * scale${u};`;
})}
}`,
    flop: elementCount(layout.shape),
    bytes: 8 * layout.size,
  });
}

/** What the upper 24 bits of a word must reach to keep a value, and what kept values are scaled by. */
function keep(op: string, p: number) {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`${op}: p must be from 0 to 1, not ${p}`);
  return { threshold: Math.ceil(p * 2 ** 24), scale: p < 1 ? 1 / (1 - p) : 0 };
}

/** The twin of `dropout` in float64, over a row-major x. */
export function dropoutOracle(
  x: ArrayLike<number>,
  shape: readonly number[],
  p: number,
  key: RandomKey,
): Float64Array {
  const { threshold, scale } = keep('dropout', p);
  return Float64Array.from(randomBits(shape, key), (word, i) => (word >>> 8 >= threshold ? x[i] * scale : 0));
}

/** The twin of `dropout2d` in float64, over a row-major x [N,C,H,W]. */
export function dropout2dOracle(
  x: ArrayLike<number>,
  shape: readonly number[],
  p: number,
  key: RandomKey,
): Float64Array {
  const [n, c, h, w] = shape;
  const { threshold, scale } = keep('dropout2d', p);
  const words = randomBits([n, c], key);
  return Float64Array.from({ length: n * c * h * w }, (_, i) =>
    words[Math.floor(i / (h * w))] >>> 8 >= threshold ? x[i] * scale : 0,
  );
}
