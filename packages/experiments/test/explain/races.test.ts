/** The race detector says nothing about the project's kernels, and finds what is wrong with them without barriers. */
import { type Kernel, type Machine, machines } from '@glassbox/wgsl-kernels';
import { openWasmRuntime, type WasmRuntime } from '@glassbox/wgsl-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentsOf } from '../../src/explain/contents.ts';
import { type Example, kernelEntries } from '../../src/explain/kernels.ts';

let runtime: WasmRuntime;
const races: string[] = [];
beforeAll(async () => {
  runtime = await openWasmRuntime({ races: true });
  runtime.onRace = (message) => races.push(message);
});
afterAll(() => runtime.destroy());

const { cpu, gpu } = machines;

/** The example at its usual sizes, but for a few images or rows in place of many. */
function example(name: string, machine: Machine): Example {
  const { shape, choices, build } = kernelEntries[name];
  const most = shape.length > 2 ? 2 : shape.length > 1 ? 65 : 2000;
  const few = shape.map((size, axis) => (axis === 0 ? Math.min(size, most) : size));
  return build(few, { outChannels: 0, kernelSize: 0, stride: 0, padding: 0, ...choices }, machine);
}

/** What the detector says about each kernel of an example. */
async function racesOf(given: Example, change = (kernel: Kernel) => kernel): Promise<readonly string[]> {
  races.length = 0;
  const contents = contentsOf(given);
  const buffers = Object.fromEntries(
    Object.entries(contents).map(([name, data]) => {
      const buffer = runtime.createBuffer(data.byteLength, name);
      runtime.write(buffer, 0, data);
      return [name, { buffer, offset: 0, size: buffer.bytes }];
    }),
  );
  const all = [...(given.before ?? []), ...given.kernels, ...(given.after ?? [])];
  runtime.submit(
    all.map(change).map((kernel) => ({
      kernel: runtime.prepare(kernel),
      workgroups: kernel.workgroups,
      buffers: kernel.bindings.map(({ name }) => buffers[name]),
    })),
  );
  await runtime.synchronize();
  for (const { buffer } of Object.values(buffers)) runtime.destroyBuffer(buffer);
  return [...races];
}

describe('no data race', () => {
  it.each(Object.keys(kernelEntries))('in %s, on GPUs and on processors', async (name) => {
    const [onGpu, onCpu] = [example(name, gpu), example(name, cpu)];
    expect(await racesOf(onGpu)).toEqual([]);
    const texts = ({ kernels }: Example) => kernels.map(({ wgsl }) => wgsl).join();
    if (texts(onCpu) !== texts(onGpu)) expect(await racesOf(onCpu)).toEqual([]);
  });
});

it('finds a race in each kernel with barriers, once they are taken out', async () => {
  const barrier = 'workgroupBarrier();';
  const names = Object.keys(kernelEntries).filter((name) =>
    example(name, gpu).kernels.some(({ wgsl }) => wgsl.includes(barrier)),
  );
  expect(names.length).toBeGreaterThan(2);
  for (const name of names) {
    const without = (kernel: Kernel) => ({ ...kernel, wgsl: kernel.wgsl.replaceAll(barrier, '') });
    const found = await racesOf(example(name, gpu), without);
    expect(found.join(), name).toContain('No workgroupBarrier() is between the two');
  }
});
