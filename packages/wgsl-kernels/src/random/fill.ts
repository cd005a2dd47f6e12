import { coordinates } from '../elementwise/coordinates.ts';
import { type Kernel, readsWrites } from '../kernel.ts';
import { elementCount, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { randomKernel } from './emit.ts';
import { forEachRandom, randomBits } from './numbering.ts';
import type { RandomKey } from './philox.ts';
import { turnsText } from './turns.ts';

/** Where random numbers go, and from which stream they come. */
export interface RandomSpec {
  /** Layout of y; the numbers depend on its shape alone. */
  readonly layout: Layout;
  /** Tells users of the same seed apart (see `RandomKey`); constant in the kernel. */
  readonly stream: number;
}

/** Numbers that are uniform from `low` on to below `high`. */
export interface UniformSpec extends RandomSpec {
  /** The least number. */
  readonly low: number;
  /** Not reached, except where float32 rounds low + (high - low)·u up to it (as in PyTorch). */
  readonly high: number;
}

/** y = low + (high - low)·u, u = the upper 24 bits of the random word / 2^24, in [0, 1). Bindings: counter, y. */
export function randomUniform(spec: UniformSpec, machine: Machine = machines.gpu): Kernel {
  const { layout, stream, low, high } = spec;
  return randomKernel(
    {
      name: 'randomUniform',
      about: `
y = ${low} + ${high - low}·u, u uniform in [0, 1) with 24 bits.
y: [${layout.shape}] in order ${layout.order}, padded [${layout.extents}]`,
      layout,
      stream,
      bindings: [readsWrites('y', 'array<vec4<f32>>')],
      words: 'own',
      write: `
let u = vec4<f32>(word >> vec4<u32>(8u)) * ${2 ** -24};
${store(layout, `${low} + ${high - low} * u`)}`,
      flop: 3 * elementCount(layout.shape),
      bytes: 4 * layout.size,
    },
    machine,
  );
}

/** Normally distributed numbers. */
export interface NormalSpec extends RandomSpec {
  /** Mean of the distribution. */
  readonly mean: number;
  /** Standard deviation of the distribution. */
  readonly std: number;
}

/**
 * y = mean + std·z, z standard normal by Box and Muller's transform (1958): the pair of words (a, b) gives
 * r·cos(2πt) and r·sin(2πt) with r = √(-2 ln s), s = (a's upper 24 bits + 1)/2^24 in (0, 1], t = b's upper 24
 * bits/2^24. Logarithm and cosine are computed by the text itself, because WGSL allows a device's own to be off by
 * 2^-11. Bindings: counter, y.
 */
export function randomNormal(spec: NormalSpec, machine: Machine = machines.gpu): Kernel {
  const { layout, stream, mean, std } = spec;
  return randomKernel(
    {
      name: 'randomNormal',
      about: `
y = ${mean} + ${std}·z, z standard normal: √(-2 ln s)·(cos 2πt, sin 2πt) for each pair of words (Box and Muller).
y: [${layout.shape}] in order ${layout.order}, padded [${layout.extents}]`,
      layout,
      stream,
      bindings: [readsWrites('y', 'array<vec4<f32>>')],
      declarations: `
// ln(n / 2^24) for whole n from 1 to 2^24: n = m·2^e with m within √2 of 1, ln m = 2 artanh((m - 1)/(m + 1)).
fn logFraction(n: vec4<u32>) -> vec4<f32> {
  let bits = bitcast<vec4<u32>>(vec4<f32>(n));
  let mantissa = bitcast<vec4<f32>>((bits & vec4<u32>(0x7fffffu)) | vec4<u32>(0x3f800000u));
  let big = mantissa > vec4<f32>(${Math.fround(Math.SQRT2)});
  let m = select(mantissa, mantissa * 0.5, big);
  let e = vec4<f32>(bits >> vec4<u32>(23u)) - ${127 + 24}.0 + select(vec4<f32>(0.0), vec4<f32>(1.0), big);
  let s = (m - 1.0) / (m + 1.0);
  let q = s * s;
  return e * ${Math.LN2} + 2.0 * s * (1.0 + q * (${1 / 3} + q * (0.2 + q * (${1 / 7} + q * ${1 / 9}))));
}

${turnsText}`,
      words: 'pairs',
      write: `
let r = sqrt(-2.0 * logFraction((first >> vec4<u32>(8u)) + 1u));
let t = vec4<f32>(second >> vec4<u32>(8u)) * ${2 ** -24};
let z = r * cosTurns(t, select(vec4<u32>(0u), vec4<u32>(1u), odd));
${store(layout, `${mean} + ${std} * z`)}`,
      flop: 40 * elementCount(layout.shape),
      bytes: 4 * layout.size,
    },
    machine,
  );
}

/** WGSL: y[v] = value, padding 0. */
function store(layout: Layout, value: string): string {
  const { declare, inside, insideDims } = coordinates(layout);
  if (inside === undefined) return `y[v] = ${value};`;
  return [...declare(insideDims), `y[v] = select(vec4<f32>(0.0), ${value}, ${inside});`].join('\n');
}

/** What `randomUniform` writes, in float64 and row-major order. */
export function randomUniformOracle(
  shape: readonly number[],
  { low, high }: { readonly low: number; readonly high: number },
  key: RandomKey,
): Float64Array {
  return Float64Array.from(randomBits(shape, key), (word) => low + (high - low) * ((word >>> 8) / 2 ** 24));
}

/** What `randomNormal` writes, in float64 and row-major order. */
export function randomNormalOracle(
  shape: readonly number[],
  { mean, std }: { readonly mean: number; readonly std: number },
  key: RandomKey,
): Float64Array {
  const y = new Float64Array(elementCount(shape));
  forEachRandom(shape, key, (index, words, lane) => {
    const [first, second] = lane < 2 ? [words[0], words[1]] : [words[2], words[3]];
    const r = Math.sqrt(-2 * Math.log(((first >>> 8) + 1) / 2 ** 24));
    const angle = 2 * Math.PI * ((second >>> 8) / 2 ** 24);
    y[index] = mean + std * r * (lane % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
  });
  return y;
}
