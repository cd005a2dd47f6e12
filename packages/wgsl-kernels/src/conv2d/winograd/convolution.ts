import { ahead } from '../../constants.ts';
import { indent, type Kernel, linearKernel, reads, readsWrites, repeat } from '../../kernel.ts';
import type { Layout } from '../../layout.ts';
import type { Machine } from '../../machine.ts';
import { plus } from '../../matmul/arithmetic.ts';
import type { KernelPlan } from '../../plan.ts';
import { aboutEpilogue, type ConvEpilogue, epilogueBindings, finished } from '../epilogue.ts';
import { winogradFilter, winogradFilterWords } from './filter.ts';
import {
  declareAll,
  gridConstants,
  inputConstants,
  inputPixels,
  inputRows,
  names,
  outputRows,
  placeTile,
  tileGrid,
  winogradFlop,
} from './tiles.ts';

/** A sum over 3x3 taps and source channels for every pixel of a target image, in Winograd's form: see `tiles.ts`. */
export interface WinogradConvolution extends ConvEpilogue {
  readonly name: string;
  readonly about: string;
  readonly source: { readonly name: string; readonly layout: Layout };
  readonly target: { readonly name: string; readonly layout: Layout };
  /** Name of the buffer with the filter: 3,3,source channels,target channels in memory. */
  readonly filter: string;
  /** The filter is rotated by 180 degrees. */
  readonly rotated: boolean;
  /** Rows and columns of zeros around the source. */
  readonly padding: readonly [number, number];
}

/** How tiles and channels are divided. */
interface Division {
  /** Tiles that are transformed and multiplied together: rows of the register tile. */
  readonly rows: number;
  /** vec4s of target channels: columns of the register tile. */
  readonly panel: number;
  /**
   * Load four channels of a tile at once: for software GPUs, which keep values in memory anyway and pay for loads. A
   * CPU loads one channel into all lanes of a register when it is needed.
   */
  readonly wholeVectors: boolean;
  /** Blocks of `rows` tiles that an invocation computes, one after the other in the same scratch memory. */
  readonly blocksEach: number;
  readonly blocks: number;
  readonly invocations: number;
  /** vec4s of scratch memory of an invocation: transformed inputs, then products. */
  readonly scratch: number;
}

/** Enough for many threads to end together; each has scratch memory of its own. */
const mostInvocations = 64;

function divide({ source, target }: WinogradConvolution, { loads, vectorWidth }: Machine): Division {
  const groups = target.layout.extents[1] / 4;
  const many = loads === 'costly';
  const most = many || vectorWidth === 8 ? 4 : 2;
  const panel = [most, 2, 1].find((size) => groups % size === 0)!;
  const rows = many ? 16 : panel === most ? 6 : 8;
  const blocks = Math.ceil(tileGrid(target.layout).total / rows);
  const blocksEach = Math.ceil(blocks / mostInvocations);
  return {
    rows,
    panel,
    wholeVectors: many,
    blocks,
    blocksEach,
    invocations: Math.ceil(blocks / blocksEach),
    scratch: 16 * rows * (source.layout.extents[1] / 4 + panel),
  };
}

/**
 * Two kernels: the filter's transform, and everything else in one. Its invocation takes `rows` tiles at a time,
 * transforms their inputs for all channels into scratch memory that stays in the first caches, multiplies there by
 * the filter, `panel` vec4 of target channels at a time, and transforms the products into outputs.
 */
export function winogradConvolution(convolution: WinogradConvolution, machine: Machine): KernelPlan {
  const division = divide(convolution, machine);
  const { source, target } = convolution;
  const filter = {
    name: `${convolution.name}Filter`,
    source: convolution.filter,
    rows: source.layout.extents[1],
    columns: target.layout.extents[1],
    rotated: convolution.rotated,
    panel: division.panel,
  };
  return {
    kernels: [winogradFilter(filter, machine), productKernel(convolution, division, machine)],
    scratch: {
      transformed: winogradFilterWords(filter),
      tiles: 4 * division.invocations * division.scratch,
    },
  };
}

function productKernel(
  convolution: WinogradConvolution,
  division: Division,
  { workgroupSize }: Machine,
): Kernel {
  const { name, source, target, padding, bias } = convolution;
  const { rows, panel, blocks, blocksEach, invocations, scratch } = division;
  const sourceGroups = source.layout.extents[1] / 4;
  const grid = tileGrid(target.layout);
  const [, , height, width] = target.layout.shape;
  const end = 'i * BLOCKS_EACH + BLOCKS_EACH';
  const constants = {
    ...inputConstants(source.layout, padding),
    ...gridConstants(grid),
    OUT_H: height,
    OUT_W: width,
    OUT_C4: [target.layout.extents[1] / 4, 'vec4s of channels'],
    ROWS: [rows, 'tiles that are multiplied together'],
    PANEL: [panel, 'vec4s of output channels at a time'],
    BLOCKS: [blocks, 'blocks of ROWS tiles'],
    BLOCKS_EACH: [blocksEach, 'of them, one after the other, in one invocation'],
    SCRATCH: [scratch, 'vec4s of scratch memory of an invocation'],
  } as const;
  return linearKernel({
    name,
    about: `
${convolution.about.trim()}
in Winograd's form: 2x2 outputs Y = A^T [sum over channels of U * (B^T d B)] A from 4x4 inputs d.
${source.name}: [${source.layout.shape}] in order NHWC, then the zeros that taps in the padding read
transformed: U, as ${name}Filter writes it${bias ? '; bias: one per channel' : ''}
${target.name}: [${target.layout.shape}] in order NHWC${aboutEpilogue(convolution)}
tiles: scratch memory of each invocation, B^T d B as [4,4,${rows} tiles,${4 * sourceGroups}],
then its products with U as [4,4,${rows} tiles,${4 * panel}]
One invocation: ${blocksEach} times ${rows} neighbouring tiles, all channels; products in acc<tile>_<vec4>.`,
    bindings: [
      reads(source.name, 'array<vec4<f32>>'),
      reads('transformed', 'array<vec4<f32>>'),
      ...(bias ? [reads('bias', 'array<vec4<f32>>')] : []),
      ...(convolution.batchNorm ? epilogueBindings.map((one) => reads(one, 'array<vec4<f32>>')) : []),
      readsWrites('tiles', 'array<vec4<f32>>'),
      readsWrites(target.name, 'array<vec4<f32>>'),
    ],
    invocations,
    workgroupSize,
    constants,
    body: `let inputs = i * SCRATCH;
let products = inputs + 16u * ROWS * IN_C4;
let end = ${invocations * blocksEach === blocks ? end : `min(BLOCKS, ${end})`};
for (var block = i * BLOCKS_EACH; block < end; block++) {
  for (var t = 0u; t < ROWS; t++) {
${indent(placeTile('block * ROWS + t'), 4)}
${indent(transformInputs(convolution, inputPixels(source.layout, padding, grid)), 4)}
  }
  for (var b = 0u; b < OUT_C4; b += PANEL) {
    for (var element = 0u; element < 16u; element++) {
${indent(multiply(division), 6)}
    }
    for (var t = 0u; t < ROWS; t++) {
${indent(placeTile('block * ROWS + t'), 6)}
${indent(transformOutputs(convolution), 6)}
    }
  }
}`,
    flop: winogradFlop(grid, source.layout.shape[1], target.layout.shape[1]),
    bytes: 4 * (source.layout.size + target.layout.size + 16 * sourceGroups * target.layout.extents[1]),
  });
}

/** B^T d B of one tile, for all channels. Rows of d are loaded when they are needed: 16 registers cannot hold all. */
function transformInputs(
  { source }: WinogradConvolution,
  pixel: (row: string, column: number) => string,
): string {
  const place = (r: number) => repeat(4, (s) => `let at${r}${s} = ${pixel(`${r}u`, s)};`);
  const load = (r: number) => repeat(4, (s) => `let d${r}${s} = ${source.name}[at${r}${s} + a];`, ' ');
  const row = (r: number) => {
    const alongColumns = names('d').map((_, s) => inputRows(names('d').map((d) => `${d}${s}`))[r]);
    const stores = inputRows(names(`t${r}`)).map(
      (value, s) => `tiles[${ahead('to', 4 * r + s, '(ROWS * IN_C4)')}] = ${value};`,
    );
    return `${declareAll(`t${r}`, alongColumns)}\n${stores.join('\n')}`;
  };
  return `${repeat(4, place)}
for (var a = 0u; a < IN_C4; a++) {
  let to = inputs + t * IN_C4 + a;
${indent([load(0), load(1), load(2), row(0), row(1), row(2), load(3), row(3)].join('\n'))}
}`;
}

/** One element's products of all tiles of the block with the filter, summed over the source channels. */
function multiply({ rows, panel, wholeVectors }: Division): string {
  const value = (m: number) => `tiles[${ahead('values', m, 'IN_C4')}]`;
  const vectors = wholeVectors ? `\n${indent(repeat(rows, (m) => `let v${m} = ${value(m)};`))}` : '';
  const lane = (l: number) => {
    const weights = repeat(
      panel,
      (j) => `let u${l}_${j} = transformed[${plus(ahead('filters', l, 'PANEL'), j)}];`,
      ' ',
    );
    const tile = (m: number) => {
      const one = wholeVectors ? `v${m}.${'xyzw'[l]}` : `v${l}_${m}`;
      const load = wholeVectors ? '' : `let ${one} = ${value(m)}.${'xyzw'[l]}; `;
      return `${load}${repeat(panel, (j) => `acc${m}_${j} += ${one} * u${l}_${j};`, ' ')}`;
    };
    return `${weights}\n${repeat(rows, tile)}`;
  };
  const store = (m: number) =>
    repeat(panel, (j) => `tiles[${plus(ahead('to', m, 'PANEL'), j)}] = acc${m}_${j};`, ' ');
  return `${repeat(rows, (m) => repeat(panel, (j) => `var acc${m}_${j} = vec4<f32>();`, ' '))}
for (var a = 0u; a < IN_C4; a++) {
  let filters = (b * (16u / PANEL) + element) * (4u * IN_C4 * PANEL) + a * (4u * PANEL);
  let values = inputs + element * (ROWS * IN_C4) + a;${vectors}
${indent(repeat(4, lane))}
}
let to = products + element * (ROWS * PANEL);
${repeat(rows, store)}`;
}

/** A^T m A of one tile and its epilogue, for the panel's channels. Outputs beyond the image's edge are left out. */
function transformOutputs(convolution: WinogradConvolution): string {
  const { target, bias } = convolution;
  const [, , height, width] = target.layout.shape;
  const load = (s: number) =>
    repeat(4, (r) => `let m${r}${s} = tiles[${ahead('product', 4 * r + s, '(ROWS * PANEL)')}];`, ' ');
  const alongColumns = (s: number) => {
    const values = outputRows(names('m').map((m) => `${m}${s}`));
    return `let s0${s} = ${values[0]}; let s1${s} = ${values[1]};`;
  };
  const pixel = (p: number, q: number) => {
    const sum = `${outputRows(names(`s${p}`))[q]}${bias ? ' + bias[b + j]' : ''}`;
    const at = ahead(ahead('to', p, '(OUT_W * OUT_C4)'), q, 'OUT_C4');
    const value = finished(convolution, sum, (name) => `${name}[b + j]`, 'vec4<f32>()');
    const text = `${target.name}[${at}] = ${value};`;
    const inside = [
      ...(p === 1 && height % 2 === 1 ? ['2u * tileY + 1u < OUT_H'] : []),
      ...(q === 1 && width % 2 === 1 ? ['2u * tileX + 1u < OUT_W'] : []),
    ].join(' && ');
    return inside ? `if (${inside}) { ${text} }` : text;
  };
  return `for (var j = 0u; j < PANEL; j++) {
  let product = products + t * PANEL + j;
  let to = ((n * OUT_H + 2u * tileY) * OUT_W + 2u * tileX) * OUT_C4 + b + j;
${indent(repeat(4, (s) => `${load(s)}\n${alongColumns(s)}`))}
${indent(repeat(2, (p) => repeat(2, (q) => pixel(p, q))))}
}`;
}
