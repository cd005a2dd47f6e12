import { partOf, sumLoops } from '../../cascade.ts';
import { indent, type Kernel, linearKernel, reads, readsWrites } from '../../kernel.ts';
import { type Machine, machines } from '../../machine.ts';
import { plus, times } from '../../matmul/arithmetic.ts';
import type { KernelPlan } from '../../plan.ts';
import { sumSlices } from '../../reduce/sum-slices.ts';
import { conv2dLayouts } from '../layouts.ts';
import { type Conv2dSpec, conv2dFlop } from '../spec.ts';
import { fewPixels, lanesOf, type Part, partsOf, tapSums } from './tap-sums.ts';
import { axesOf, axisConstants, insideOf, multiplierOf } from './walk.ts';

/** Slices of the batch, where invocations are long. */
const fewSlices = 32;
/** Sums of so many pixels that a slice adds up one after the other: of more there are more slices. */
const mostSums = 256;
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

/** Taps whose sums a CPU keeps in registers at once. */
const mostTaps = 9;

/**
 * An invocation sums a slice of the rows of dy for all of dWeight. It takes a few pixels at a time, for all channels,
 * so that it reads whole pieces of memory. Their sums are in registers: those of all taps, where all lie inside of x
 * and are few enough, else those of one row of taps after the other. So rows near the edges are runs of their own.
 */
function rowSums(spec: Conv2dSpec, { workgroupSize }: Machine): readonly [Kernel, number] {
  const { y } = conv2dLayouts(spec);
  const [rows, columns] = axesOf(spec, 'forward');
  const few = rows.taps * columns.taps <= mostTaps;
  const [firstInner, endInner] = few ? insideOf(rows) : [0, 0];
  const perRun = Math.max(1, Math.min(rows.target, Math.floor(fewPixels / columns.target)));
  const [inner, above, below] = [endInner - firstInner, firstInner, rows.target - endInner].map((count) =>
    Math.ceil(count / perRun),
  );
  const runsPerImage = inner + above + below;
  const runs = spec.batch * runsPerImage;
  const parts = partsOf(columns);
  const perSlice = Math.min(
    Math.ceil(runs / Math.min(fewSlices, runs)),
    Math.ceil(mostSums / parts.reduce((sum, { repeats }) => sum + repeats, 0)),
  );
  const slices = Math.ceil(runs / perSlice);
  const { result, text, about } = common(spec, slices);
  const together = (y.extents[1] / 4) % 2 === 0 ? 2 : 1;
  const run = partOf('run', 'i', perSlice, runs);
  const p = range('Y', 'r');
  const byChannels = (body: (part: Part) => string) =>
    parts
      .map((part) => {
        const text = `for (var c = 0u; c < C4; c += ${together}u) {\n${indent(body(part))}\n}`;
        const { repeats } = part;
        return repeats === 1 ? text : `for (var part = 0u; part < ${repeats}u; part++) {\n${indent(text)}\n}`;
      })
      .join('\n');
  const allTaps = Array.from({ length: rows.taps }, (_, r) => `${r}u`);
  const atOnce = byChannels((part) =>
    tapSums(spec, { result, together, part, taps: allTaps, first: 'begin', end: 'stop' }),
  );
  const [first, end] = [`max(begin, ${p.first})`, `min(stop, ${p.end})`];
  const byRows = byChannels(
    (part) => `for (var r = 0u; r < TAPS_Y; r++) {
${indent(tapSums(spec, { result, together, part, taps: ['r'], first, end }))}
}`,
  );
  /** Runs from number `first` on, which begin with row `from` and end before row `to`. */
  const groups = [
    { first: 0, from: firstInner, to: endInner },
    { first: inner, from: 0, to: firstInner },
    { first: inner + above, from: endInner, to: rows.target },
  ].filter(({ from, to }) => from < to);
  const bounds = groups.map(({ first, from, to }, g) => {
    const own = first === 0 ? 'number' : `(number - ${first}u)`;
    const lines = `begin = ${plus(times(own, perRun), from)};\nstop = ${to}u;`;
    return g === 0 ? lines : `if (number >= ${first}u) {\n${indent(lines)}\n}`;
  });
  const both = `if (number < ${inner}u) {\n${indent(atOnce)}\n} else {\n${indent(byRows)}\n}`;
  const kernel = linearKernel({
    ...text,
    about: `${about}\nOne invocation sums ${perSlice} runs of up to ${perRun} rows.`,
    invocations: slices,
    workgroupSize,
    body: `let slice = i * SIZE4;
for (var at = slice; at < slice + SIZE4; at++) {
  ${result}[at] = vec4<f32>();
}
for (var run = ${run.from}; run < ${run.to}; run++) {
  let n = run / ${runsPerImage}u;
  let number = run % ${runsPerImage}u;
  var begin = 0u;
  var stop = 0u;
${indent(bounds.join('\n'))}
  stop = min(begin + ${perRun}u, stop);
${indent(inner === 0 ? byRows : inner === runsPerImage ? atOnce : both)}
}`,
  });
  return [kernel, slices];
}
