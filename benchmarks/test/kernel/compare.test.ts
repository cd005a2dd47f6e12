import { openDevice } from '@glassbox/tensor-core';
import { afterAll, describe, expect, it } from 'vitest';
import { wrongText } from '../../src/kernel/bound-example.ts';
import { checkBoth, compareInTurns } from '../../src/kernel/compare.ts';
import { ownKernel } from '../../src/kernel/own-kernel.ts';
import { comparisonMarkdown, speedupText } from '../../src/kernel/report.ts';
import { subjectOf } from '../../src/kernel/subject.ts';
import type { Roofline } from '../../src/kernels/roofline.ts';

const device = await openDevice({ device: 'wasm', threads: 1 });
afterAll(() => device.destroy());

const roofline: Roofline = { flops: 1e11, bandwidth: [{ bytes: 1e4, bytesPerSecond: 1e10 }] };

describe('checking', () => {
  it('names the first wrong element with what was expected, and how many are wrong', async () => {
    const subject = subjectOf({ name: 'addForward', shape: [4, 5] }, device.machine);
    const { wgsl } = subject.builtIn;
    // Row 2 and all after it are one too large.
    const broken = wgsl.replace(
      /y\[(\w+)\] = ([^;]+);/,
      'y[$1] = $2 + vec4<f32>(select(0.0, 1.0, $1 >= 4u));',
    );
    expect(broken).not.toBe(wgsl);
    const found = await checkBoth(device, subject, ownKernel(broken, subject.builtIn).kernel);
    if (!found.wrong) throw new Error('the kernel is wrong');
    expect(found.who).toBe('own');
    expect(found.wrong).toMatchObject({ buffer: 'y', index: [2, 0], count: 10, of: 20, padding: false });
    expect(found.wrong.got - found.wrong.expected).toBeCloseTo(1, 5);
    expect(wrongText(found.wrong)).toMatch(
      /^y\[2, 0\] is [\d.]+, and [\d.]+ was expected; 10 of 20 elements are wrong$/,
    );
  });

  it('finds padding that is not 0', async () => {
    const subject = subjectOf({ name: 'addForward', shape: [4, 5] }, device.machine);
    const { wgsl } = subject.builtIn;
    const broken = wgsl.replace(
      /y\[(\w+)\] = ([^;]+);/,
      'y[$1] = $2 + select(vec4<f32>(), vec4<f32>(0.0, 1.0, 0.0, 0.0), $1 % 2u == 1u);',
    );
    const found = await checkBoth(device, subject, ownKernel(broken, subject.builtIn).kernel);
    expect(found.wrong).toMatchObject({
      buffer: 'y',
      index: [5],
      expected: 0,
      got: 1,
      count: 4,
      padding: true,
    });
    expect(wrongText(found.wrong!)).toBe('word 5 of y is padding and must stay 0, but is 1');
  });

  it('finds NaN', async () => {
    const subject = subjectOf({ name: 'reluForward', shape: [8] }, device.machine);
    const text = subject.builtIn.wgsl.replace(/y\[(\w+)\] = ([^;]+);/, 'y[$1] = sqrt(-1.0 - abs($2));');
    const found = await checkBoth(device, subject, ownKernel(text, subject.builtIn).kernel);
    expect(found.wrong).toMatchObject({ count: 8, got: Number.NaN });
  });

  it('is right for a kernel that is written anew', async () => {
    const subject = subjectOf({ name: 'matmul', shape: [5, 7, 6] }, device.machine);
    const naive = `
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4<f32>>;

@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= 10u) { return; }
  let row = id.x / 2u;
  var sum = vec4<f32>();
  for (var k = 0u; k < 7u; k++) {
    sum += a[row * 2u + k / 4u][k % 4u] * b[k * 2u + id.x % 2u];
  }
  c[id.x] = sum;
}`;
    const { kernel } = ownKernel(naive, subject.builtIn, [3, 1, 1]);
    expect(await checkBoth(device, subject, kernel)).toEqual({ wrong: undefined });
  });
});

describe('taking turns', () => {
  const compared = async (rounds: number) => {
    const subject = subjectOf({ name: 'reluForward', shape: [64, 64] }, device.machine);
    const done: number[] = [];
    const own = ownKernel(subject.builtIn.wgsl, subject.builtIn);
    const result = await compareInTurns(device, subject, own, roofline, {
      rounds,
      progress: (round) => done.push(round),
    });
    return { result, done };
  };

  it('gives medians, quartiles and the ratio, and frees its memory', async () => {
    const before = device.memory;
    const { result, done } = await compared(5);
    expect(device.memory).toEqual(before);
    expect(done).toEqual([1, 2, 3, 4, 5]);
    expect(result).toMatchObject({
      kernel: 'reluForward',
      shape: [64, 64],
      part: 1,
      device: 'wasm',
      rounds: 5,
    });
    for (const { ms, msQuartiles, gflops, gbPerSec, roofShare } of [result.own, result.builtIn]) {
      expect(ms).toBeGreaterThanOrEqual(msQuartiles[0]);
      expect(ms).toBeLessThanOrEqual(msQuartiles[1]);
      expect(gflops).toBeCloseTo(result.flop / ms / 1e6);
      expect(gbPerSec).toBeCloseTo(result.bytes / ms / 1e6);
      expect(roofShare).toBeCloseTo(result.bytes / 1e10 / (ms / 1000));
    }
    expect(result.speedup).toBeGreaterThanOrEqual(result.speedupQuartiles[0]);
    expect(result.speedup).toBeLessThanOrEqual(result.speedupQuartiles[1]);
    expect(result.estimates.speedup).toMatchObject({ unit: 'times', count: 5 });
  });

  it('is written as Markdown with the text', async () => {
    const { result } = await compared(3);
    const text = comparisonMarkdown({ ...result, note: '3x1x1 workgroups' }, ['a machine']);
    expect(text).toContain('### reluForward 64x64, wasm');
    expect(text).toContain('; a machine');
    expect(text).toMatch(/\| own \| [\d.]+ \| [\d.]+ - [\d.]+ \|/);
    expect(text).toContain('Grid: 3x1x1 workgroups.');
    expect(text).toContain(`\`\`\`wgsl\n${result.wgsl.trimEnd()}\n\`\`\``);
    expect(speedupText(result)).toMatch(/^The own kernel is [\d.]+ times as fast as the built-in one/);
  });
});
