import { ahead } from '../../constants.ts';
import { indent, type Kernel, linearKernel, reads, readsWrites, repeat } from '../../kernel.ts';
import { isPlanar, type Layout, roundUp4 } from '../../layout.ts';
import { type Machine, machines } from '../../machine.ts';
import { plus } from '../../matmul/arithmetic.ts';
import type { KernelPlan } from '../../plan.ts';
import { conv2dLayouts } from '../layouts.ts';
import { type Conv2dSpec, conv2dFlop, tapDistance } from '../spec.ts';
import { positionsInside, weightGradientConstants, weightGradientFormula } from './text.ts';

/** Images that the inner loop takes at a time. */
const unrolled = 4;
/** Images that one invocation copies, and vec4s of channels: whole cache lines where it reads. */
const imagesEach = 64;
const vectorsEach = 4;

/** An image tensor [N,C,H,W] copied into [tile of `unit` vec4s of channels][pixel][image][vec4 of the tile]. */
interface Packed {
  readonly layout: Layout;
  readonly pixels: number;
  readonly vectors: number;
  readonly unit: number;
  readonly tiles: number;
  /** The batch rounded up, so that the inner loop needs no test: zeros follow. */
  readonly images: number;
}

function packedOf(layout: Layout, unit: number): Packed {
  const [batch, , height, width] = layout.shape;
  const vectors = layout.extents[1] / 4;
  const tiles = Math.ceil(vectors / unit);
  return { layout, pixels: height * width, vectors, unit, tiles, images: roundUp4(batch) };
}

const packedWords = ({ pixels, tiles, unit, images }: Packed) => 4 * pixels * tiles * unit * images;

/**
 * The weight gradient for CPUs. To `blocks.ts` it adds that x and dy are first copied, so that one position of all
 * images lies in one piece.
 * The inner loop then runs over images, without tests and without jumps in memory (images that lie a multiple of 4
 * KiB apart would push each other out of a first-level cache), and only at positions whose tap lies inside of the
 * image. Buffers as there.
 * @throws RangeError as `conv2dOutputSize` does, or if a side has fewer than 4 channels.
 */
export function conv2dWeightGradientPacked(spec: Conv2dSpec, machine: Machine = machines.gpu): KernelPlan {
  if (isPlanar(spec.inChannels) || isPlanar(spec.outChannels)) {
    throw new RangeError(
      `conv2dWeightGradientPacked: between ${spec.inChannels} and ${spec.outChannels} channels; ` +
        'both sides need 4 or more',
    );
  }
  const { x, y } = conv2dLayouts(spec);
  const from = packedOf(x, 1);
  const to = packedOf(y, y.extents[1] <= 4 ? 1 : machine.vectorWidth === 8 && y.extents[1] > 8 ? 4 : 2);
  return {
    kernels: [
      packKernel('x', 'xByImage', from, machine),
      packKernel('dy', 'dyByImage', to, machine),
      blockKernel(spec, from, to, machine),
    ],
    scratch: { xByImage: packedWords(from), dyByImage: packedWords(to) },
  };
}

function packKernel(source: string, result: string, packed: Packed, { workgroupSize }: Machine): Kernel {
  const { layout, pixels, vectors, unit, tiles, images } = packed;
  const [batch] = layout.shape;
  const width = tiles * unit;
  const blocks = Math.ceil(width / vectorsEach);
  const parts = Math.ceil(images / imagesEach);
  const copy = (e: number) => {
    const v = e === 0 ? 'v' : `(v + ${e}u)`;
    const at = `((${v} / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + ${v} % UNIT`;
    const store = (stored: string) => `${result}[${at}] = ${stored};`;
    const value = `${source}[(n * PIXELS + pixel) * VECTORS + ${v}]`;
    const inside = [
      ...(batch < images ? ['n < BATCH'] : []),
      ...(blocks * vectorsEach > vectors ? [`${v} < VECTORS`] : []),
    ].join(' && ');
    const text = inside
      ? `if (${inside}) { ${store(value)} } else { ${store('vec4<f32>()')} }`
      : store(value);
    return blocks * vectorsEach > width ? `if (${v} < TILES * UNIT) { ${text} }` : text;
  };
  const constants = {
    BATCH: batch,
    PIXELS: [pixels, 'of an image'],
    VECTORS: [vectors, 'vec4s of channels'],
    TILES: tiles,
    UNIT: [unit, 'vec4s of channels in a tile'],
    IMAGES: [images, 'the batch as it is stored'],
    BLOCKS: blocks,
    EACH: [vectorsEach, 'vec4s of one invocation'],
    EACH_IMAGES: [imagesEach, 'images of one invocation'],
  } as const;
  return linearKernel({
    name: 'conv2dWeightGradientPack',
    about: `
${result}[tile][pixel][n][v] = ${source}[n][pixel][tile*${unit} + v] in vec4s of channels
and 0 beyond the last image and channel.
${source}: [${layout.shape}] in order NHWC; ${result}: [${tiles},${pixels},${images},${4 * unit}]
One invocation: ${vectorsEach} vec4s of a pixel, in up to ${imagesEach} images.`,
    bindings: [reads(source, 'array<vec4<f32>>'), readsWrites(result, 'array<vec4<f32>>')],
    invocations: pixels * blocks * parts,
    workgroupSize,
    constants,
    body: `let v = i % BLOCKS * EACH;
let pixel = i / BLOCKS % PIXELS;
let first = i / (BLOCKS * PIXELS) * EACH_IMAGES;
let end = ${parts * imagesEach === images ? 'first + EACH_IMAGES' : 'min(first + EACH_IMAGES, IMAGES)'};
for (var n = first; n < end; n++) {
${indent(repeat(vectorsEach, copy))}
}`,
    flop: 0,
    bytes: 4 * (layout.size + packedWords(packed)),
  });
}

/** Input channels of an invocation: six fill 16 registers, and three vec4s of channels are two times six. */
function shares(vectors: number): { readonly sixes: number; readonly fours: number } {
  return { sixes: 2 * Math.floor(vectors / 3), fours: vectors % 3 };
}

function blockKernel(spec: Conv2dSpec, from: Packed, to: Packed, { workgroupSize }: Machine): Kernel {
  const { kernel } = spec;
  const { weight } = conv2dLayouts(spec);
  const { unit } = to;
  const { sixes, fours } = shares(from.tiles);
  const parts = sixes + fours;
  const constants = {
    ...weightGradientConstants(spec),
    TILES: [to.tiles, 'tiles of output channels'],
    UNIT: [unit, 'vec4s of output channels in a tile'],
    PARTS: [parts, 'parts of input channels'],
    SIXES: [sixes, 'parts of six channels; the others have four'],
    IMAGES: [from.images, 'the batch as it is stored'],
    UNROLLED: [unrolled, 'images at a time'],
  } as const;
  const six = `let channel = part * 6u;\n${blockOf(spec, 6, to)}`;
  const four = `let channel = SIXES * 6u + (part - SIXES) * 4u;\n${blockOf(spec, 4, to)}`;
  const both = `if (part < SIXES) {\n${indent(six)}\n} else {\n${indent(four)}\n}`;
  return linearKernel({
    name: 'conv2dWeightGradientPacked',
    about: `${weightGradientFormula(spec)}
xByImage, dyByImage: x [${from.layout.shape}] and dy [${to.layout.shape}] as conv2dWeightGradientPack leaves them
dWeight: [${weight.shape}] in order RSCK
One invocation: one tap, 6 or 4 input channels times ${unit} vec4 of output channels. acc<channel>_<vec4> is the sum
over a row of positions, total<channel>_<vec4> the sum of those: rounding errors grow with the square root of each.`,
    bindings: [
      reads('xByImage', 'array<f32>'),
      reads('dyByImage', 'array<vec4<f32>>'),
      readsWrites('dWeight', 'array<vec4<f32>>'),
    ],
    invocations: to.tiles * parts * kernel[0] * kernel[1],
    workgroupSize,
    constants,
    body: `let tile = i % TILES;
let part = i / TILES % PARTS;
let s = i / (TILES * PARTS) % S;
let r = i / (TILES * PARTS * S);
${positionsInside(spec, 'p', 'r', 0)}
${positionsInside(spec, 'q', 's', 1)}
${sixes === 0 ? four : fours === 0 ? six : both}`,
    flop: conv2dFlop(spec),
    bytes: 4 * (packedWords(from) + packedWords(to) + weight.size),
  });
}

/** The block of dWeight for so many input channels from `channel` on. */
function blockOf(spec: Conv2dSpec, channels: number, to: Packed): string {
  const { unit } = to;
  const each = (text: (l: number, j: number) => string) =>
    repeat(channels, (l) => repeat(unit, (j) => text(l, j), ' '));
  const image = (e: number) => `{
${indent(repeat(unit, (j) => `let d${j} = dyByImage[${plus('dyAt + n * UNIT', e * unit + j)}];`))}
${indent(
  repeat(channels, (l) => {
    const load = `let v${l} = xByImage[${plus(`x${l} + n * 4u`, 4 * e)}];`;
    return `${load} ${repeat(unit, (j) => `acc${l}_${j} += v${l} * d${j};`, ' ')}`;
  }),
)}
}`;
  const overhangs = to.tiles * unit > to.vectors;
  const store = (l: number, j: number) => {
    const text = `dWeight[${plus(ahead('at', l, 'K4'), j)}] = total${l}_${j};`;
    return overhangs && j > 0 ? `if (tile * UNIT + ${j}u < K4) { ${text} }` : text;
  };
  const start = (l: number) => {
    const channel = plus('channel', l);
    return `let first${l} = (${channel}) / 4u * (H * W * IMAGES * 4u) + (${channel}) % 4u;`;
  };
  return `${repeat(channels, start)}
${each((l, j) => `var total${l}_${j} = vec4<f32>();`)}
for (var p = p0; p < p1; p++) {
${indent(each((l, j) => `var acc${l}_${j} = vec4<f32>();`))}
  for (var q = q0; q < q1; q++) {
    let row = p * STRIDE_Y + ${tapDistance(spec, 'r', 0)} - PADDING_Y;
    let column = q * STRIDE_X + ${tapDistance(spec, 's', 1)} - PADDING_X;
    let pixel = (row * W + column) * (IMAGES * 4u);
${indent(
  repeat(channels, (l) => `let x${l} = first${l} + pixel;`),
  4,
)}
    let dyAt = (tile * (P * Q) + p * Q + q) * (IMAGES * UNIT);
    for (var n = 0u; n < IMAGES; n += UNROLLED) {
${indent(repeat(unrolled, image), 6)}
    }
  }
${indent(each((l, j) => `total${l}_${j} += acc${l}_${j};`))}
}
let at = ((r * S + s) * (4u * C4) + channel) * K4 + tile * UNIT;
${repeat(channels, (l) => repeat(unit, (j) => store(l, j)))}`;
}
