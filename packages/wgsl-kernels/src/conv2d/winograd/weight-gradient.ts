import { ahead } from '../../constants.ts';
import { indent, type Kernel, linearKernel, reads, readsWrites, repeat } from '../../kernel.ts';
import { type Machine, machines } from '../../machine.ts';
import { plus } from '../../matmul/arithmetic.ts';
import type { KernelPlan } from '../../plan.ts';
import { type Conv2dLayouts, conv2dLayouts } from '../layouts.ts';
import type { Conv2dSpec } from '../spec.ts';
import { weightGradientFormula } from '../weight-gradient/text.ts';
import { requireWinograd } from './forward.ts';
import {
  gridConstants,
  inputConstants,
  inputPixels,
  inputRows,
  names,
  placeTile,
  type TileGrid,
  tileGrid,
  winogradFlop,
} from './tiles.ts';
import { elementWords, resultKernel } from './weight-gradient-sum.ts';

/** How the work is divided. */
interface Division {
  readonly layouts: Conv2dLayouts;
  readonly grid: TileGrid;
  /** Slices of the batch's tiles, each summed by four invocations: one for each row of the 4x4 elements. */
  readonly slices: number;
  /** Blocks of `blockTiles` tiles in a slice. */
  readonly blocksEach: number;
  /** vec4s of input and of output channels that are multiplied with each other. */
  readonly vectors: number;
  readonly groups: number;
  /** vec4s of each that lie together in the transformed tiles: those, or where memory is no matter all. */
  readonly panels: { readonly x: number; readonly dy: number };
  /** Input channels of `vectors` whose sums are held in registers at a time. */
  readonly parts: readonly { readonly first: number; readonly count: number }[];
  /** Large blocks and whole vectors of x: for software GPUs, which keep sums in memory anyway and pay for loads. */
  readonly wide: boolean;
}

/** Tiles that are transformed before they are multiplied: their sums then stay in registers for as long. */
const blockTiles = 32;
/** Four times as many invocations: enough to keep a CPU's threads evenly busy. */
const mostSlices = 8;
/** The slices' sums should stay in the second-level caches while blocks of tiles pass over them. */
const maxPartialWords = 1024 * 1024;

function divide(spec: Conv2dSpec, { loads, vectorWidth }: Machine): Division {
  const layouts = conv2dLayouts(spec);
  const grid = tileGrid(layouts.y);
  const blocks = Math.ceil(grid.total / blockTiles);
  const words = 16 * layouts.x.extents[1] * layouts.y.extents[1];
  const limit = Math.max(1, Math.floor(maxPartialWords / words));
  const blocksEach = Math.ceil(blocks / Math.min(mostSlices, limit));
  const divisor = (count: number, most: number) => [most, 2, 1].find((size) => count % size === 0)!;
  const wide = loads === 'costly';
  const groups = divisor(layouts.y.extents[1] / 4, wide || vectorWidth === 8 ? 4 : 2);
  const [c4, k4] = [layouts.x.extents[1] / 4, layouts.y.extents[1] / 4];
  const vectors = divisor(c4, 4);
  const panels = wide ? { x: c4, dy: k4 } : { x: vectors, dy: groups };
  const slices = Math.ceil(blocks / blocksEach);
  const parts = partsOf(4 * vectors, wide);
  return { layouts, grid, slices, blocksEach, vectors, groups, panels, parts, wide };
}

/**
 * `conv2dWeightGradient` in Winograd's form, for 3x3 filters with stride 1. A tile of 2x2 gradients dy is the filter
 * here, and three neighbouring sums are wanted: in one dimension
 *
 *   w0 = d0 g0 + d1 g1     w1 = d1 g0 + d2 g1     w2 = d2 g0 + d3 g1,
 *
 * from the same differences and sums of d as in `tiles.ts`:
 *
 *   m0 = (d0 - d2) g0                    w0 = m0 + (m1 + m2) / 2
 *   m1 = (d1 + d2) (g0 + g1)             w1 =      (m1 - m2) / 2
 *   m2 = (d2 - d1) (g0 - g1)             w2 =      (m1 + m2) / 2 - m3
 *   m3 = (d1 - d3) g1
 *
 * In two dimensions there are 16 elements, whose sums over all tiles are matrix products [C, tiles] [tiles, K]; the
 * last transform, to 3x3, comes after the sum. Buffers: x, dy, dWeight, laid out as `conv2dLayouts` says.
 * @throws RangeError as `requireWinograd` does.
 */
export function winogradWeightGradient(spec: Conv2dSpec, machine: Machine = machines.gpu): KernelPlan {
  requireWinograd('winogradWeightGradient', spec);
  const division = divide(spec, machine);
  const { layouts, slices } = division;
  const scratch = 4 * slices * (blockTiles + 1) * 4 * (layouts.x.extents[1] + layouts.y.extents[1]);
  return {
    kernels: [sumKernel(spec, division, machine), resultKernel(division, machine)],
    scratch: { tiles: scratch, partial: slices * elementWords(layouts) },
  };
}

/** Six channels at a time fill 16 registers, where there are so many. */
function partsOf(channels: number, wide: boolean): Division['parts'] {
  const most = wide ? channels : channels === 16 ? 6 : 4;
  const parts: { first: number; count: number }[] = [];
  for (let first = 0; first < channels; first += most) {
    parts.push({ first, count: Math.min(most, channels - first) });
  }
  return parts;
}

function sumKernel(spec: Conv2dSpec, division: Division, { workgroupSize }: Machine): Kernel {
  const { layouts, grid, slices, blocksEach, vectors, groups, panels, parts } = division;
  const [c4, k4] = [layouts.x.extents[1] / 4, layouts.y.extents[1] / 4];
  const [, , p, q] = layouts.y.shape;
  const blocks = Math.ceil(grid.total / blockTiles);
  const panelsOf = (all: number, each: number) => `[4,${all / each},${blockTiles} tiles,${4 * each}]`;
  const end = 'slice * BLOCKS_EACH + BLOCKS_EACH';
  const constants = {
    ...inputConstants(layouts.x, spec.padding),
    ...gridConstants(grid),
    P: p,
    Q: q,
    K4: [k4, 'vec4s of output channels'],
    ELEMENT: [elementWords(layouts) / 64, 'vec4s from one element of partial to the next'],
    DY_ZEROS: [layouts.y.size / 4, 'where the zeros after dy begin'],
    BLOCK: [blockTiles, 'tiles of a block'],
    BLOCKS: blocks,
    BLOCKS_EACH: [blocksEach, 'blocks of a slice'],
    APART: [blockTiles + 1, 'tiles from one panel to the next: the block, and a place between'],
    VECTORS: [vectors, 'vec4s of input channels at a time'],
    GROUPS: [groups, 'vec4s of output channels at a time'],
    X_PANEL: [panels.x, 'vec4s of input channels that lie together'],
    DY_PANEL: [panels.dy, 'vec4s of output channels that lie together'],
  } as const;
  return linearKernel({
    name: 'winogradWeightGradient',
    about: `
${weightGradientFormula(spec)}
in Winograd's form: sums over tiles of (B^T x B) * (H dy H^T), from 4x4 of x and 2x2 of dy; H = [1 0; 1 1; 1 -1; 0 1].
x: [${layouts.x.shape}], dy: [${layouts.y.shape}] in order NHWC, each then the zeros that are read outside of it
partial: the sums of ${slices} slices, each [4,4,${4 * c4},${4 * k4}], with 16 words after each element
tiles: scratch memory of each invocation, 4 elements of the transforms of x
${panelsOf(c4, panels.x)} and of dy ${panelsOf(k4, panels.dy)}, a place between panels
One invocation: one row of the 4x4 elements, ${blocksEach} times ${blockTiles} tiles, all channels;
${parts.map(({ count }) => count).join(', ')} input channels at a time for ${groups} vec4 of output channels,
in acc<channel>_<vec4>.`,
    bindings: [
      reads('x', 'array<vec4<f32>>'),
      reads('dy', 'array<vec4<f32>>'),
      readsWrites('tiles', 'array<vec4<f32>>'),
      readsWrites('partial', 'array<vec4<f32>>'),
    ],
    invocations: 4 * slices,
    workgroupSize,
    constants,
    body: `let row = i % 4u;
let slice = i / 4u;
// Along columns, this row of B^T d is d[first] + sign * d[second], and of H g it is upper * g[0] + lower * g[1].
let first = select(row % 2u, 2u, row == 2u);
let second = select(select(2u, 1u, row == 2u), 3u, row == 3u);
let sign = select(-1.0, 1.0, row == 1u);
let upper = select(1.0, 0.0, row == 3u);
let lower = select(select(1.0, -1.0, row == 2u), 0.0, row == 0u);
let inputs = i * (4u * APART * (IN_C4 + K4));
let gradients = inputs + 4u * APART * IN_C4;
let begin = slice * BLOCKS_EACH;
let end = ${slices * blocksEach === blocks ? end : `min(BLOCKS, ${end})`};
for (var block = begin; block < end; block++) {
  for (var t = 0u; t < BLOCK; t++) {
    let number = block * BLOCK + t;
${indent(placeTile('number'), 4)}
${indent(transformInputs(spec, division), 4)}
${indent(transformGradients(division), 4)}
  }
  for (var element = 0u; element < 4u; element++) {
    for (var c = 0u; c < IN_C4; c += VECTORS) {
      for (var k = 0u; k < K4; k += GROUPS) {
        let values = inputs + (element * IN_C4 + c / X_PANEL * X_PANEL) * APART + c % X_PANEL;
        let sums = gradients + (element * K4 + k / DY_PANEL * DY_PANEL) * APART + k % DY_PANEL;
        let at = (4u * i + element) * ELEMENT + 4u * c * K4 + k;
${parts.map((part) => `        {\n${indent(multiply(division, part), 10)}\n        }`).join('\n')}
      }
    }
  }
}`,
    flop: winogradFlop(grid, spec.inChannels, spec.outChannels),
    bytes: 4 * (layouts.x.size + layouts.y.size + slices * elementWords(layouts)),
  });
}

/** This row of B^T d B of one tile, for all input channels. */
function transformInputs({ padding }: Conv2dSpec, { layouts, grid, wide }: Division): string {
  const pixel = inputPixels(layouts.x, padding, grid);
  const place = (s: number) =>
    `let first${s} = ${pixel('first', s)};\nlet second${s} = ${pixel('second', s)};`;
  const values = inputRows(names('d'));
  return `${repeat(4, place)}
${eachVector(wide, 'inputs', ['IN_C4', 'X_PANEL'], (v) => [
  ...names('d').map((d, s) => `let ${d} = x[first${s} + ${v}] + sign * x[second${s} + ${v}];`),
  ...values.map((value, s) => `tiles[${ahead('to', s, '(APART * IN_C4)')}] = ${value};`),
])}`;
}

/**
 * Every vec4 of a tile's channels, and where it goes: by panels, whose loops are short enough to be unrolled. A
 * software GPU pays for loops in loops.
 */
function eachVector(
  wide: boolean,
  start: string,
  [count, panel]: readonly [string, string],
  lines: (v: string) => readonly string[],
): string {
  if (wide) {
    return `for (var v = 0u; v < ${count}; v++) {
  let to = ${start} + t * ${count} + v;
${indent(lines('v').join('\n'))}
}`;
  }
  return `for (var a = 0u; a < ${count}; a += ${panel}) {
  for (var v = 0u; v < ${panel}; v++) {
    let to = ${start} + a * APART + t * ${panel} + v;
${indent(lines('a + v').join('\n'), 4)}
  }
}`;
}

/** This row of H g H^T of one tile of dy, for all output channels; tiles beyond the last are 0. */
function transformGradients({ layouts, grid, wide }: Division): string {
  const [, , height, width] = layouts.y.shape;
  const place = (p: number, q: number) => {
    const index = `((n * P + 2u * tileY + ${p}u) * Q + 2u * tileX + ${q}u) * K4`;
    const inside = [
      ...(grid.total % blockTiles === 0 ? [] : ['(number < TILES)']),
      ...(p === 1 && height % 2 === 1 ? ['(2u * tileY + 1u < P)'] : []),
      ...(q === 1 && width % 2 === 1 ? ['(2u * tileX + 1u < Q)'] : []),
    ].join(' & ');
    return `let at${p}${q} = ${inside ? `select(DY_ZEROS, ${index}, ${inside})` : index};`;
  };
  const values = ['g0', 'g0 + g1', 'g0 - g1', 'g1'];
  return `${repeat(2, (p) => repeat(2, (q) => place(p, q)))}
${eachVector(wide, 'gradients', ['K4', 'DY_PANEL'], (v) => [
  ...names('g', 2).map((g, q) => `let ${g} = upper * dy[at0${q} + ${v}] + lower * dy[at1${q} + ${v}];`),
  ...values.map((value, s) => `tiles[${ahead('to', s, '(APART * K4)')}] = ${value};`),
])}`;
}

/** Adds one block of tiles to the sums of some input channels and some output channels. */
function multiply({ wide, groups }: Division, { first, count }: Division['parts'][number]): string {
  const channels = Array.from({ length: count }, (_, l) => first + l);
  const each = (text: (l: number, j: number) => string) =>
    channels.map((l) => repeat(groups, (j) => text(l, j), ' ')).join('\n');
  const value = (m: number) => `tiles[${plus('xAt', m)}]`;
  const vectors = [...new Set(channels.map((l) => l >> 2))];
  const whole = wide ? `${vectors.map((m) => `let v${m} = ${value(m)};`).join(' ')}\n  ` : '';
  const channel = (l: number) => {
    const one = wide ? `v${l >> 2}.${'xyzw'[l % 4]}` : `v${l}`;
    const load = wide ? '' : `let ${one} = ${value(l >> 2)}.${'xyzw'[l % 4]}; `;
    return `${load}${repeat(groups, (j) => `acc${l}_${j} += ${one} * g${j};`, ' ')}`;
  };
  const partial = (l: number, j: number) => `partial[${plus(ahead('at', l, 'K4'), j)}]`;
  return `${each((l, j) => `var acc${l}_${j} = vec4<f32>();`)}
for (var t = 0u; t < BLOCK; t++) {
  let xAt = values + t * X_PANEL;
  let dyAt = sums + t * DY_PANEL;
  ${whole}${repeat(groups, (j) => `let g${j} = tiles[${plus('dyAt', j)}];`, ' ')}
${indent(channels.map(channel).join('\n'))}
}
// Each block is a sum of its own: one over all tiles would lose digits.
if (block > begin) {
${indent(each((l, j) => `acc${l}_${j} += ${partial(l, j)};`))}
}
${each((l, j) => `${partial(l, j)} = acc${l}_${j};`)}`;
}
