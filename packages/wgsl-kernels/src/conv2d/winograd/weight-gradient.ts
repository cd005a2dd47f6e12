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

/** How the work is divided. */
interface Division {
  readonly layouts: Conv2dLayouts;
  readonly grid: TileGrid;
  /** Slices of the batch's tiles, each summed by four invocations: one for each row of the 4x4 elements. */
  readonly slices: number;
  /** Blocks of `blockTiles` tiles in a slice. */
  readonly blocksEach: number;
  /** vec4s of input and of output channels that lie together in the transformed tiles. */
  readonly panel: number;
  readonly groups: number;
  /** Input channels of a panel whose sums are held in registers at a time, for `groups` vec4s of output channels. */
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
  const panel = divisor(layouts.x.extents[1] / 4, 4);
  const slices = Math.ceil(blocks / blocksEach);
  return { layouts, grid, slices, blocksEach, panel, groups, parts: partsOf(4 * panel, wide), wide };
}

/**
 * Words of dWeight before the last transform: 16 elements for each pair of channels. A cache line lies between two
 * elements, which else would be a power of two apart and push each other out of a first-level cache.
 */
function elementWords({ x, y }: Conv2dLayouts): number {
  return 16 * (x.extents[1] * y.extents[1] + 16);
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
  const { layouts, grid, slices, blocksEach, panel, groups, parts } = division;
  const [c4, k4] = [layouts.x.extents[1] / 4, layouts.y.extents[1] / 4];
  const [, , p, q] = layouts.y.shape;
  const blocks = Math.ceil(grid.total / blockTiles);
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
    PANEL: [panel, 'vec4s of input channels that lie together'],
    GROUPS: [groups, 'vec4s of output channels that lie together'],
  } as const;
  return linearKernel({
    name: 'winogradWeightGradient',
    about: `
${weightGradientFormula(spec)}
in Winograd's form: sums over tiles of (B^T x B) * (H dy H^T), from 4x4 of x and 2x2 of dy; H = [1 0; 1 1; 1 -1; 0 1].
x: [${layouts.x.shape}], dy: [${layouts.y.shape}] in order NHWC, each then the zeros that are read outside of it
partial: the sums of ${slices} slices, each [4,4,${4 * c4},${4 * k4}], with 16 words after each element
tiles: scratch memory of each invocation, 4 elements of the transforms of x
[4,${c4 / panel},${blockTiles} tiles,${4 * panel}] and of dy [4,${k4 / groups},${blockTiles} tiles,${4 * groups}],
one place between panels
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
    for (var c = 0u; c < IN_C4; c += PANEL) {
      for (var k = 0u; k < K4; k += GROUPS) {
        let values = inputs + (element * IN_C4 + c) * APART;
        let sums = gradients + (element * K4 + k) * APART;
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
function transformInputs({ padding }: Conv2dSpec, { layouts, grid }: Division): string {
  const pixel = inputPixels(layouts.x, padding, grid);
  const place = (s: number) =>
    `let first${s} = ${pixel('first', s)};\nlet second${s} = ${pixel('second', s)};`;
  const values = inputRows(names('d'));
  return `${repeat(4, place)}
for (var a = 0u; a < IN_C4; a += PANEL) {
  for (var v = 0u; v < PANEL; v++) {
${indent(
  repeat(4, (s) => `let d${s} = x[first${s} + a + v] + sign * x[second${s} + a + v];`),
  4,
)}
    let to = inputs + a * APART + t * PANEL + v;
${indent(
  repeat(4, (s) => `tiles[${ahead('to', s, '(APART * IN_C4)')}] = ${values[s]};`),
  4,
)}
  }
}`;
}

/** This row of H g H^T of one tile of dy, for all output channels; tiles beyond the last are 0. */
function transformGradients({ layouts, grid }: Division): string {
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
for (var b = 0u; b < K4; b += GROUPS) {
  for (var v = 0u; v < GROUPS; v++) {
${indent(
  repeat(2, (q) => `let g${q} = upper * dy[at0${q} + b + v] + lower * dy[at1${q} + b + v];`),
  4,
)}
    let to = gradients + b * APART + t * GROUPS + v;
${indent(
  repeat(4, (s) => `tiles[${ahead('to', s, '(APART * K4)')}] = ${values[s]};`),
  4,
)}
  }
}`;
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
  let xAt = values + t * PANEL;
  let dyAt = sums + t * GROUPS;
  ${whole}${repeat(groups, (j) => `let g${j} = tiles[${plus('dyAt', j)}];`, ' ')}
${indent(channels.map(channel).join('\n'))}
}
// Each block is a sum of its own: one over all tiles would lose digits.
if (block > begin) {
${indent(each((l, j) => `acc${l}_${j} += ${partial(l, j)};`))}
}
${each((l, j) => `${partial(l, j)} = acc${l}_${j};`)}`;
}

/** The last transform, of a row or column of four sums to three taps. */
function tapRows(m: readonly string[]): string[] {
  return [
    `${m[0]} + 0.5 * (${m[1]} + ${m[2]})`,
    `0.5 * (${m[1]} - ${m[2]})`,
    `0.5 * (${m[1]} + ${m[2]}) - ${m[3]}`,
  ];
}

function resultKernel({ layouts, slices }: Division, { workgroupSize }: Machine): Kernel {
  const words = layouts.x.extents[1] * layouts.y.extents[1];
  const timesLeft = (s: number) => {
    const values = tapRows(names('m').map((m) => `m${m.slice(1)}${s}`));
    return repeat(3, (r) => `let h${r}${s} = ${values[r]};`);
  };
  const timesRight = (r: number) => {
    const values = tapRows(names(`h${r}`));
    return repeat(3, (s) => `dWeight[${ahead('i', 3 * r + s, 'TAP')}] = ${values[s]};`);
  };
  const element = (e: number) => `m${Math.floor(e / 4)}${e % 4}`;
  return linearKernel({
    name: 'winogradWeightGradientSum',
    about: `
dWeight = W M W^T for every pair of channels, M the sum over ${slices} slices of partial;
W = [1 1/2 1/2 0; 0 1/2 -1/2 0; 0 1/2 1/2 -1].
partial: [${slices},4,4,${words}], with 16 words after each element; dWeight: [3,3,${words}]
One invocation adds the slices in order, for one vec4 of output channels.`,
    bindings: [reads('partial', 'array<vec4<f32>>'), readsWrites('dWeight', 'array<vec4<f32>>')],
    invocations: words / 4,
    workgroupSize,
    constants: {
      ELEMENT: [elementWords(layouts) / 64, 'vec4s from one element of partial to the next'],
      TAP: [words / 4, 'vec4s of a tap'],
      SLICES: slices,
    },
    body: `${repeat(16, (e) => `var ${element(e)} = partial[${ahead('i', e, 'ELEMENT')}];`)}
for (var slice = 1u; slice < SLICES; slice++) {
  let at = slice * (16u * ELEMENT) + i;
${indent(repeat(16, (e) => `${element(e)} += partial[${ahead('at', e, 'ELEMENT')}];`))}
}
${repeat(4, timesLeft)}
${repeat(3, timesRight)}`,
    flop: words * (16 * slices + 42),
    bytes: 4 * words * (16 * slices + 9),
  });
}
