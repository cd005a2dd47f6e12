import { UsageError } from '@glassbox/host/command-line';
import { WasmDevice } from '@glassbox/tensor-core/devices';
import { type BinaryOp, binaryOps, unaryOps } from '@glassbox/wgsl-kernels';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bufferOf } from '../../src/explain/buffers.ts';
import { contentsOf } from '../../src/explain/contents.ts';
import {
  buildExample,
  describeKernel,
  explain,
  kernelTexts,
  listKernels,
} from '../../src/explain/explain.ts';
import { kernelEntries } from '../../src/explain/kernels.ts';
import { findKernel, parseExplainOptions } from '../../src/explain/options.ts';

let device: WasmDevice;
beforeAll(async () => {
  device = await WasmDevice.open({ debug: true });
});
afterAll(() => device.destroy());

describe('every kernel of the list', () => {
  it.each(Object.keys(kernelEntries))('%s runs within the buffers of its example', async (name) => {
    const example = buildExample(parseExplainOptions([name]), device.machine);
    expect(example.kernels.length).toBeGreaterThan(0);
    const contents = contentsOf(example);
    for (const kernel of example.kernels) {
      const buffers = kernel.bindings.map((binding) => {
        expect(bufferOf(example.buffers, kernel, binding), binding.name).toBeDefined();
        const data = contents[binding.name];
        const buffer = device.createBuffer(data.byteLength, binding.name);
        device.write(buffer, 0, data);
        return buffer;
      });
      device.submit([
        {
          kernel: device.prepare(kernel),
          views: buffers.map((buffer) => ({ buffer, offset: 0, size: buffer.bytes })),
        },
      ]);
      // The device traps on an access outside of a buffer, and this rejects with its name.
      await device.synchronize();
      for (const buffer of buffers) device.destroyBuffer(buffer);
      expect(describeKernel(kernel, example)).toContain(kernel.name);
    }
  });

  it('has every function of one and of two numbers, and each gradient that takes a kernel', () => {
    const differentiable = Object.entries<BinaryOp>(binaryOps).filter(
      ([
        ,
        {
          row: { gradient },
        },
      ]) => Object.values(gradient ?? {}).some(({ expression }) => expression !== 'dy'),
    );
    const expected = [
      ...Object.keys(unaryOps).flatMap((op) => [`${op}Forward`, `${op}Gradient`]),
      ...Object.keys(binaryOps).map((op) => `${op}Forward`),
      ...differentiable.map(([op]) => `${op}Gradient`),
      'where',
    ];
    const [, elementwise] = listKernels().match(/^elementwise\n((?: {2}.*\n)*)/m)!;
    const listed = elementwise
      .trim()
      .split('\n')
      .map((line) => line.trim().split(' ')[0]);
    expect(listed.sort()).toEqual(expected.sort());
  });

  it('is found by its name, and its shape in the list is the one that it has', () => {
    const lines = listKernels()
      .split('\n')
      .filter((line) => line.startsWith('  '));
    expect(new Set(lines).size).toBe(Object.keys(kernelEntries).length);
    for (const line of lines) {
      const [, name, shape] = line.match(/^ {2}(\w+) +\S+ = ([\dx]+)$/)!;
      const usual = buildExample(parseExplainOptions([name]), device.machine);
      const given = buildExample(parseExplainOptions([name, '--shape', shape]), device.machine);
      expect(
        given.kernels.map(({ wgsl }) => wgsl),
        line,
      ).toEqual(usual.kernels.map(({ wgsl }) => wgsl));
    }
  });
});

describe('explain', () => {
  it('prints formula, buffers, grid, both programs, cost and speed', async () => {
    const args = [
      'conv2dForward',
      ...['--shape', '2x8x6x6', '--out-channels', '4', '--stride', '1', '--padding', '0'],
    ];
    const text = await explain(parseExplainOptions([...args, '--text']), device);
    expect(text).toContain('y[n,k,p,q] = bias[k] + sum_{c,r,s}');
    expect(text).toContain('reads  x       [2,8,6,6] as N,H,W,C; 576 words + 8 zeros');
    expect(text).toContain('writes y       [2,4,4,4] as N,H,W,C');
    expect(text).toContain('@compute @workgroup_size(1)');
    expect(text).toMatch(/\(module\n {2}\(import "env" "memory"/);
    // 2 images of 4 channels of 4x4 pixels, each a sum of 8x3x3 products.
    expect(text).toContain(`${(2 * 2 * 4 * 16 * 72).toLocaleString('en')} FLOP`);
    expect(text).toMatch(/conv2dForward: [\d.]+ (µs|ms), [\d.]+ GFLOPS, [\d.]+ GB\/s/);
    // Cost and speed come before the programs, and long programs only where they are asked for.
    expect(text.indexOf('GFLOPS')).toBeLessThan(text.indexOf('@compute'));
    const short = await explain(parseExplainOptions(args), device);
    expect(short).toContain('GFLOPS');
    expect(short).toContain('@compute');
    expect(short).not.toContain('(module');
    expect(short).toMatch(/\nWebAssembly text of conv2dForward: [\d,]+ lines; --text prints them$/);
    expect(short.split('\n').length).toBeLessThan(250);
  });

  it('times the kernels of a plan one by one and together', async () => {
    const text = await explain(parseExplainOptions(['crossEntropy', '--shape', '8x3', '--brief']), device);
    expect(text).toMatch(/crossEntropyRows: .*\n {2}crossEntropyTotal: .*\n {2}together: /);
    expect(text).not.toContain('(module');
  });

  it('counts the instructions that the text shows', () => {
    const example = buildExample(parseExplainOptions(['relu', '--shape', '16']), device.machine);
    const program = kernelTexts(example.kernels[0], 'all').join('\n');
    const stores = program.slice(program.indexOf('(module')).match(/\.store/g)?.length;
    expect(stores).toBeGreaterThan(0);
    expect(describeKernel(example.kernels[0], example)).toContain(`${stores} stores,`);
  });
});

describe('options', () => {
  it('finds kernels without regard to case, and forwards by their bare name', () => {
    expect(findKernel('CONV2DFORWARD').name).toBe('conv2dForward');
    expect(findKernel('relu').name).toBe('reluForward');
  });

  it('suggests what was meant', () => {
    expect(() => findKernel('conv2dFoward')).toThrow(/no kernel 'conv2dFoward': did you mean conv2dForward/);
    expect(() => findKernel('softmx')).toThrow(/--list/);
    expect(() => findKernel('pool')).toThrow(/did you mean maxPool2dForward or/);
    expect(() => findKernel('konv')).toThrow(/did you mean conv2dForward or/);
    expect(() => findKernel('konv2d')).toThrow(/did you mean conv2dForward or/);
    expect(() => findKernel('covn2d')).toThrow(/did you mean conv2dForward or/);
    expect(() => findKernel('matmull')).toThrow(/did you mean matmul/);
    expect(() => findKernel('sigmiod')).toThrow(/did you mean sigmoidForward/);
    expect(() => findKernel('gradeint')).toThrow(/did you mean \w*[gG]radient/);
    for (const nothing of ['', 'x', 'zzzz', 'photosynthesis', 'q'.repeat(8000)])
      expect(() => findKernel(nothing)).toThrow(
        /^There is no kernel '.*': `npm run explain -- --list` shows all\.$/,
      );
  });

  it('refuses shapes and choices that the kernel has not', () => {
    const parse = (...args: string[]) => parseExplainOptions(args);
    expect(() => parse('matmul', '--shape', '4x4')).toThrow(
      new UsageError('--shape 4x4: matmul takes M,K,N, for example --shape 64x512x2'),
    );
    expect(() => parse('matmul', '--stride', '2')).toThrow(/--stride: matmul has no such choice/);
    expect(() => parse('matmul', '--shape', '4xax4')).toThrow(/--shape a/);
    expect(() => parse('matmul', 'relu')).toThrow(/one by one/);
    expect(() => parse('matmul', '--text', '--brief')).toThrow(/choose one/);
    expect(parse().kernel).toBeUndefined();
    expect(parse('relu', '--list').kernel).toBeUndefined();
  });
});
