import { type Kernel, linearKernel, reads, readsWrites, repeat } from '../kernel.ts';
import { elementCount, imageLayout, isPlanar, type Layout, rowMajor, sameLayout } from '../layout.ts';
import type { Machine } from '../machine.ts';

/** True if `matrix` [N,C·H·W] holds the rows that channels-last `images` [N,C,H,W] flatten to, both without padding. */
export function flattensTo(images: Layout, matrix: Layout): boolean {
  const { shape } = images;
  if (shape.length !== 4 || isPlanar(shape[1]) || shape[1] % 4 !== 0) return false;
  const rows = rowMajor([shape[0], elementCount(shape.slice(1))]);
  return sameLayout(images, imageLayout(shape)) && sameLayout(matrix, rows);
}

/**
 * `reshape` of channels-last images to rows in PyTorch's C,H,W order, or with `back` of such rows to images: what
 * nets do between convolutions and linear layers. Four channels of a pixel move at once, where the general form
 * computes the address of each element. Bindings: x, y.
 */
export function flattenImages(images: Layout, back: boolean, { workgroupSize }: Machine): Kernel {
  const [batch, channels, height, width] = images.shape;
  const pixels = height * width;
  const groups = channels / 4;
  const lane = (l: number) => (l === 0 ? 'row' : `row + ${l}u * PIXELS`);
  const place = `(c·${height} + h)·${width} + w`;
  const formula = back ? `y[n,c,h,w] = x[n, ${place}]` : `y[n, ${place}] = x[n,c,h,w]`;
  const [pixel, rows] = back ? ['y', 'x'] : ['x', 'y'];
  const four = 'array<vec4<u32>>';
  return linearKernel({
    name: 'reshape',
    about: `
y = x in another shape, ${back ? 'rows to images' : 'images to rows'}: ${formula}.
${pixel}: [${images.shape}] in order ${images.order}; ${rows}: [${batch},${channels * pixels}]
One invocation moves four channels of a pixel.`,
    bindings: back
      ? [reads('x', 'array<u32>'), readsWrites('y', four)]
      : [reads('x', four), readsWrites('y', 'array<u32>')],
    invocations: batch * groups * pixels,
    workgroupSize,
    constants: { PIXELS: pixels, GROUPS: groups },
    body: `
let p = i % PIXELS;
let group = i / PIXELS % GROUPS;
let n = i / (PIXELS * GROUPS);
let at = (n * PIXELS + p) * GROUPS + group;
let row = (n * GROUPS + group) * (4u * PIXELS) + p;
${
  back
    ? `y[at] = vec4<u32>(${repeat(4, (l) => `x[${lane(l)}]`, ', ')});`
    : `let value = x[at];\n${repeat(4, (l) => `y[${lane(l)}] = value.${'xyzw'[l]};`)}`
}`,
    flop: 0,
    bytes: 8 * images.size,
  });
}
