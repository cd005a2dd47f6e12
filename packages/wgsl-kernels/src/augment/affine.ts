import { coordinates } from '../elementwise/coordinates.ts';
import type { PerChannel } from '../gather/values.ts';
import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { elementCount, isPlanar, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { channelText, checkImages, ofChannel } from './values.ts';

/** What `affineImages` reads and writes, and how places between pixels are read. */
export interface AffineImagesSpec {
  /** Images [N,C,H,W] in `imageLayout`. */
  readonly x: Layout;
  /** The same number of images and channels, of any size. */
  readonly y: Layout;
  /** The nearest pixel, or the four around it by their distance. */
  readonly interpolation: 'nearest' | 'bilinear';
  /** What lies outside of an image: numbers, or the nearest pixel of its edge. */
  readonly fill: PerChannel | 'edge';
}

/**
 * y at (column j, row i) is x at (a·p + b·q + c, d·p + e·q + f), where p = j - (w - 1)/2 and q = i - (h - 1)/2 are
 * measured from the middle of y, and the result from the middle of x. Nearest rounds halves to even numbers; bilinear
 * weighs the four pixels around, of which those outside of the image are the fill. This is PyTorch's
 * `grid_sample(affine_grid(…), align_corners=False)` in pixels. Places that are whole numbers give pixels as they
 * are. Bindings: x, matrices ([N,2,3]), y.
 */
export function affineImages(
  { x, y, interpolation, fill }: AffineImagesSpec,
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  checkImages('affineImages', x, fill === 'edge' ? 0 : fill);
  checkImages('affineImages', y);
  if (x.shape[0] !== y.shape[0] || x.shape[1] !== y.shape[1]) {
    throw new RangeError(`affineImages: [${x.shape}] to [${y.shape}]: images and channels must stay`);
  }
  const [n, c, h, w] = y.shape;
  const [, , height, width] = x.shape;
  const planar = isPlanar(c);
  const { declare, name, inside } = coordinates(y, 'affineImages');
  const d = (dim: number) => name(dim) ?? '0u';
  const [float, whole] = planar ? ['vec4<f32>', 'vec4<u32>'] : ['f32', 'u32'];
  const load = planar ? 'vec4<f32>(x[at.x], x[at.y], x[at.z], x[at.w])' : 'x[at * GROUPS + group]';
  const outside =
    fill === 'edge' ? 'value' : `select(fill, value, ${planar ? 'known' : 'vec4<bool>(known)'})`;
  const plane = planar ? `(${d(0)} * C + ${d(1)}) * (H * ROW)` : `${d(0)} * (H * ROW)`;
  const pixel = (px: string, py: string) =>
    `pixel(first, ${planar ? '' : `${d(1)} / 4u, `}${px}, ${py}, fill)`;
  const value =
    interpolation === 'nearest'
      ? `let value = ${pixel('round(sx)', 'round(sy)')};`
      : `let left = floor(sx);
let top = floor(sy);
let right = sx - left;
let down = sy - top;
let above = ${pixel('left', 'top')} * (1.0 - right) + ${pixel('left + 1.0', 'top')} * right;
let below = ${pixel('left', 'top + 1.0')} * (1.0 - right) + ${pixel('left + 1.0', 'top + 1.0')} * right;
let value = above * (1.0 - down) + below * down;`;
  return linearKernel({
    name: 'affineImages',
    about: `
y at (j, i) is x at (a·p + b·q + c, d·p + e·q + f), p and q from the middle of y, ${interpolation}.
x: [${x.shape}], y: [${y.shape}] in order ${y.order}, padded [${y.extents}]
matrices: [${n},2,3], rows padded to 4; outside of an image: ${fill === 'edge' ? 'its edge' : fill}
One invocation computes ${planar ? 'four pixels of a line' : 'four channels of a pixel'}.`,
    bindings: [
      reads('x', planar ? 'array<f32>' : 'array<vec4<f32>>'),
      reads('matrices', 'array<vec4<f32>>'),
      readsWrites('y', 'array<vec4<f32>>'),
    ],
    invocations: y.size / 4,
    workgroupSize,
    constants: {
      C: c,
      H: height,
      W: width,
      ROW: planar ? x.extents[3] : width,
      GROUPS: x.extents[1] / 4,
    },
    declarations: `
fn pixel(first: u32, ${planar ? '' : 'group: u32, '}px: ${float}, py: ${float}, fill: vec4<f32>) -> vec4<f32> {
  let column = min(${whole}(clamp(px, ${float}(0.0), ${float}(${width - 1}))), ${whole}(W - 1u));
  let line = min(${whole}(clamp(py, ${float}(0.0), ${float}(${height - 1}))), ${whole}(H - 1u));
  let at = first + line * ROW + column;
  let value = ${load};
${fill === 'edge' ? '' : `  let known = (px == ${float}(column)) & (py == ${float}(line));\n`}  return ${outside};
}`,
    body: `
let v = i;
${declare([0, 1, 2, 3]).join('\n')}
let fromX = matrices[2u * ${d(0)}];
let fromY = matrices[2u * ${d(0)} + 1u];
let fill = ${fill === 'edge' ? 'vec4<f32>(0.0)' : channelText(x, fill)};
let p = ${planar ? `vec4<f32>(${d(3)} + vec4<u32>(0u, 1u, 2u, 3u))` : `f32(${d(3)})`} - ${(w - 1) / 2};
let q = f32(${d(2)}) - ${(h - 1) / 2};
let sx = (fromX.x * p + fromX.y * q) + (fromX.z + ${(width - 1) / 2});
let sy = (fromY.x * p + fromY.y * q) + (fromY.z + ${(height - 1) / 2});
let first = ${plane};
${value}
y[v] = ${inside ? `select(vec4<f32>(0.0), value, ${inside})` : 'value'};`,
    flop: (interpolation === 'nearest' ? 9 : 22) * elementCount(y.shape),
    bytes: 4 * (x.size + y.size) + 32 * n,
  });
}

/** The twin of `affineImages` in float64: x row-major, matrices [N,2,3], and the result's height and width. */
export function affineImagesOracle(
  x: ArrayLike<number>,
  matrices: ArrayLike<number>,
  shape: readonly number[],
  [h, w]: readonly [number, number],
  { interpolation, fill }: Pick<AffineImagesSpec, 'interpolation' | 'fill'>,
): Float64Array {
  const [n, c, height, width] = shape;
  const y = new Float64Array(n * c * h * w);
  const clamp = (value: number, most: number) => Math.max(0, Math.min(most, value));
  const pixel = (image: number, channel: number, column: number, line: number) => {
    const [nearX, nearY] = [clamp(column, width - 1), clamp(line, height - 1)];
    if (fill !== 'edge' && (nearX !== column || nearY !== line)) return ofChannel(fill, channel);
    return x[((image * c + channel) * height + nearY) * width + nearX];
  };
  for (let index = 0; index < y.length; index++) {
    const [j, i] = [index % w, Math.floor(index / w) % h];
    const [channel, image] = [Math.floor(index / (w * h)) % c, Math.floor(index / (w * h * c))];
    const from = (k: number) => matrices[6 * image + k];
    const [p, q] = [j - (w - 1) / 2, i - (h - 1) / 2];
    const sx = from(0) * p + from(1) * q + from(2) + (width - 1) / 2;
    const sy = from(3) * p + from(4) * q + from(5) + (height - 1) / 2;
    if (interpolation === 'nearest') {
      y[index] = pixel(image, channel, roundToEven(sx), roundToEven(sy));
      continue;
    }
    const [left, top] = [Math.floor(sx), Math.floor(sy)];
    for (const [dx, dy] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ]) {
      const weight = (1 - Math.abs(sx - left - dx)) * (1 - Math.abs(sy - top - dy));
      if (weight !== 0) y[index] += weight * pixel(image, channel, left + dx, top + dy);
    }
  }
  return y;
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
