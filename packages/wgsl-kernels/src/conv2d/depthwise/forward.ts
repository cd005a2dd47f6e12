import { apart } from '../../cascade.ts';
import { ahead } from '../../constants.ts';
import { lanesBelow } from '../../elementwise/coordinates.ts';
import { indent, type Kernel, linearKernel, reads, readsWrites, repeat } from '../../kernel.ts';
import type { Layout } from '../../layout.ts';
import { type Machine, machines } from '../../machine.ts';
import { plus, times } from '../../matmul/arithmetic.ts';
import { aboutEpilogue, type ConvEpilogue, epilogueBindings, finished } from '../epilogue.ts';
import { conv2dLayouts } from '../layouts.ts';
import { type Conv2dSpec, conv2dFlop } from '../spec.ts';
import {
  type Axis,
  axesOf,
  axisConstants,
  axisText,
  type Chunk,
  chunkSize,
  chunksOf,
  multiplierOf,
  sourceOf,
} from './walk.ts';

/** A depthwise `conv2dForward`: same buffers. */
export function depthwiseForward(
  spec: Conv2dSpec,
  epilogue: ConvEpilogue = {},
  machine: Machine = machines.gpu,
): Kernel {
  const { x, y } = conv2dLayouts(spec);
  return walkKernel(
    spec,
    {
      name: 'conv2dForward',
      formula:
        'y[n,k,p,q] = sum_{r,s} x[n, k / M, p*stride + r - padding, q*stride + s - padding] * weight[k,r,s]',
      axes: axesOf(spec, 'forward'),
      source: ['x', x],
      target: ['y', y],
      epilogue,
    },
    machine,
  );
}

/** A depthwise `conv2dInputGradient`. Buffers: dy, weight (as it lives, `filterLayout`), [bias], dx. */
export function depthwiseInputGradient(
  spec: Conv2dSpec,
  epilogue: ConvEpilogue = {},
  machine: Machine = machines.gpu,
): Kernel {
  const { x, y } = conv2dLayouts(spec);
  return walkKernel(
    spec,
    {
      name: 'conv2dInputGradient',
      formula: `
dx[n,c,h,w] = sum_{r,s,k of c} dy[n, k, (h + padding - r)/stride, (w + padding - s)/stride] * weight[k,r,s],
over the taps r, s for which the quotients are integers.`,
      axes: axesOf(spec, 'gradient'),
      source: ['dy', y],
      target: ['dx', x],
      epilogue,
    },
    machine,
  );
}

interface Walk {
  readonly name: string;
  readonly formula: string;
  readonly axes: readonly [rows: Axis, columns: Axis];
  readonly source: readonly [name: string, layout: Layout];
  readonly target: readonly [name: string, layout: Layout];
  readonly epilogue: ConvEpilogue;
}

/** Neighbouring pixels that an invocation keeps in registers: they share loads of their source. */
const pixels = 4;

function walkKernel(spec: Conv2dSpec, walk: Walk, { workgroupSize, lockstep }: Machine): Kernel {
  const { name, formula, axes, source, target, epilogue } = walk;
  const [rows, columns] = axes;
  const [, from] = source;
  const [, to] = target;
  const multiplier = multiplierOf(spec)!;
  const { weight } = conv2dLayouts(spec);
  const vectors = to.extents[1] / 4;
  const each = lockstep
    ? 'One invocation computes one vec4 of channels of a pixel.'
    : 'One invocation computes one row: some pixels at a time, for all channels.';
  // With more output channels than input channels the lanes of a vec4 come from several places.
  const element = multiplier === 1 ? 'array<vec4<f32>>' : 'array<f32>';
  const vector = 'array<vec4<f32>>';
  return linearKernel({
    name,
    about: `${formula}${aboutEpilogue(epilogue)}
${source[0]}: [${from.shape}] in order NHWC, weight: [${weight.shape}] in order RSCK, ${target[0]}: [${to.shape}]
in order NHWC; depthwise, M = ${multiplier} output channels for each input channel
${each}`,
    bindings: [
      reads(source[0], element),
      reads('weight', columns.direction === 'forward' ? vector : element),
      ...(epilogue.bias ? [reads('bias', vector)] : []),
      ...(epilogue.batchNorm ? epilogueBindings.map((one) => reads(one, vector)) : []),
      readsWrites(target[0], vector),
    ],
    invocations: lockstep ? to.size / 4 : spec.batch * rows.target,
    workgroupSize,
    constants: {
      ...axisConstants(rows, 'Y'),
      ...axisConstants(columns, 'X'),
      C4: [vectors, `vec4s of channels of ${target[0]}`],
      CHANNELS: [to.shape[1], `channels of ${target[0]}`],
      M: [multiplier, 'output channels of an input channel'],
      K: [weight.extents[0], 'words of a tap of the filter'],
      SOURCE_C: [
        multiplier === 1 ? vectors : from.extents[1],
        `${multiplier === 1 ? 'vec4s' : 'words'} of a pixel`,
      ],
    },
    body: (lockstep ? pixelBody : rowBody)(walk, multiplier),
    flop: conv2dFlop(spec),
    bytes: 4 * (from.size + to.size + weight.size),
  });
}

/** WGSL: adds a tap's product to `sum`, for the vec4 number `c` of the target's channels. */
function product(walk: Walk, multiplier: number, at: string, tap: string, c: string, sum: string): string {
  const source = walk.source[0];
  if (multiplier === 1) return `${sum} += ${source}[${at} + ${c}] * weight[${tap} * C4 + ${c}];`;
  const lanes = (text: (lane: number) => string) => `vec4<f32>(${repeat(4, text, ', ')})`;
  if (walk.axes[0].direction === 'forward') {
    const values = lanes((l) => `${source}[${at} + (${plus(`(${c}) * 4u`, l)}) / M]`);
    return `${sum} += ${values} * weight[${tap} * C4 + ${c}];`;
  }
  const place = (l: number) => `(${plus(`(${c}) * 4u`, l)}) * M + k`;
  return `for (var k = 0u; k < M; k++) {
  ${sum} += ${lanes((l) => `${source}[${at} + ${place(l)}]`)} * ${lanes((l) => `weight[${tap} * K + ${place(l)}]`)};
}`;
}

/** WGSL: what is stored for `value` at vec4 number `c` of the channels; padding channels become 0. */
function stored({ axes, epilogue, target }: Walk, multiplier: number, value: string, c: string): string {
  const done = finished(epilogue, value, (name) => `${name}[${c}]`, 'vec4<f32>()');
  const channels = target[1].shape[1];
  // Beyond the last channel the sums of several channels run into the next pixel.
  const runsOver = multiplier > 1 && axes[0].direction === 'gradient' && channels % 4 !== 0;
  return runsOver ? `select(vec4<f32>(), ${done}, ${lanesBelow(channels, `(${c}) * 4u`, 'CHANNELS')})` : done;
}

const started = ({ epilogue }: Walk, c: string) => (epilogue.bias ? `bias[${c}]` : 'vec4<f32>()');

function pixelBody(walk: Walk, multiplier: number): string {
  const { axes, target } = walk;
  const [rows, columns] = [axisText(axes[0], 'atY', 'Y'), axisText(axes[1], 'atX', 'X')];
  const at = `((n * SOURCE_Y + ${rows.from('t')}) * SOURCE_X + ${columns.from('u')}) * SOURCE_C`;
  const tap = `(${rows.tap('t')} * TAPS_X + ${columns.tap('u')})`;
  return `let c = i % C4;
let atX = i / C4 % TARGET_X;
let atY = i / (C4 * TARGET_X) % TARGET_Y;
let n = i / (C4 * TARGET_X * TARGET_Y);
${rows.declared}
${columns.declared}
var sum = ${started(walk, 'c')};
for (var t = ${rows.first}; t < ${rows.end}; t++) {
  var row = vec4<f32>();
  for (var u = ${columns.first}; u < ${columns.end}; u++) {
    let at = ${at};
${indent(product(walk, multiplier, 'at', tap, 'c', 'row'), 4)}
  }
  sum += row;
}
${target[0]}[i] = ${stored(walk, multiplier, 'sum', 'c')};`;
}

function rowBody(walk: Walk, multiplier: number): string {
  const { axes, target } = walk;
  const [rows, columns] = axes;
  const taps = axisText(rows, 'atY', 'Y');
  const vectors = target[1].extents[1] / 4;
  // Two neighbouring vec4s are one operation where registers have 256 bits.
  const together = vectors % 2 === 0 ? 2 : 1;
  const texts = chunksOf(columns, chunkSize(columns, pixels)).map((chunk) =>
    chunkText(walk, multiplier, chunk, together),
  );
  return `let atY = i % TARGET_Y;
let n = i / TARGET_Y;
${taps.declared}
${texts.join('\n')}`;
}

function chunkText(walk: Walk, multiplier: number, chunk: Chunk, together: number): string {
  const { axes, target } = walk;
  const [rows, columns] = axes;
  const { start, count, repeats } = chunk;
  const taps = axisText(rows, 'atY', 'Y');
  const forward = columns.direction === 'forward';
  const loops = repeats > 1;
  const source = forward ? times('column', columns.stride, 'STRIDE_X') : 'column / STRIDE_X';
  const channel = (j: number) => plus('c', j);
  const sums = (text: (m: number, j: number) => string) =>
    repeat(count, (m) => repeat(together, (j) => text(m, j), ' '));
  const products = Array.from({ length: columns.taps }, (_, s) =>
    Array.from({ length: count }, (_, m) => {
      const from = sourceOf(columns, chunk, m, s);
      if (from === undefined) return [];
      const at = from < 0 ? `line - ${-from}u * SOURCE_C` : ahead('line', from, 'SOURCE_C');
      return Array.from({ length: together }, (_, j) =>
        product(walk, multiplier, at, s === 0 ? 'tap' : `(tap + ${s}u)`, channel(j), `acc${m}_${j}`),
      );
    }),
  );
  const many = rows.taps * columns.taps > 32;
  const row = products.flat(2).join('\n');
  const line = `(n * SOURCE_Y + ${taps.from('t')}) * (SOURCE_X * SOURCE_C)`;
  const text = `for (var c = 0u; c < C4; c += ${together}u) {
${indent(sums((m, j) => `var acc${m}_${j} = ${started(walk, channel(j))};`))}
  for (var t = ${taps.first}; t < ${taps.end}; t++) {
    let line = ${line}${loops ? ` + ${source} * SOURCE_C` : ''};
    let tap = ${taps.tap('t')} * TAPS_X;
${indent(many ? apart([count, together], 'own', row) : row, 4)}
  }
  let to = (i * TARGET_X + ${loops ? 'column' : `${start}u`}) * C4 + c;
${indent(
  sums((m, j) => {
    const value = stored(walk, multiplier, `acc${m}_${j}`, channel(j));
    return `${target[0]}[${plus(ahead('to', m, 'C4'), j)}] = ${value};`;
  }),
)}
}`;
  if (!loops) return `{ // columns from ${start}\n${indent(text)}\n}`;
  return `for (var step = 0u; step < ${repeats}u; step++) {
  let column = ${plus(`step * ${count}u`, start)};
${indent(text)}
}`;
}
