/**
 * Philox 4x32-10, a counter-based random number generator (Salmon, Moraes, Dror and Shaw, "Parallel random numbers:
 * as easy as 1, 2, 3", SC11): four random words are a pure function of a counter and a key, so any number of a stream
 * can be computed anywhere, in any order. Here in TypeScript and in WGSL, with the same bits.
 *
 * This project's use of the 128-bit counter: (block, stream, step, 0). `block` numbers groups of four neighbouring
 * elements of a tensor (see numbering.ts), `stream` tells the users of randomness apart (a layer, an initialiser) and
 * `step` the times that each draws. The key is the 64-bit seed.
 */
const multipliers = [0xd2511f53, 0xcd9e8d57] as const;
const keyIncrements = [0x9e3779b9, 0xbb67ae85] as const;
const rounds = 10;

/** Four words, unsigned, of 32 bits each. */
export type Words4 = readonly [number, number, number, number];

/** The four words (unsigned 32-bit) that belong to a counter and a key. */
export function philox4x32(counter: Words4, key: readonly [number, number]): Words4 {
  const words = new Uint32Array(4);
  philox4x32Into(words, ...counter, ...key);
  return [words[0], words[1], words[2], words[3]];
}

/** `philox4x32` of the counter (a, b, c, d) and the key (k0, k1), into `words`: for many, without an allocation. */
export function philox4x32Into(
  words: Uint32Array,
  a: number,
  b: number,
  c: number,
  d: number,
  k0: number,
  k1: number,
): void {
  for (let turn = 0; turn < rounds; turn++) {
    const high0 = multiplyHigh(multipliers[0], a);
    const high1 = multiplyHigh(multipliers[1], c);
    const low0 = Math.imul(multipliers[0], a);
    const low1 = Math.imul(multipliers[1], c);
    a = high1 ^ b ^ k0;
    b = low1;
    c = high0 ^ d ^ k1;
    d = low0;
    k0 = (k0 + keyIncrements[0]) | 0;
    k1 = (k1 + keyIncrements[1]) | 0;
  }
  words[0] = a;
  words[1] = b;
  words[2] = c;
  words[3] = d;
}

/** The upper 32 bits of a 64-bit product, from 16-bit halves. No sum here is beyond 32 bits. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const rest = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (rest >>> 16)) | 0;
}

/** Where random numbers come from: equal keys give equal numbers. */
export interface RandomKey {
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Tells users of the same seed apart: an unsigned 32-bit number. */
  readonly stream: number;
  /** Counts the draws of one user: an unsigned 32-bit number. */
  readonly step: number;
}

/**
 * What random kernels read from their `counter` binding: [seed's low word, seed's high word, step, 0]. Everything
 * else is constant in the kernel, so a recorded step is replayed with new numbers by writing these four words.
 * @throws RangeError if seed or step are no such numbers.
 */
export function randomCounter({ seed, step }: Pick<RandomKey, 'seed' | 'step'>): Uint32Array {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`random: the seed must be a whole number from 0 to 2^53 - 1, not ${seed}`);
  }
  return Uint32Array.of(seed, seed / 2 ** 32, checkWord('step', step), 0);
}

/** @throws RangeError unless the value fits into an unsigned 32-bit word. */
export function checkWord(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32) {
    throw new RangeError(`random: the ${name} must be a whole number below 2^32, not ${value}`);
  }
  return value;
}

/** WGSL of Philox for four blocks at once, one in each lane: word k of `block.x` is the x lane of the k-th vector. */
export const philoxWgsl = `
struct Words { a: vec4<u32>, b: vec4<u32>, c: vec4<u32>, d: vec4<u32> }

// The upper 32 bits of the 64-bit products, from 16-bit halves.
fn multiplyHigh(a: u32, b: vec4<u32>) -> vec4<u32> {
  let aHigh = a >> 16u;
  let aLow = a & 0xffffu;
  let bHigh = b >> vec4<u32>(16u);
  let bLow = b & vec4<u32>(0xffffu);
  let middle = aHigh * bLow + ((aLow * bLow) >> vec4<u32>(16u));
  let rest = aLow * bHigh + (middle & vec4<u32>(0xffffu));
  return aHigh * bHigh + (middle >> vec4<u32>(16u)) + (rest >> vec4<u32>(16u));
}

// Philox 4x32-10 of the counters (block, stream, step, 0), four blocks at once.
fn philox(block: vec4<u32>, stream: u32, step: u32, seed: vec2<u32>) -> Words {
  var a = block;
  var b = vec4<u32>(stream);
  var c = vec4<u32>(step);
  var d = vec4<u32>(0u);
  var key = seed;
  for (var turn = 0u; turn < ${rounds}u; turn++) {
    let high0 = multiplyHigh(${hex(multipliers[0])}, a);
    let low0 = ${hex(multipliers[0])} * a;
    let high1 = multiplyHigh(${hex(multipliers[1])}, c);
    let low1 = ${hex(multipliers[1])} * c;
    a = high1 ^ b ^ vec4<u32>(key.x);
    b = low1;
    c = high0 ^ d ^ vec4<u32>(key.y);
    d = low0;
    key += vec2<u32>(${keyIncrements.map(hex).join(', ')});
  }
  return Words(a, b, c, d);
}`;

function hex(value: number): string {
  return `0x${value.toString(16)}u`;
}
