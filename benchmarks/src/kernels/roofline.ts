/**
 * What this device can do at most: multiply-adds in registers, and bytes moved from and to memory. Both are measured
 * with small WGSL kernels on the device itself, so that a kernel's share of the roofline blames no compiler but ours.
 */
import type { Device } from '@glassbox/tensor-core';
import { type Kernel, linearKernel, type Machine, reads, readsWrites, repeat } from '@glassbox/wgsl-kernels';
import type { Precision } from '../timing.ts';
import { timeDispatches } from './time-dispatch.ts';

export interface Roofline {
  /** Floating-point operations a second, a multiply-add counted as two. */
  readonly flops: number;
  /** Bytes a second of a kernel that touches this many bytes in all, from small (caches) to large (memory). */
  readonly bandwidth: readonly { readonly bytes: number; readonly bytesPerSecond: number }[];
}

/** Chains of multiply-adds that do not wait for each other: few leave units idle, many do not fit into registers. */
export const chainCounts = [6, 8, 10, 12];
const workingSets = [32, 128, 512, 2_048, 8_192, 32_768, 131_072].map((kib) => kib * 1024);

/** Measures both: about a dozen figures. */
export async function measureRoofline(device: Device, precision: Precision): Promise<Roofline> {
  let flops = 0;
  for (const chains of chainCounts) {
    const kernel = multiplyAdds(chains, device.machine);
    const ms = await timeKernel(device, kernel, [8, multiplyAddsWords(device.machine)], precision);
    flops = Math.max(flops, (1000 * kernel.flop) / ms);
  }
  const bandwidth: { bytes: number; bytesPerSecond: number }[] = [];
  for (const bytes of workingSets) {
    const words = bytes / 4 / 3 - ((bytes / 4 / 3) % (4 * vectorsEach));
    const kernel = triad(words / 4, device.machine);
    const ms = await timeKernel(device, kernel, [words, words, words], precision);
    bandwidth.push({ bytes: 12 * words, bytesPerSecond: (1000 * kernel.bytes) / ms });
  }
  return { flops, bandwidth };
}

/** Bytes a second for a kernel that touches `bytes` in all: between the two nearest working sets. */
export function bandwidthAt({ bandwidth }: Pick<Roofline, 'bandwidth'>, bytes: number): number {
  const above = bandwidth.findIndex((one) => one.bytes >= bytes);
  if (above === 0) return bandwidth[0].bytesPerSecond;
  if (above < 0) return bandwidth.at(-1)!.bytesPerSecond;
  const [low, high] = [bandwidth[above - 1], bandwidth[above]];
  const share = Math.log(bytes / low.bytes) / Math.log(high.bytes / low.bytes);
  return low.bytesPerSecond ** (1 - share) * high.bytesPerSecond ** share;
}

/** Seconds that a kernel must take at least, and what bounds it. */
export function roof(
  roofline: Roofline,
  { flop, bytes }: Pick<Kernel, 'flop' | 'bytes'>,
): { readonly seconds: number; readonly bound: 'compute' | 'memory' } {
  const compute = flop / roofline.flops;
  const memory = bytes / bandwidthAt(roofline, bytes);
  return { seconds: Math.max(compute, memory), bound: compute >= memory ? 'compute' : 'memory' };
}

/** Enough to keep the machine busy: on a CPU several for each thread. */
function invocationsOf({ invocations }: Machine): number {
  return invocations === 'many' ? 1 << 18 : 256;
}

/** Words of the result of `multiplyAdds`. */
export const multiplyAddsWords = (machine: Machine): number => machine.vectorWidth * invocationsOf(machine);

/** x = x * m + c, over and over, in `chains` registers: a vec4, or two that are one. */
export function multiplyAdds(chains: number, machine: Machine): Kernel {
  const invocations = invocationsOf(machine);
  const steps = machine.invocations === 'many' ? 256 : 4096;
  const unrolled = 4;
  const halves = machine.vectorWidth / 4;
  const registers = Array.from({ length: chains * halves }, (_, x) => `x${x}`);
  const sumOf = (half: number) => registers.filter((_, n) => n % halves === half).join(' + ');
  return linearKernel({
    name: 'multiplyAdds',
    about: `
x[chain] = x[chain] * m + c, ${steps * unrolled} times in ${chains * halves} vec4s, and their sum to the result.
factors: m, c; result: ${halves} vec4 for each invocation.`,
    bindings: [reads('factors', 'array<vec4<f32>>'), readsWrites('result', 'array<vec4<f32>>')],
    invocations,
    workgroupSize: machine.workgroupSize,
    body: `
let m = vec4<f32>(factors[0].x);
let c = vec4<f32>(factors[1].x);
${registers.map((x, n) => `var ${x} = c + f32(${n + 1});`).join('\n')}
for (var n = 0u; n < ${steps}u; n++) {
${repeat(unrolled, () => registers.map((x) => `  ${x} = ${x} * m + c;`).join('\n'))}
}
${repeat(halves, (half) => `result[i * ${halves}u + ${half}u] = ${sumOf(half)};`)}`,
    flop: invocations * steps * unrolled * chains * halves * 8,
    bytes: 16 * (2 + halves * invocations),
  });
}

/** vec4s that one invocation of `triad` moves. */
const vectorsEach = 16;

/** z = x + 2 y: reads two arrays, writes one. */
function triad(vectors: number, { workgroupSize }: Machine): Kernel {
  return linearKernel({
    name: 'triad',
    about: `z = x + 2 y; one invocation does ${vectorsEach} vec4s that lie side by side.`,
    bindings: [
      reads('x', 'array<vec4<f32>>'),
      reads('y', 'array<vec4<f32>>'),
      readsWrites('z', 'array<vec4<f32>>'),
    ],
    invocations: vectors / vectorsEach,
    workgroupSize,
    body: `
let first = i * ${vectorsEach}u;
for (var v = first; v < first + ${vectorsEach}u; v++) {
  z[v] = x[v] + 2.0 * y[v];
}`,
    flop: 8 * vectors,
    bytes: 48 * vectors,
  });
}

/** Milliseconds of a kernel over fresh buffers of these sizes in words. */
async function timeKernel(
  device: Device,
  kernel: Kernel,
  words: readonly number[],
  precision: Precision,
): Promise<number> {
  const buffers = words.map((count) => device.createBuffer(4 * count, kernel.name));
  // Numbers that stay normal: x = x * 0.999 + 0.001 tends to 1. Denormal ones would be slow on some processors.
  for (const [index, buffer] of buffers.entries()) {
    const count = words[index];
    device.write(
      buffer,
      0,
      Float32Array.from({ length: count }, (_, n) => (n < 4 ? 0.999 : 0.001)),
    );
  }
  const views = buffers.map((buffer) => ({ buffer, offset: 0, size: buffer.bytes }));
  const { ms } = await timeDispatches(device, [{ kernel: device.prepare(kernel), views }], precision);
  for (const buffer of buffers) device.destroyBuffer(buffer);
  // The fastest: what the device can do, not what else ran meanwhile.
  return Math.min(...ms);
}
