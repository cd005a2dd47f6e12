import { partOf, sumLoops } from '../../cascade.ts';
import { ahead } from '../../constants.ts';
import { indent, type Kernel, linearKernel, reads, readsWrites, repeat } from '../../kernel.ts';
import { type Machine, machines } from '../../machine.ts';
import { plus, times } from '../../matmul/arithmetic.ts';
import type { KernelPlan } from '../../plan.ts';
import { sumSlices } from '../../reduce/sum-slices.ts';
import { conv2dLayouts } from '../layouts.ts';
import { type Conv2dSpec, conv2dFlop } from '../spec.ts';
import { axesOf, axisConstants, type Chunk, chunksOf, multiplierOf, sourceOf } from './walk.ts';

/** Pixels whose products are added up before a sum takes them in. */
const pixels = 4;
/** Pixels that an invocation sums in registers, and slices of the batch, where invocations are long. */
const [fewPixels, fewSlices] = [64, 32];
/** Invocations that keep a GPU busy. */
const manyInvocations = 16_384;

/** A depthwise `conv2dWeightGradient`: same buffers, and scratch memory. */
export function depthwiseWeightGradient(spec: Conv2dSpec, machine: Machine = machines.gpu): KernelPlan {
  const words = conv2dLayouts(spec).weight.size;
  const [first, slices] = (machine.lockstep ? elementSums : rowSums)(spec, machine);
  if (slices === 1) return { kernels: [first], scratch: {} };
  const sum = { name: 'conv2dWeightGradientSum', words, slices, result: 'dWeight' };
  return { kernels: [first, sumSlices(sum, machine)], scratch: { partial: slices * words } };
}

function common(spec: Conv2dSpec, slices: number) {
  const { x, y, weight } = conv2dLayouts(spec);
  const [rows, columns] = axesOf(spec, 'forward');
  const multiplier = multiplierOf(spec)!;
  const result = slices === 1 ? 'dWeight' : 'partial';
  return {
    result,
    text: {
      name: 'conv2dWeightGradient',
      bindings: [
        reads('x', multiplier === 1 ? 'array<vec4<f32>>' : 'array<f32>'),
        reads('dy', 'array<vec4<f32>>'),
        readsWrites(result, 'array<vec4<f32>>'),
      ],
      constants: {
        ...axisConstants(rows, 'Y'),
        ...axisConstants(columns, 'X'),
        N: spec.batch,
        C4: [y.extents[1] / 4, 'vec4s of channels of dy'],
        M: [multiplier, 'output channels of an input channel'],
        SOURCE_C: [
          x.extents[1] / (multiplier === 1 ? 4 : 1),
          `${multiplier === 1 ? 'vec4s' : 'words'} of a pixel of x`,
        ],
        SIZE4: [weight.size / 4, 'vec4s of a slice'],
      },
      flop: conv2dFlop(spec),
      bytes: 4 * (x.size + y.size + slices * weight.size),
    } as const,
    about: `
dWeight[k,r,s] = sum_{n,p,q} dy[n,k,p,q] * x[n, k / M, p*stride + r - padding, q*stride + s - padding]
x: [${x.shape}] in order NHWC, dy: [${y.shape}] in order NHWC, ${result}: ${slices > 1 ? `${slices} slices of ` : ''}[${
      weight.shape
    }] in order RSCK;
depthwise, M = ${multiplier} output channels for each input channel`,
  };
}

/** WGSL: the lanes of x that belong to vec4 number `c` of dy's channels. */
function lanesOf(spec: Conv2dSpec, at: string, c: string): string {
  if (multiplierOf(spec) === 1) return `x[${at} + ${c}]`;
  return `vec4<f32>(${repeat(4, (l) => `x[${at} + (${plus(`(${c}) * 4u`, l)}) / M]`, ', ')})`;
}

/** WGSL: the rows (or columns) of dy that meet x at a tap: from `first` to before `end`. */
function range(letter: 'Y' | 'X', tap: string) {
  const stride = `STRIDE_${letter}`;
  const padded = `SOURCE_${letter} + PADDING_${letter}`;
  return {
    first: `(max(PADDING_${letter}, ${tap}) - ${tap} + ${stride} - 1u) / ${stride}`,
    end: `min(TARGET_${letter}, (max(${padded}, ${tap}) - ${tap} + ${stride} - 1u) / ${stride})`,
  };
}

/** An invocation sums one vec4 of dWeight over a slice of the images. */
function elementSums(spec: Conv2dSpec, { workgroupSize }: Machine): readonly [Kernel, number] {
  const { weight } = conv2dLayouts(spec);
  const [rows, columns] = axesOf(spec, 'forward');
  const perSlice = Math.ceil((spec.batch * weight.size) / 4 / manyInvocations);
  const slices = Math.ceil(spec.batch / perSlice);
  const { result, text, about } = common(spec, slices);
  const [p, q] = [range('Y', 'r'), range('X', 's')];
  const at =
    '((n * SOURCE_Y + p * STRIDE_Y + r - PADDING_Y) * SOURCE_X + q * STRIDE_X + s - PADDING_X) * SOURCE_C';
  const loops = [
    partOf('n', 'slice', perSlice, spec.batch),
    { variable: 'p', from: 'firstP', to: 'endP', count: rows.target },
    { variable: 'q', from: 'firstQ', to: 'endQ', count: columns.target },
  ];
  const kernel = linearKernel({
    ...text,
    about: `${about}\nOne invocation sums one vec4 over ${perSlice} images.`,
    invocations: slices * (weight.size / 4),
    workgroupSize,
    body: `let c = i % C4;
let s = i / C4 % TAPS_X;
let r = i / (C4 * TAPS_X) % TAPS_Y;
let slice = i / SIZE4;
let firstP = ${p.first};
let endP = ${p.end};
let firstQ = ${q.first};
let endQ = ${q.end};
var sum = vec4<f32>();
${sumLoops(
  loops,
  ['sum'],
  (suffix) => `sum${suffix} += dy[((n * TARGET_Y + p) * TARGET_X + q) * C4 + c] * ${lanesOf(spec, at, 'c')};`,
)}
${result}[i] = sum;`,
  });
  return [kernel, slices];
}

/**
 * An invocation sums a slice of the rows of dy for all of dWeight. A run of rows that the second-level cache holds is
 * walked through for some channels and one row of taps at a time, whose sums are in registers.
 */
function rowSums(spec: Conv2dSpec, { workgroupSize }: Machine): readonly [Kernel, number] {
  const { y } = conv2dLayouts(spec);
  const [rows, columns] = axesOf(spec, 'forward');
  const perRun = Math.max(1, Math.min(rows.target, Math.floor(fewPixels / columns.target)));
  const runsPerImage = Math.ceil(rows.target / perRun);
  const runs = spec.batch * runsPerImage;
  const perSlice = Math.ceil(runs / Math.min(fewSlices, runs));
  const slices = Math.ceil(runs / perSlice);
  const { result, text, about } = common(spec, slices);
  const together = (y.extents[1] / 4) % 2 === 0 ? 2 : 1;
  const p = range('Y', 'r');
  const each = (make: (s: number, j: number) => string) =>
    repeat(columns.taps, (s) => repeat(together, (j) => make(s, j), ' '));
  const chunks = chunksOf(columns, pixels).map((chunk) => chunkSums(spec, chunk, together));
  const part = partOf('run', 'i', perSlice, runs);
  const kernel = linearKernel({
    ...text,
    about: `${about}\nOne invocation sums ${perSlice} runs of ${perRun} rows.`,
    invocations: slices,
    workgroupSize,
    body: `let slice = i * SIZE4;
for (var at = slice; at < slice + SIZE4; at++) {
  ${result}[at] = vec4<f32>();
}
for (var run = ${part.from}; run < ${part.to}; run++) {
  let n = run / ${runsPerImage}u;
  let begin = run % ${runsPerImage}u * ${perRun}u;
  for (var c = 0u; c < C4; c += ${together}u) {
    for (var r = 0u; r < TAPS_Y; r++) {
      let first = max(begin, ${p.first});
      let end = min(begin + ${perRun}u, ${p.end});
${indent(
  each((s, j) => `var sum${s}_${j} = vec4<f32>();`),
  6,
)}
      for (var p = first; p < end; p++) {
        let line = (n * SOURCE_Y + p * STRIDE_Y + r - PADDING_Y) * (SOURCE_X * SOURCE_C);
        let row = (n * TARGET_Y + p) * (TARGET_X * C4) + c;
${indent(chunks.join('\n'), 8)}
      }
      let to = slice + r * (TAPS_X * C4) + c;
${indent(
  each((s, j) => `${result}[${plus(ahead('to', s, 'C4'), j)}] += sum${s}_${j};`),
  6,
)}
    }
  }
}`,
  });
  return [kernel, slices];
}

/** WGSL: adds the products of some neighbouring pixels of dy to the sums. */
function chunkSums(spec: Conv2dSpec, chunk: Chunk, together: number): string {
  const [, columns] = axesOf(spec, 'forward');
  const { start, count, repeats } = chunk;
  const loops = repeats > 1;
  const line = loops ? 'ahead' : 'line';
  const sum = (s: number, j: number) => {
    const products = Array.from({ length: count }, (_, m) => {
      const at = sourceOf(columns, chunk, m, s);
      if (at === undefined) return [];
      const place = at < 0 ? `${line} - ${-at}u * SOURCE_C` : ahead(line, at, 'SOURCE_C');
      return [`dy${m}_${j} * ${lanesOf(spec, place, plus('c', j))}`];
    }).flat();
    return products.length > 0 ? `sum${s}_${j} += ${products.join(' +\n  ')};` : '';
  };
  const pixel = (m: number) => (loops ? ahead('row + column * C4', m, 'C4') : ahead('row', start + m, 'C4'));
  const dy = repeat(count, (m) =>
    repeat(together, (j) => `let dy${m}_${j} = dy[${plus(pixel(m), j)}];`, ' '),
  );
  const text = `${dy}\n${repeat(columns.taps, (s) => repeat(together, (j) => sum(s, j)))}`;
  if (!loops) return `{ // columns from ${start}\n${indent(text)}\n}`;
  return `for (var step = 0u; step < ${repeats}u; step++) {
  let column = ${plus(`step * ${count}u`, start)};
  let ahead = line + ${times('column', columns.stride, 'STRIDE_X')} * SOURCE_C;
${indent(text)}
}`;
}
