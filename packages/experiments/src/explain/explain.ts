import type { Device } from '@glassbox/tensor-core';
import type { Kernel, Machine } from '@glassbox/wgsl-kernels';
import { compileKernel } from '@glassbox/wgsl-wasm';
import { disassemble } from '@glassbox/wgsl-wasm/disassemble';
import { bufferOf, describeBuffer } from './buffers.ts';
import type { Example } from './kernels/entry.ts';
import { kernelEntries } from './kernels.ts';
import { measureExample } from './measure.ts';
import type { ExplainOptions } from './options.ts';

/** The kernels by group, with the shapes they have unless others are asked for. */
export function listKernels(): string {
  const groups = new Map<string, string[]>();
  const width = Math.max(...Object.keys(kernelEntries).map((name) => name.length));
  for (const [name, { group, dimensions, shape }] of Object.entries(kernelEntries)) {
    const lines = groups.get(group) ?? [];
    groups.set(group, lines);
    lines.push(`  ${name.padEnd(width)}  ${dimensions} = ${shape.join('x')}`);
  }
  return [...groups].map(([group, lines]) => [group, ...lines].join('\n')).join('\n\n');
}

/** Kernels and buffers for what was asked for. @throws RangeError if the shapes do not fit together. */
export function buildExample(options: ExplainOptions, machine: Machine): Example {
  if (!options.kernel) throw new Error('explain: no kernel was named');
  return options.kernel.entry.build(options.shape, options.choices, machine);
}

/** Everything about the kernels, measured on the device. */
export async function explain(options: ExplainOptions, device: Device): Promise<string> {
  const example = buildExample(options, device.machine);
  const about = example.kernels.map((kernel) => describeKernel(kernel, example));
  const times = await measureExample(device, example);
  const { adapter, threads } = device.info;
  const speeds = example.kernels.map((kernel, i) => describeSpeed(kernel.name, kernel, times[i]));
  if (speeds.length > 1) {
    const sum = (of: (kernel: Kernel) => number) =>
      example.kernels.reduce((total, kernel) => total + of(kernel), 0);
    const all = { flop: sum((kernel) => kernel.flop), bytes: sum((kernel) => kernel.bytes) };
    speeds.push(
      describeSpeed(
        'together',
        all,
        times.reduce((total, time) => total + time, 0),
      ),
    );
  }
  const where = `${adapter}${threads ? `, ${threads} thread${threads > 1 ? 's' : ''}` : ''}`;
  const texts = example.kernels.flatMap((kernel) => kernelTexts(kernel, options.texts));
  return [...about, `Speed on ${where}\n${speeds.join('\n')}`, ...texts].join('\n\n');
}

/** Texts of up to this many lines are printed unless others are asked for: a page or two. */
const shortLines = 200;

/** The two programs of a kernel, or how long they are where that is too much to be printed unasked. */
export function kernelTexts({ name, wgsl }: Kernel, which: 'all' | 'short' | 'none'): string[] {
  if (which === 'none') return [];
  const texts = { WGSL: wgsl.trim(), 'WebAssembly text': disassemble(compileKernel(wgsl).wasm).trim() };
  return Object.entries(texts).map(([title, text]) => {
    const lines = text.split('\n').length;
    const long = which === 'short' && lines > shortLines;
    return `${title} of ${name}${long ? `: ${number(lines)} lines; --text prints them` : `\n\n${text}`}`;
  });
}

/** One kernel without speed and programs: formula, buffers, grid, cost. */
export function describeKernel(kernel: Kernel, { buffers }: Example): string {
  const { name, wgsl, bindings, workgroups, flop, bytes } = kernel;
  const compiled = compileKernel(wgsl);
  const header = wgsl.match(/^(?:\/\/.*\n)+/)?.[0] ?? '';
  const about = header
    .replace(/^\/\/ ?/gm, '')
    .split('\n')
    .slice(1, -1);
  const widest = Math.max(...bindings.map((binding) => binding.name.length));
  const rows = bindings.map((binding) => {
    const access = binding.access === 'read' ? 'reads ' : 'writes';
    return `  ${access} ${binding.name.padEnd(widest)}  ${describeBuffer(bufferOf(buffers, kernel, binding))}`;
  });
  const [x, y, z] = workgroups;
  const size = compiled.workgroupSize;
  const groups = x * y * z;
  const invocations = groups * size[0] * size[1] * size[2];
  const wat = disassemble(compiled.wasm);
  const sections = [
    `${name}\n${'='.repeat(name.length)}\n${about.join('\n')}`,
    `Buffers\n${rows.join('\n')}`,
    `Grid\n  ${workgroups.join(' x ')} workgroups of ${size.join(' x ')}: ${number(invocations)} invocations`,
    `WebAssembly\n  ${describeCode(wat, compiled.wasm.length)}`,
    `Cost\n  ${cost(flop, bytes)}`,
  ];
  return sections.join('\n\n');
}

/** What the program consists of, counted in its text. */
function describeCode(wat: string, bytes: number): string {
  const count = (pattern: RegExp) => number(wat.match(pattern)?.length ?? 0);
  return [
    `${number(bytes)} bytes`,
    `${count(/^ {4,}[a-z]/gm)} instructions`,
    `of them ${count(/^ *f32x4\.relaxed_madd/gm)} vector multiply-adds`,
    `${count(/^ *\w+\.load/gm)} loads`,
    `${count(/^ *\w+\.store/gm)} stores`,
    `${count(/^ *loop/gm)} loops`,
  ].join(', ');
}

function cost(flop: number, bytes: number): string {
  const ratio = flop > 0 ? `: ${(flop / bytes).toFixed(2)} FLOP for each byte` : '';
  return `${number(flop)} FLOP, at least ${number(bytes)} bytes${ratio}`;
}

function describeSpeed(name: string, { flop, bytes }: Pick<Kernel, 'flop' | 'bytes'>, ms: number): string {
  const rate = flop > 0 ? `, ${(flop / ms / 1e6).toFixed(2)} GFLOPS` : '';
  const time = ms < 1 ? `${(1000 * ms).toFixed(1)} µs` : `${ms.toFixed(3)} ms`;
  return `  ${name}: ${time}${rate}, ${(bytes / ms / 1e6).toFixed(2)} GB/s`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
