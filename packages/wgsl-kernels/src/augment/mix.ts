import { coordinates } from '../elementwise/coordinates.ts';
import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { elementCount, isPlanar, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { turnsText } from '../random/turns.ts';
import type { Range } from './matrices.ts';
import { checkImages } from './values.ts';

/** How images of a batch are mixed. */
export interface RandomMixesSpec {
  /** Number of images. */
  readonly batch: number;
  /** Height and width of the images. */
  readonly size: Range;
  /** `mixup`: two images shine through each other; `cutmix`: a box of one lies in the other. */
  readonly kind: 'mixup' | 'cutmix';
  /** Shares are drawn from the distribution Beta(alpha, alpha): of 1 uniform, of less mostly near 0 and 1. */
  readonly alpha: number;
}

/** Random numbers that one image takes: two for its share, two for the middle of a box. */
export const numbersPerMix = 4;
/** Numbers that say how an image is mixed: top, left, height, width, its share in that box, its share of the label. */
export const numbersInMix = 6;

/**
 * Draws how each image is mixed with another one. The share λ is from Beta(α, α), by two uniform numbers (Bailey's
 * student-t generator, 1994, and the t distribution's relation to the beta):
 *   λ = (1 ± √q) / 2, q = (1 - t) c² / (t + (1 - t) c²), t = u₁^(1/α), c = cos 2πu₂, with the sign of c
 * `mixup` (Zhang et al., 2018) mixes whole images, λ and 1 - λ. `cutmix` (Yun et al., 2019) puts a box of the other
 * into an image, of the sides √(1 - λ) about any place, cut off at the edges; the share of the label is that of the
 * area that is left, as in torchvision. Bindings: u (uniform in [0, 1), [batch,4]), mixes [batch,6].
 */
export function randomMixes(spec: RandomMixesSpec, { workgroupSize }: Machine = machines.gpu): Kernel {
  const { batch, size, kind, alpha } = spec;
  const [h, w] = size;
  const boxes = `let half = floor(vec2<f32>(${h}.0, ${w}.0) * (0.5 * sqrt(1.0 - share)));
let middle = floor(u[i].zw * vec2<f32>(${h}.0, ${w}.0));
let start = max(middle - half, vec2<f32>());
let end = min(middle + half, vec2<f32>(${h}.0, ${w}.0));
let sides = end - start;
let left = 1.0 - sides.x * sides.y / ${h * w}.0;
mixes[2u * i] = vec4<f32>(start, sides);
mixes[2u * i + 1u] = vec4<f32>(0.0, left, 0.0, 0.0);`;
  return linearKernel({
    name: 'randomMixes',
    about: `
How each image of ${h}x${w} pixels is mixed, ${kind}, shares from Beta(${alpha}, ${alpha}).
u: [${batch},${numbersPerMix}]: two for the share, two for the middle of the box
mixes: [${batch},${numbersInMix}], padded to 8: top, left, height, width of a box, share in it, share of the label
One invocation draws for one image.`,
    bindings: [reads('u', 'array<vec4<f32>>'), readsWrites('mixes', 'array<vec4<f32>>')],
    invocations: batch,
    workgroupSize,
    declarations: turnsText,
    body: `
let t = exp2(log2(max(u[i].x, ${2 ** -25})) * ${1 / alpha});
let c = cosTurns(vec4<f32>(u[i].y), vec4<u32>(0u)).x;
let q = (1.0 - t) * c * c;
let way = 0.5 * sqrt(q / max(t + q, 1e-30));
let share = clamp(select(0.5 - way, 0.5 + way, c > 0.0), 0.0, 1.0);
${
  kind === 'cutmix'
    ? boxes
    : `mixes[2u * i] = vec4<f32>(0.0, 0.0, ${h}.0, ${w}.0);
mixes[2u * i + 1u] = vec4<f32>(share, share, 0.0, 0.0);`
}`,
    flop: 40 * batch,
    bytes: 48 * batch,
  });
}

/** What `randomMixes` draws, in float64: [batch,6] from u [batch,4]. */
export function randomMixesOracle(u: ArrayLike<number>, spec: RandomMixesSpec): Float64Array {
  const { batch, size, kind, alpha } = spec;
  const mixes = new Float64Array(numbersInMix * batch);
  for (let n = 0; n < batch; n++) {
    const number = (k: number) => u[numbersPerMix * n + k];
    const t = Math.max(number(0), 2 ** -25) ** (1 / alpha);
    const c = Math.cos(2 * Math.PI * number(1));
    const q = (1 - t) * c ** 2;
    const share = (1 + Math.sign(c) * Math.sqrt(q / Math.max(t + q, 1e-30))) / 2;
    if (kind === 'mixup') {
      mixes.set([0, 0, ...size, share, share], numbersInMix * n);
      continue;
    }
    const ends = size.map((length, k) => {
      const half = Math.floor(length * 0.5 * Math.sqrt(1 - share));
      const middle = Math.floor(number(2 + k) * length);
      return [Math.max(0, middle - half), Math.min(length, middle + half)];
    });
    const sides = ends.map(([start, end]) => end - start);
    const left = 1 - (sides[0] * sides[1]) / (size[0] * size[1]);
    mixes.set([ends[0][0], ends[1][0], ...sides, 0, left], numbersInMix * n);
  }
  return mixes;
}

/**
 * Mixes each image with the one before it in the batch (the first with the last): within its box y is
 * share · x + (1 - share) · the other, elsewhere x. Bindings: x, mixes ([N,6]), y.
 */
export function mixImages(
  { layout }: { readonly layout: Layout },
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  checkImages('mixImages', layout);
  const [n, c] = layout.shape;
  const { declare, name, inside } = coordinates(layout, 'mixImages');
  const d = (dim: number) => name(dim) ?? '0u';
  const column = isPlanar(c) ? `vec4<f32>(${d(3)} + vec4<u32>(0u, 1u, 2u, 3u))` : `vec4<f32>(f32(${d(3)}))`;
  return linearKernel({
    name: 'mixImages',
    about: `
y = share · x + (1 - share) · the image before it, within the image's box, else x.
x, y: [${layout.shape}] in order ${layout.order}, padded [${layout.extents}]
mixes: [${n},${numbersInMix}], padded to 8: top, left, height, width, share
One invocation computes one vec4.`,
    bindings: [
      reads('x', 'array<vec4<f32>>'),
      reads('mixes', 'array<vec4<f32>>'),
      readsWrites('y', 'array<vec4<f32>>'),
    ],
    invocations: layout.size / 4,
    workgroupSize,
    constants: { N: n, IMAGE4: [layout.size / n / 4, 'vec4s of an image'] },
    body: `
let v = i;
${declare([0, 1, 2, 3]).join('\n')}
let box = mixes[2u * ${d(0)}];
let share = mixes[2u * ${d(0)} + 1u].x;
let other = x[(v + (N - 1u) * IMAGE4) % (N * IMAGE4)];
let line = f32(${d(2)});
let column = ${column};
let across = (column >= vec4<f32>(box.y)) & (column < vec4<f32>(box.y + box.w));
let mixed = across & vec4<bool>(line >= box.x && line < box.x + box.z);
let value = select(x[v], x[v] * share + other * (1.0 - share), mixed);
y[v] = ${inside ? `select(vec4<f32>(0.0), value, ${inside})` : 'value'};`,
    flop: 4 * elementCount(layout.shape),
    bytes: 12 * layout.size + 32 * n,
  });
}

/** The twin of `mixImages`: x row-major, mixes [N,6]. */
export function mixImagesOracle(
  x: ArrayLike<number>,
  mixes: ArrayLike<number>,
  shape: readonly number[],
): Float64Array {
  const [n, c, h, w] = shape;
  const size = c * h * w;
  return Float64Array.from({ length: n * size }, (_, index) => {
    const [image, line, column] = [Math.floor(index / size), Math.floor(index / w) % h, index % w];
    const [top, left, height, width, share] = [0, 1, 2, 3, 4].map((at) => mixes[numbersInMix * image + at]);
    const mixed = line >= top && line < top + height && column >= left && column < left + width;
    const other = x[(index + (n - 1) * size) % (n * size)];
    return mixed ? share * x[index] + (1 - share) * other : x[index];
  });
}
