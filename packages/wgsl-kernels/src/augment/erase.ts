import { coordinates } from '../elementwise/coordinates.ts';
import type { PerChannel } from '../gather/values.ts';
import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { isPlanar, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import type { Range } from './matrices.ts';
import { channelText, checkImages, ofChannel } from './values.ts';

/** Which boxes `randomBoxes` draws. */
export interface RandomBoxesSpec {
  /** Number of images. */
  readonly batch: number;
  /** Height and width of the images. */
  readonly size: Range;
  /** Share of the images that get a box. */
  readonly p: number;
  /** Share of the image that a box covers. */
  readonly scale: Range;
  /** Height of a box divided by its width. */
  readonly ratio: Range;
}

/** Random numbers that one image takes: whether, where (2), and ten tries of a size (2 each). */
export const numbersPerBox = 24;
const tries = 10;

/**
 * Draws a box for each image as torchvision's RandomErasing (Zhong et al., 2017): an area and a ratio of its sides,
 * uniform in the ratio's logarithm, up to ten times until the box is smaller than the image and has a pixel, then a
 * place. Height and width are 0 where there is none. Bindings: u (uniform in [0, 1), [batch,24]), boxes ([batch,4]:
 * top, left, height, width).
 */
export function randomBoxes(spec: RandomBoxesSpec, { workgroupSize }: Machine = machines.gpu): Kernel {
  const { batch, size, p, scale, ratio } = spec;
  const [h, w] = size;
  const [low, high] = ratio.map(Math.log2);
  return linearKernel({
    name: 'randomBoxes',
    about: `
A box for a share of ${p} of the images, ${h}x${w} pixels: ${scale.join(' to ')} of the area,
height ${ratio.join(' to ')} times the width.
u: [${batch},${numbersPerBox}]: whether, top, left, then ${tries} pairs of area and ratio
boxes: [${batch},4]: top, left, height, width; no height and width without a box
One invocation draws one box.`,
    bindings: [reads('u', 'array<f32>'), readsWrites('boxes', 'array<vec4<f32>>')],
    invocations: batch,
    workgroupSize,
    body: `
let first = ${numbersPerBox}u * i;
var box = vec4<f32>(0.0);
for (var k = 0u; k < ${tries}u; k++) {
  let area = ${h * w} * (${scale[0]} + ${scale[1] - scale[0]} * u[first + 3u + 2u * k]);
  let sides = exp2(${low} + ${high - low} * u[first + 4u + 2u * k]);
  let height = round(sqrt(area * sides));
  let width = round(sqrt(area / sides));
  let fits = height > 0.0 && height < ${h}.0 && width > 0.0 && width < ${w}.0;
  if (box.z == 0.0 && fits) {
    let top = min(floor(u[first + 1u] * (${h + 1} - height)), ${h} - height);
    let left = min(floor(u[first + 2u] * (${w + 1} - width)), ${w} - width);
    box = vec4<f32>(top, left, height, width);
  }
}
boxes[i] = select(vec4<f32>(0.0), box, u[first] < ${p});`,
    flop: 100 * batch,
    bytes: (4 * numbersPerBox + 16) * batch,
  });
}

/** What `randomBoxes` draws, in float64: [batch,4] from u [batch,24]. */
export function randomBoxesOracle(u: ArrayLike<number>, spec: RandomBoxesSpec): Float64Array {
  const { batch, size, p, scale, ratio } = spec;
  const [h, w] = size;
  const boxes = new Float64Array(4 * batch);
  for (let n = 0; n < batch; n++) {
    const number = (k: number) => u[numbersPerBox * n + k];
    if (number(0) >= p) continue;
    for (let k = 0; k < tries; k++) {
      const area = h * w * (scale[0] + (scale[1] - scale[0]) * number(3 + 2 * k));
      const sides = ratio[0] * (ratio[1] / ratio[0]) ** number(4 + 2 * k);
      const [height, width] = [Math.round(Math.sqrt(area * sides)), Math.round(Math.sqrt(area / sides))];
      if (!(height > 0 && height < h && width > 0 && width < w)) continue;
      const [top, left] = [Math.floor(number(1) * (h - height + 1)), Math.floor(number(2) * (w - width + 1))];
      boxes.set([top, left, height, width], 4 * n);
      break;
    }
  }
  return boxes;
}

/** What `eraseImages` writes, and into which images. */
export interface EraseImagesSpec {
  /** Of x and y: images [N,C,H,W] in `imageLayout`. */
  readonly layout: Layout;
  /** What is written, in the units of x. */
  readonly value: PerChannel;
}

/** y = value within the image's box, else x. Bindings: x, boxes ([N,4]: top, left, height, width), y. */
export function eraseImages(
  { layout, value }: EraseImagesSpec,
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  checkImages('eraseImages', layout, value);
  const [n, c] = layout.shape;
  const { declare, name, inside } = coordinates(layout, 'eraseImages');
  const d = (dim: number) => name(dim) ?? '0u';
  const column = isPlanar(c) ? `vec4<f32>(${d(3)} + vec4<u32>(0u, 1u, 2u, 3u))` : `vec4<f32>(f32(${d(3)}))`;
  return linearKernel({
    name: 'eraseImages',
    about: `
y = ${value} within the image's box, else x.
x, y: [${layout.shape}] in order ${layout.order}, padded [${layout.extents}]
boxes: [${n},4]: top, left, height, width
One invocation computes one vec4.`,
    bindings: [
      reads('x', 'array<vec4<f32>>'),
      reads('boxes', 'array<vec4<f32>>'),
      readsWrites('y', 'array<vec4<f32>>'),
    ],
    invocations: layout.size / 4,
    workgroupSize,
    body: `
let v = i;
${declare([0, 1, 2, 3]).join('\n')}
let box = boxes[${d(0)}];
let line = f32(${d(2)});
let column = ${column};
let across = (column >= vec4<f32>(box.y)) & (column < vec4<f32>(box.y + box.w));
let erased = across & vec4<bool>(line >= box.x && line < box.x + box.z);
let value = select(x[v], ${channelText(layout, value)}, erased);
y[v] = ${inside ? `select(vec4<f32>(0.0), value, ${inside})` : 'value'};`,
    flop: 0,
    bytes: 8 * layout.size + 16 * n,
  });
}

/** The twin of `eraseImages`: x row-major, boxes [N,4]. */
export function eraseImagesOracle(
  x: ArrayLike<number>,
  boxes: ArrayLike<number>,
  shape: readonly number[],
  value: PerChannel,
): Float64Array {
  const [n, c, h, w] = shape;
  return Float64Array.from({ length: n * c * h * w }, (_, index) => {
    const [image, k] = [Math.floor(index / (c * h * w)), Math.floor(index / (h * w)) % c];
    const [line, column] = [Math.floor(index / w) % h, index % w];
    const [top, left, height, width] = [0, 1, 2, 3].map((at) => boxes[4 * image + at]);
    const erased = line >= top && line < top + height && column >= left && column < left + width;
    return erased ? ofChannel(value, k) : x[index];
  });
}
