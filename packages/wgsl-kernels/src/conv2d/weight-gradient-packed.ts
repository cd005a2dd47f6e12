import {
  defaultTuning,
  indent,
  type Kernel,
  linearKernel,
  reads,
  repeat,
  type Tuning,
  writes,
} from '../kernel.ts';
import { isPlanar, type Layout, roundUp4 } from '../layout.ts';
import { plus, times } from '../matmul/arithmetic.ts';
import type { KernelPlan } from '../plan.ts';
import { type Conv2dSpec, conv2dFlop, conv2dLayouts } from './spec.ts';
import { positionsInside } from './weight-gradient-body.ts';

/** With fewer images, or less arithmetic for each number that is copied, packing costs more than it saves. */
const enoughImages = 32;
const enoughFlop = 80;
/** Bytes of x and dy that one invocation walks over: with more, the second-level cache is too small for them. */
const mostBytes = 1024 * 1024;
/** Images that the inner loop takes at a time. */
const unrolled = 4;
/** Images that one invocation copies, and vec4s of channels: whole cache lines where it reads. */
const imagesEach = 64;
const vectorsEach = 4;

/** True if packing pays on this machine: jumps in memory are dear, 4 channels or more on both sides, enough images and channels. */
export function packsImages(spec: Conv2dSpec, { jumps }: Tuning): boolean {
  const { batch, inChannels, outChannels } = spec;
  const possible = jumps === 'dear' && !isPlanar(inChannels) && !isPlanar(outChannels);
  if (!possible || batch < enoughImages) return false;
  const { x, y } = conv2dLayouts(spec);
  const walked = (y.size / y.extents[1]) * 4 * (4 + 8);
  return walked <= mostBytes && conv2dFlop(spec) >= enoughFlop * (x.size + y.size);
}

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
 * `conv2dWeightGradient` for CPUs. x and dy are first copied so that one position of all images lies in one piece.
 * The inner loop then runs over images, without tests and without jumps in memory (images that lie a multiple of 4
 * KiB apart would push each other out of a first-level cache), and only at positions whose tap lies inside of the
 * image. Buffers as there.
 * @throws RangeError as `conv2dOutputSize` does, or if a side has fewer than 4 channels.
 */
export function conv2dWeightGradientPacked(spec: Conv2dSpec, tuning: Tuning = defaultTuning): KernelPlan {
  if (isPlanar(spec.inChannels) || isPlanar(spec.outChannels)) {
    throw new RangeError(
      `conv2dWeightGradientPacked: between ${spec.inChannels} and ${spec.outChannels} channels; both sides need 4 or more`,
    );
  }
  const { x, y } = conv2dLayouts(spec);
  const from = packedOf(x, 1);
  const to = packedOf(y, y.extents[1] > 4 ? 2 : 1);
  return {
    kernels: [
      packKernel('x', 'xByImage', from, tuning),
      packKernel('dy', 'dyByImage', to, tuning),
      blockKernel(spec, from, to, tuning),
    ],
    scratch: { xByImage: packedWords(from), dyByImage: packedWords(to) },
  };
}

function packKernel(source: string, result: string, packed: Packed, { workgroupSize }: Tuning): Kernel {
  const { layout, pixels, vectors, unit, tiles, images } = packed;
  const [batch] = layout.shape;
  const width = tiles * unit;
  const blocks = Math.ceil(width / vectorsEach);
  const parts = Math.ceil(images / imagesEach);
  const copy = (e: number) => {
    const v = plus('v', e);
    const tile = unit === 1 ? `(${v})` : `(${v}) / ${unit}u`;
    const strip = `(${times(tile, pixels)} + pixel) * ${images}u + n`;
    const at = unit === 1 ? strip : `(${strip}) * ${unit}u + (${v}) % ${unit}u`;
    const store = (stored: string) => `${result}[${at}] = ${stored};`;
    const value = `${source}[(n * ${pixels}u + pixel) * ${vectors}u + ${v}]`;
    const inside = [
      ...(batch < images ? [`n < ${batch}u`] : []),
      ...(blocks * vectorsEach > vectors ? [`${v} < ${vectors}u`] : []),
    ].join(' && ');
    const text = inside
      ? `if (${inside}) { ${store(value)} } else { ${store('vec4<f32>()')} }`
      : store(value);
    return blocks * vectorsEach > width ? `if (${v} < ${width}u) { ${text} }` : text;
  };
  return linearKernel({
    name: 'conv2dWeightGradientPack',
    about: `
${result}[tile][pixel][n][v] = ${source}[n][pixel][tile*${unit} + v] in vec4s of channels, and 0 beyond the last image and channel.
${source}: [${layout.shape}] in order NHWC; ${result}: [${tiles},${pixels},${images},${4 * unit}]
One invocation: ${vectorsEach} vec4s of a pixel, in up to ${imagesEach} images.`,
    bindings: [reads(source, 'array<vec4<f32>>'), writes(result, 'array<vec4<f32>>')],
    invocations: pixels * blocks * parts,
    workgroupSize,
    body: `
let v = i % ${blocks}u * ${vectorsEach}u;
let pixel = i / ${blocks}u % ${pixels}u;
let first = i / ${blocks * pixels}u * ${imagesEach}u;
let end = ${parts * imagesEach === images ? `first + ${imagesEach}u` : `min(first + ${imagesEach}u, ${images}u)`};
for (var n = first; n < end; n++) {
${indent(repeat(vectorsEach, copy))}
}`,
    flop: 0,
    bytes: 4 * (layout.size + packedWords(packed)),
  });
}

function blockKernel(spec: Conv2dSpec, from: Packed, to: Packed, { workgroupSize }: Tuning): Kernel {
  const { kernel, stride, padding, width } = spec;
  const { weight } = conv2dLayouts(spec);
  const [rows, columns] = kernel;
  const [, , , outWidth] = to.layout.shape;
  const perTap = to.tiles * from.tiles;
  const { unit } = to;
  const source = (position: string, tap: string, d: 0 | 1) =>
    plus(`${times(position, stride[d])} + ${tap}`, -padding[d]);
  const each = (text: (l: number, j: number) => string) =>
    repeat(4, (l) => repeat(unit, (j) => text(l, j), ' '));
  const image = (e: number) => `{
  let v = xByImage[${plus('xAt + n', e)}];
${indent(repeat(unit, (j) => `let d${j} = dyByImage[${plus(`dyAt + ${times('n', unit)}`, e * unit + j)}];`))}
${indent(each((l, j) => `acc${l}_${j} += v.${'xyzw'[l]} * d${j};`))}
}`;
  const overhangs = to.tiles * unit > to.vectors;
  const store = (l: number, j: number) => {
    const text = `dWeight[${plus('at', l * to.vectors + j)}] = total${l}_${j};`;
    return overhangs && j > 0 ? `if (tile * ${unit}u + ${j}u < ${to.vectors}u) { ${text} }` : text;
  };
  return linearKernel({
    name: 'conv2dWeightGradientPacked',
    about: `
dWeight[k,c,r,s] = sum_{n,p,q} dy[n,k,p,q] * x[n, c, p*${stride[0]} + r - ${padding[0]}, q*${stride[1]} + s - ${padding[1]}]
xByImage, dyByImage: x [${from.layout.shape}] and dy [${to.layout.shape}] as conv2dWeightGradientPack leaves them
dWeight: [${weight.shape}] in order RSCK
One invocation: one tap, 4 input channels times ${unit} vec4 of output channels. acc<channel>_<vec4> is the sum over a row of
positions, total<channel>_<vec4> the sum of those: rounding errors grow with the square root of each.`,
    bindings: [
      reads('xByImage', 'array<vec4<f32>>'),
      reads('dyByImage', 'array<vec4<f32>>'),
      writes('dWeight', 'array<vec4<f32>>'),
    ],
    invocations: perTap * rows * columns,
    workgroupSize,
    body: `
let tile = i % ${to.tiles}u;
let c4 = i / ${to.tiles}u % ${from.tiles}u;
let s = i / ${perTap}u % ${columns}u;
let r = i / ${perTap * columns}u;
${positionsInside(spec, 'p', 'r', 0)}
${positionsInside(spec, 'q', 's', 1)}
${each((l, j) => `var total${l}_${j} = vec4<f32>();`)}
for (var p = p0; p < p1; p++) {
${indent(each((l, j) => `var acc${l}_${j} = vec4<f32>();`))}
  for (var q = q0; q < q1; q++) {
    let xAt = (c4 * ${from.pixels}u + (${source('p', 'r', 0)}) * ${width}u + ${source('q', 's', 1)}) * ${from.images}u;
    let dyAt = (tile * ${to.pixels}u + p * ${outWidth}u + q) * ${to.images * unit}u;
    for (var n = 0u; n < ${from.images}u; n += ${unrolled}u) {
${indent(repeat(unrolled, image), 6)}
    }
  }
${indent(each((l, j) => `total${l}_${j} += acc${l}_${j};`))}
}
let at = ((r * ${columns}u + s) * ${4 * from.tiles}u + c4 * 4u) * ${to.vectors}u + ${times('tile', unit)};
${repeat(4, (l) => repeat(unit, (j) => store(l, j)))}`,
    flop: conv2dFlop(spec),
    bytes: 4 * (packedWords(from) + packedWords(to) + weight.size),
  });
}
