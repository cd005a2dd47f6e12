import { flatKernel } from '../elementwise/flat.ts';
import { indent, type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { elementCount } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { corners, described, type GridSampleSpec, located, placesText } from './spec.ts';

/**
 * Images read at places that a grid names, as torch.nn.functional.grid_sample: y[n,c,i,j] is x[n,c] at grid[n,i,j] =
 * (x, y), where -1 and 1 are the ends of the image, and NaN is far outside. Bindings: x and y in `gridSampleLayout`,
 * grid [N,P,Q,2] in rowMajor.
 */
export function gridSample(spec: GridSampleSpec, machine: Machine = machines.gpu): Kernel {
  const { x, grid, y, constants, about } = described(spec);
  const { declare, list } = corners(spec.mode);
  return flatKernel(
    {
      name: 'gridSample',
      about: `y[n,c,i,j] = x[n,c] at grid[n,i,j]\n${about}`,
      bindings: [
        reads('x', 'array<vec4<f32>>'),
        reads('grid', 'array<vec4<f32>>'),
        readsWrites('y', 'array<vec4<f32>>'),
      ],
      constants,
      declarations: `
${placesText(spec)}
fn weighed(image: u32, column: f32, line: f32, group: u32, weight: f32) -> vec4<f32> {
  let value = x[(image * PIXELS + pixelAt(column, line)) * GROUPS + group];
  return select(vec4<f32>(), value * weight, isInside(column, line));
}`,
      body: `
let location = v / GROUPS;
let image = location / PLACES;
let group = v % GROUPS;
${located}${declare}
y[v] = ${list
        .map(([column, line, weight]) => `weighed(image, ${column}, ${line}, group, ${weight})`)
        .join('\n  + ')};`,
      vectors: y.size / 4,
      flop: (spec.mode === 'nearest' ? 10 : 30) * elementCount(y.shape),
      bytes: 4 * (x.size + grid.size + y.size),
    },
    machine,
  );
}

/**
 * The gradient of `gridSample` by x: each pixel gets what it gave, times its weight. Several places may read one pixel.
 * So one invocation owns four channels of an image, and adds place after place: no atomics, always the same bits.
 * Bindings: dy, grid, dx.
 */
export function gridSampleInputGradient(
  spec: GridSampleSpec,
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  const { n, x, grid, y, groups, constants, about } = described(spec);
  const { declare, list } = corners(spec.mode);
  return linearKernel({
    name: 'gridSampleInputGradient',
    about: `
dx[n,c] gets dy[n,c,i,j] times its weight wherever grid[n,i,j] read it, in the order of (i, j)
${about}
One invocation adds up four channels of an image.`,
    bindings: [
      reads('dy', 'array<vec4<f32>>'),
      reads('grid', 'array<vec4<f32>>'),
      readsWrites('dx', 'array<vec4<f32>>'),
    ],
    invocations: n * groups,
    workgroupSize,
    constants,
    declarations: `
${placesText(spec)}
fn give(image: u32, column: f32, line: f32, group: u32, share: vec4<f32>) {
  if (isInside(column, line)) {
    dx[(image * PIXELS + pixelAt(column, line)) * GROUPS + group] += share;
  }
}`,
    body: `
let image = i / GROUPS;
let group = i % GROUPS;
for (var p = 0u; p < PIXELS; p++) {
  dx[(image * PIXELS + p) * GROUPS + group] = vec4<f32>();
}
for (var place = 0u; place < PLACES; place++) {
  let location = image * PLACES + place;
${indent(`${located}${declare}
let gradient = dy[location * GROUPS + group];
${list.map(([column, line, weight]) => `give(image, ${column}, ${line}, group, gradient * (${weight}));`).join('\n')}`)}
}`,
    flop: 30 * elementCount(y.shape),
    bytes: 4 * (x.size + grid.size + y.size),
  });
}

/**
 * The gradient of bilinear `gridSample` by the grid. Bindings: dy, x, grid, dGrid. (That of `nearest` is 0.)
 * @throws RangeError for `nearest`.
 */
export function gridSampleGridGradient(
  spec: GridSampleSpec,
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  if (spec.mode === 'nearest') throw new RangeError("gridSampleGridGradient: that of mode 'nearest' is 0");
  const { n, x, grid, y, constants, about } = described(spec);
  const { declare, list } = corners(spec.mode);
  return linearKernel({
    name: 'gridSampleGridGradient',
    about: `
dGrid[n,i,j] = sum over c of dy[n,c,i,j] times the slope of x[n,c] at grid[n,i,j], along x and along y
${about}
One invocation computes both numbers of a place.`,
    bindings: [
      reads('dy', 'array<vec4<f32>>'),
      reads('x', 'array<vec4<f32>>'),
      reads('grid', 'array<vec4<f32>>'),
      readsWrites('dGrid', 'array<vec4<f32>>'),
    ],
    invocations: n * spec.size[0] * spec.size[1],
    workgroupSize,
    constants,
    declarations: `
${placesText(spec)}
// Sum over the channels of dy times the pixel, or 0 outside of the image.
fn along(location: u32, column: f32, line: f32) -> f32 {
  if (!isInside(column, line)) { return 0.0; }
  let pixel = (location / PLACES * PIXELS + pixelAt(column, line)) * GROUPS;
  var sum = 0.0;
  for (var group = 0u; group < GROUPS; group++) {
    sum += dot(dy[location * GROUPS + group], x[pixel + group]);
  }
  return sum;
}`,
    body: `
let location = i;
${located}${declare}
${list.map(([column, line], k) => `let corner${k} = along(location, ${column}, ${line});`).join('\n')}
let dx = (corner1 - corner0) * (1.0 - down) + (corner3 - corner2) * down;
let dy = (corner2 - corner0) * (1.0 - right) + (corner3 - corner1) * right;
dGrid[i] = vec4<f32>(dx * alongX.y, dy * alongY.y, 0.0, 0.0);`,
    flop: 8 * elementCount(y.shape),
    bytes: 4 * (x.size + 2 * grid.size + y.size),
  });
}
