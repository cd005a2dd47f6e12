import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { type Machine, machines } from '../machine.ts';
import { turnsText } from '../random/turns.ts';

/** From the least to the largest. */
export type Range = readonly [number, number];

/** Which matrices `randomMatrices` draws. */
export interface RandomMatricesSpec {
  /** Number of images. */
  readonly batch: number;
  /** Probabilities of a mirror image: left to right, and top to bottom. */
  readonly flip?: Range;
  /** Turns clockwise, in degrees. */
  readonly degrees?: Range;
  /** Largest shifts to the right and downwards, in pixels; a shift is rounded to whole pixels. */
  readonly translate?: Range;
  /** Enlarges by such a factor. */
  readonly scale?: Range;
  /** Slants along x, and along y, in degrees. */
  readonly shear?: readonly [number, number, number, number];
  /** How many places a window can have, to the right and downwards: it is moved about the middle. */
  readonly places?: Range;
}

/** Random numbers that one image takes: two vec4. */
export const numbersPerMatrix = 8;

/**
 * Draws for each image where its pixels come from: the matrix [[a, b, c], [d, e, f]] takes a pixel's place, measured
 * from the middle of the result, to a place in the source, measured from its middle. It is torchvision's
 * `_get_inverse_affine_matrix`: with rotation ρ, slants σ and τ and scale s, shifted by t,
 *   [a b; d e] = [cos ρ - sin(ρ - τ) tan σ / cos τ, cos(ρ - τ) tan σ / cos τ + sin ρ;
 *                 -sin(ρ - τ) / cos τ, cos(ρ - τ) / cos τ] / s,   (c, f) = -[a b; d e] t
 * A mirror image changes the signs of a and d, or of b and e. Quarter turns are exact.
 * Bindings: u (uniform in [0, 1), [batch,8]: angle, shifts along x and y, scale, slants along x and y, mirror along x
 * and y), matrices [batch,2,3].
 */
export function randomMatrices(spec: RandomMatricesSpec, { workgroupSize }: Machine = machines.gpu): Kernel {
  const { batch, flip, degrees, translate, scale, shear, places } = spec;
  const turns = (range: Range, u: string) => between([range[0] / 360, range[1] / 360], u);
  const angle = degrees ? turns(degrees, 'first.x') : '0.0';
  const slants = shear && {
    x: turns([shear[0], shear[1]], 'second.x'),
    y: turns([shear[2], shear[3]], 'second.y'),
  };
  const linear = slants
    ? `
let rotation = ${angle};
let slantX = ${slants.x};
let slantY = ${slants.y};
let turns = fract(vec4<f32>(rotation - slantY, rotation, slantX, slantY));
let cosines = cosTurns(turns, vec4<u32>(0u));
let sines = cosTurns(turns, vec4<u32>(1u));
let slope = sines.z / cosines.z / cosines.w;
var a = cosines.y - sines.x * slope;
var b = cosines.x * slope + sines.y;
var d = -sines.x / cosines.w;
var e = cosines.x / cosines.w;`
    : degrees
      ? `
let turns = vec4<f32>(fract(${angle}));
let both = cosTurns(turns, vec4<u32>(0u, 1u, 0u, 1u));
var a = both.x;
var b = both.y;
var d = -both.y;
var e = both.x;`
      : `
var a = 1.0;
var b = 0.0;
var d = 0.0;
var e = 1.0;`;
  return linearKernel({
    name: 'randomMatrices',
    about: `
Where each image's pixels come from: [[a, b, c], [d, e, f]] about the middles, drawn from 8 uniform numbers.
${Object.entries({ flip, degrees, translate, scale, shear, places })
  .flatMap(([name, range]) => (range ? [`${name}: ${range.join(', ')}`] : []))
  .join('; ')}
u: [${batch},${numbersPerMatrix}]; matrices: [${batch},2,3], rows padded to 4
One invocation draws one matrix.`,
    bindings: [reads('u', 'array<vec4<f32>>'), readsWrites('matrices', 'array<vec4<f32>>')],
    invocations: batch,
    workgroupSize,
    declarations: degrees || shear ? turnsText : '',
    body: `
let first = u[2u * i];
let second = u[2u * i + 1u];
${linear.trim()}
${
  scale
    ? `let factor = ${between(scale, 'first.w')};
a /= factor;
b /= factor;
d /= factor;
e /= factor;`
    : ''
}
${
  flip
    ? `if (second.z < ${flip[0]}) {
  a = -a;
  d = -d;
}
if (second.w < ${flip[1]}) {
  b = -b;
  e = -e;
}`
    : ''
}
var c = 0.0;
var f = 0.0;
${
  translate
    ? `let right = round(${between([-translate[0], translate[0]], 'first.y')});
let down = round(${between([-translate[1], translate[1]], 'first.z')});
c = -(a * right + b * down);
f = -(d * right + e * down);`
    : ''
}
${
  places
    ? `c += min(floor(first.y * ${places[0]}), ${places[0] - 1}) - ${(places[0] - 1) / 2};
f += min(floor(first.z * ${places[1]}), ${places[1] - 1}) - ${(places[1] - 1) / 2};`
    : ''
}
matrices[2u * i] = vec4<f32>(a, b, c, 0.0);
matrices[2u * i + 1u] = vec4<f32>(d, e, f, 0.0);`.replace(/\n{2,}/g, '\n'),
    flop: 60 * batch,
    bytes: 64 * batch,
  });
}

/** WGSL: a number of a range; a range of one number is that number. */
function between([low, high]: Range, u: string): string {
  return low === high ? `f32(${low})` : `(${low} + ${high - low} * ${u})`;
}

/** What `randomMatrices` draws, in float64: [batch,2,3] from u [batch,8]. */
export function randomMatricesOracle(u: ArrayLike<number>, spec: RandomMatricesSpec): Float64Array {
  const { batch, flip = [0, 0], degrees = [0, 0], translate, scale = [1, 1], places } = spec;
  const shear = spec.shear ?? [0, 0, 0, 0];
  const radians = Math.PI / 180;
  const y = new Float64Array(6 * batch);
  for (let n = 0; n < batch; n++) {
    const number = (k: number, [low, high]: Range) => low + (high - low) * u[numbersPerMatrix * n + k];
    const rotation = number(0, degrees) * radians;
    const slantX = number(4, [shear[0], shear[1]]) * radians;
    const slantY = number(5, [shear[2], shear[3]]) * radians;
    const s = number(3, scale);
    // The forward matrix, as torchvision writes it, and its inverse: the determinant is 1.
    const m = [
      Math.cos(rotation - slantY) / Math.cos(slantY),
      -(Math.cos(rotation - slantY) * Math.tan(slantX)) / Math.cos(slantY) - Math.sin(rotation),
      Math.sin(rotation - slantY) / Math.cos(slantY),
      -(Math.sin(rotation - slantY) * Math.tan(slantX)) / Math.cos(slantY) + Math.cos(rotation),
    ];
    const alongX = number(6, [0, 1]) < flip[0] ? -1 : 1;
    const alongY = number(7, [0, 1]) < flip[1] ? -1 : 1;
    const [a, b, d, e] = [m[3] * alongX, -m[1] * alongY, -m[2] * alongX, m[0] * alongY].map((v) => v / s);
    const [right, down] = (translate ?? [0, 0]).map((most, k) => Math.round(number(1 + k, [-most, most])));
    const [x0, y0] = (places ?? [1, 1]).map(
      (many, k) => Math.floor(number(1 + k, [0, many])) - (many - 1) / 2,
    );
    y.set([a, b, x0 - a * right - b * down, d, e, y0 - d * right - e * down], 6 * n);
  }
  return y;
}
